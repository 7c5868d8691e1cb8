"""A post: whose measurements its events are, and what of it is refused."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from intake.cloudevents.bodies import Body, read_body
from intake.cloudevents.usage import Fields, checked, measured
from intake.profiles.measurements import Measure, Measured, measuring
from intake.profiles.refusals import Refusal, RefusedRow

#: Of an event that is kept in quarantine, characters.
LONGEST_RECORD: Final = 16_000
_LONGEST_SHOWN: Final = 200  # of an id that is told back


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """On whose behalf a post comes: what its key is bound to."""

    source: str  #: code
    clients: frozenset[str]  #: slugs; at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A refused event that belongs to no client of its sender."""

    named_client: str  #: as it was named; empty if it wasn't
    row: RefusedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The events of a request, each measured or refused; a line is an event's place, from 1."""

    ids: list[str | None]  #: the source's own id of each event, where it could be read
    measured: dict[str, list[Measured]]  #: by client
    refused: dict[str, list[RefusedRow]]  #: by client
    unassigned: list[Unassigned] = field(default_factory=list)
    body: Body

    def record(self, line: int) -> str:
        """An event as it came, cut where it is longer than what is kept in quarantine."""
        return self.body.records[line - 1][:LONGEST_RECORD]


class _NoClient(Refusal):
    """An event names no client that its sender posts for."""

    def __init__(self, named: str, reason: str) -> None:
        super().__init__("client", reason)
        self.named = named


def read_post(body: bytes, headers: Mapping[str, str], sender: Sender) -> Post:
    """Read a request: bytes and headers to measurements and refusals.

    Args:
        body: unpacked.
        headers: by name in small letters.
        sender: what the key is bound to. The events' own word on their source counts for nothing.

    Raises:
        PostRefused: the whole request is refused.
    """
    return _Reading(read_body(body, headers), sender).post()


class _Reading:
    """What reading a post remembers: the way to measure for each client, and the event's texts."""

    def __init__(self, body: Body, sender: Sender) -> None:
        self._body, self._sender = body, sender
        self._only = next(iter(sender.clients)) if len(sender.clients) == 1 else None
        self._measures: dict[str, Measure] = {
            client: measuring(client, sender.source) for client in sender.clients
        }
        self._post = Post(ids=[], measured=defaultdict(list), refused=defaultdict(list), body=body)

    def post(self) -> Post:
        source, taken, ids = self._sender.source, self._post.measured, self._post.ids
        for line, event in enumerate(self._body.events, start=1):
            ids.append(_own_id(event))
            try:
                attributes = checked(event)
                client = self._client(attributes)
                found = measured(line, attributes, source, self._measures[client])
            except Refusal as refusal:
                self._refuse(line, event, refusal)
            else:
                taken[client].append(found)
        return self._post

    def _client(self, event: Fields) -> str:
        """The client that an event belongs to; one that is not the sender's is as good as none."""
        named = event.get("subject")
        if named is None:
            if self._only is None:
                raise _NoClient("", "name the client as subject: this key posts for several")
            return self._only
        if type(named) is str and named in self._measures:
            return named
        shown = ascii(named[:_LONGEST_SHOWN])[1:-1] if type(named) is str else ""
        raise _NoClient(shown, f"there is no client '{shown}' that this key posts for")

    def _refuse(self, line: int, event: object, refusal: Refusal) -> None:
        record = self._post.record(line)
        row = RefusedRow(line=line, code=refusal.code, reason=refusal.reason, record=record)
        try:
            client = self._client(event if isinstance(event, dict) else {})
        except _NoClient as unknown:
            self._post.unassigned.append(Unassigned(named_client=unknown.named, row=row))
        else:
            self._post.refused[client].append(row)


def _own_id(event: object) -> str | None:
    value = event.get("id") if isinstance(event, dict) else None
    return value[:_LONGEST_SHOWN] if type(value) is str else None
