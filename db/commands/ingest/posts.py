"""Posts: a batch that a collector sent and waits for, with what became of each of its events."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from db.commands.ingest.changed_months import raise_from, raise_from_batch
from db.commands.ingest.rejections import Rejection, keep, of_refused
from db.commands.ingest.retries import tried_again
from db.commands.ingest.runs import SOURCE, Recorded, UnknownSourceError
from db.commands.ingest.storing import store_offered
from db.commands.usage_batch import Batch
from db.session import writer_transaction

Word = Literal["accepted", "late", "duplicate", "rejected"]

#: What is stored under the offered ids. Of lines with the same id the first one was stored.
STORED = text(
    """
    SELECT o.line, e.usage_period <> e.billing_period AS late,
        e.xmin = pg_current_xact_id()::xid AND e.recorded_at = now()
            AND row_number() OVER (PARTITION BY o.event_id ORDER BY o.line) = 1 AS new
    FROM pg_temp.offered o
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = o.event_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one posted event."""

    line: int  #: its place in the post, from 1
    outcome: Word
    event_id: UUID | None = None  #: None where it couldn't be read
    code: str | None = None  #: rejected: what kind of fault
    reason: str | None = None  #: rejected: a sentence


def record_posted(
    engine: Engine,
    client_id: int,
    source: str,
    batch: Batch,
    *,
    as_of: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Record a post in one transaction; the same post again gives duplicates.

    Tried again where another writer was in the way. Rejected events are kept, without a run.

    Args:
        engine: of the writer.
        client_id: whose usage it is.
        source: code of the source that the key is bound to.
        batch: what was posted: measurements and those refused when read.
        as_of: the present; events more than five minutes later are rejected.

    Returns:
        One outcome per line, in order of lines.

    Raises:
        UnknownSourceError: if the client has no such source.
    """

    def once() -> tuple[Outcome, ...]:
        with writer_transaction(engine, [client_id]) as connection:
            source_id = _source(connection, client_id, source)
            return _record(connection, client_id, source_id, batch, as_of or datetime.now(UTC))

    return tried_again(once)


def _source(connection: Connection, client_id: int, source: str) -> int:
    found: int | None = connection.execute(SOURCE, {"client": client_id, "source": source}).scalar()
    if found is None:
        raise UnknownSourceError(f"the client has no source {source!r}; add it to the setup")
    return found


def _record(
    connection: Connection, client_id: int, source_id: int, batch: Batch, as_of: datetime
) -> tuple[Outcome, ...]:
    stored, rejected = store_offered(connection, client_id, source_id, batch, as_of)
    rejections = (*of_refused(batch.refused), *rejected)
    keep(connection, client_id, source_id, None, rejections)
    if stored.accepted:
        raise_from_batch(connection, client_id)
    elif rejections:
        raise_from(connection, client_id, None)
    words = _words(connection, client_id, batch, stored, rejected)
    outcomes = (*_rejected(rejections), *_taken(batch, words))
    return tuple(sorted(outcomes, key=lambda each: each.line))


def _words(
    connection: Connection,
    client_id: int,
    batch: Batch,
    stored: Recorded,
    rejected: Iterable[Rejection],
) -> Mapping[int, Word | None]:
    """What became of lines that aren't simply accepted; None for those rejected."""
    words: dict[int, Word | None] = {}
    if stored.accepted < batch.count or stored.late:
        for row in connection.execute(STORED, {"client": client_id}):
            words[row.line] = ("late" if row.late else "accepted") if row.new else "duplicate"
    return words | {each.line: None for each in rejected}


def _taken(batch: Batch, words: Mapping[int, Word | None]) -> Iterator[Outcome]:
    for line, event_id in _lines(batch):
        word = words.get(line, "accepted")
        if word is not None:
            yield Outcome(line=line, outcome=word, event_id=event_id)


def _lines(batch: Batch) -> Iterator[tuple[int, UUID]]:
    """Lines and event ids of the offered measurements: the first two cells of each."""
    for row in batch.lines.splitlines():
        line, event_id, _ = row.split(b"\t", 2)
        yield int(line), UUID(int=int(event_id, 16))


def _rejected(rejections: Iterable[Rejection]) -> Iterator[Outcome]:
    for each in rejections:
        yield Outcome(
            line=each.line,
            outcome="rejected",
            event_id=each.event_id,
            code=each.code,
            reason=each.reason,
        )
