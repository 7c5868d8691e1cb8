"""Batches: measurements in the text that PostgreSQL's COPY reads, and what was refused before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from billing_core.event import UsageEvent, leaf_hash
from billing_core.numbers import plain

#: line, event id (32 hex digits), meter, occurred, quantity, resource, source's id,
#: leaf hash (64 hex digits), counted value, supersedes, reason, withdraws ("t" or None);
#: each in its canonical text.
Offered = tuple[
    int, str, str, str, str, str, str, str, str | None, str | None, str | None, str | None
]  # fmt: skip

#: event id (32 hex digits), currency, what the vendor charges (None where the client sees it),
#: provider, service, the resource's name for people.
Billed = tuple[str, str, str | None, str | None, str | None, str | None]

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN_TABS = 6
_NO_CORRECTION = [None, None, None, None]


class Refused(Protocol):
    """A row that its reader refused."""

    @property
    def line(self) -> int:
        """Where it begins, from 1."""

    @property
    def code(self) -> str:
        """What kind of fault."""

    @property
    def reason(self) -> str:
        """A sentence."""

    @property
    def record(self) -> str:
        """As it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is stored in one transaction."""

    lines: bytes  #: in COPY's text format
    count: int  #: measurements in `lines`
    refused: tuple[Refused, ...] = ()
    billed: tuple[Billed, ...] = ()  #: what a vendor's bill says of the measurements


def encoded(offered: Iterable[Offered]) -> bytes:
    """Measurements in COPY's text format, one line each."""
    return "".join(map(_line, offered)).encode()


def offered_event(line: int, event: UsageEvent) -> Offered:
    """An event's canonical texts; `line` is its place among those that came with it."""
    return (
        line,
        event.event_id.hex,
        event.meter,
        f"{event.occurred_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        plain(event.quantity),
        event.resource,
        event.source_event_id,
        leaf_hash(event).hex(),
        event.counted_value,
        str(event.supersedes) if event.supersedes else None,
        event.reason,
        "t" if event.withdraws else None,
    )


def _line(offered: Offered) -> str:
    line, event_id, meter, occurred, quantity, resource, source_event_id, leaf, *rest = offered
    texts = f"{line}\t{event_id}\t{meter}\t{occurred}\t{quantity}\t{resource}\t{source_event_id}"
    if "\\" in texts or texts.count("\t") != _PLAIN_TABS or "\n" in texts or "\r" in texts:
        texts = "\t".join(map(_escaped, (str(line), *offered[1:7])))
    if rest == _NO_CORRECTION:
        return f"{texts}\t\\N\t\\N\t\\N\t\\N\t\\\\x{leaf}\n"
    tail = "\t".join(map(_escaped, rest))
    return f"{texts}\t{tail}\t\\\\x{leaf}\n"


def _escaped(text: str | None) -> str:
    return "\\N" if text is None else text.translate(_ESCAPES)
