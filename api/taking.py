"""From a post that was read to what became of each of its events."""

from collections.abc import Iterable, Iterator
from typing import TypedDict

from sqlalchemy import Engine

from db.commands.ingest import (
    Batch,
    Outcome,
    Rejection,
    UnknownSource,
    UnknownSourceError,
    encoded,
    keep,
    record_posted,
)
from db.commands.posting import UnassignedRecord, keep_unassigned
from db.queries.api_keys import KeyScope
from db.session import writer_transaction
from intake.cloudevents import Post, Unassigned


class Told(TypedDict):
    """What the sender is told about one event."""

    line: int
    id: str | None
    outcome: str
    event_id: str | None
    code: str | None
    reason: str | None


def take_in(engine: Engine, scope: KeyScope, post: Post) -> list[Told]:
    """Record a post, one transaction for each of its clients, and say what became of each event.

    Repeated after a failure in between, what was stored is told as a duplicate.
    """
    told: list[Told] = [*_kept(engine, scope, post)]
    for client in sorted(post.measured.keys() | post.refused.keys(), key=scope.clients.__getitem__):
        outcomes = _recorded(engine, scope, client, post)
        told += (_told(post, outcome) for outcome in outcomes)
    told.sort(key=lambda each: each["line"])
    return told


def _recorded(engine: Engine, scope: KeyScope, client: str, post: Post) -> tuple[Outcome, ...]:
    measured, refused = post.measured.get(client, []), post.refused.get(client, [])
    batch = Batch(lines=encoded(measured), count=len(measured), refused=tuple(refused))
    client_id = scope.clients[client]
    try:
        return record_posted(engine, client_id, scope.source, batch)
    except UnknownSourceError as unknown:
        lines = sorted([each.line for each in measured] + [each.line for each in refused])
        return _without_source(engine, scope.source, client_id, post, lines, str(unknown))


def _without_source(
    engine: Engine, source: str, client_id: int, post: Post, lines: Iterable[int], reason: str
) -> tuple[Outcome, ...]:
    """Keep what came from a source that the client hasn't any more."""
    rejections = [
        Rejection(line=line, code="source", reason=reason, record=post.record(line))
        for line in lines
    ]
    with writer_transaction(engine, [client_id]) as connection:
        keep(connection, client_id, None, None, rejections, unknown=UnknownSource(code=source))
    return tuple(
        Outcome(line=each.line, outcome="rejected", code=each.code, reason=each.reason)
        for each in rejections
    )


def _told(post: Post, outcome: Outcome) -> Told:
    return {
        "line": outcome.line,
        "id": post.ids[outcome.line - 1],
        "outcome": outcome.outcome,
        "event_id": str(outcome.event_id) if outcome.event_id else None,
        "code": outcome.code,
        "reason": outcome.reason,
    }


def _kept(engine: Engine, scope: KeyScope, post: Post) -> Iterator[Told]:
    """Keep what names no client of the key, where the MSP's people find it."""
    if not post.unassigned:
        return
    with writer_transaction(engine, ()) as connection:
        keep_unassigned(connection, scope.source, map(_unassigned, post.unassigned))
    for each in post.unassigned:
        yield {
            "line": each.row.line,
            "id": post.ids[each.row.line - 1],
            "outcome": "rejected",
            "event_id": None,
            "code": each.row.code,
            "reason": each.row.reason,
        }


def _unassigned(each: Unassigned) -> UnassignedRecord:
    return UnassignedRecord(
        named_client=each.named_client,
        line=each.row.line,
        code=each.row.code,
        reason=each.row.reason,
        record=each.row.record,
    )
