"""Recording events and the batches of a file: each batch in one transaction, counted in its run."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from sqlalchemy import Connection, Engine

from billing_core.event import UsageEvent
from db.commands.ingest.changed_months import raise_from, raise_from_batch
from db.commands.ingest.rejections import keep, of_refused
from db.commands.ingest.retries import tried_again
from db.commands.ingest.runs import Origin, Recorded, Run, begin_run, count_in, finish_run
from db.commands.ingest.storing import Plan, store_planned
from db.commands.ingest.turns import Turn
from db.commands.usage_batch import Batch, Offered, encoded, offered_event
from db.session import writer_transaction

BATCH_ROWS: Final = 25_000


def record(
    engine: Engine,
    client_id: int,
    source: str,
    events: Iterable[UsageEvent],
    *,
    as_of: datetime | None = None,
) -> Recorded:
    """Record events of a source, in batches, each in a transaction of its own.

    Doing it again, or again after a crash in the middle, stores nothing twice.

    Args:
        engine: of the writer.
        client_id: whose usage it is.
        source: code of the source that the client's setup names.
        events: in any order; best in order of time.
        as_of: the present; events more than five minutes later are rejected.

    Raises:
        UnknownSourceError: if the client has no such source.
    """
    run = begin_run(engine, client_id, source, Origin())
    recorded = Recorded()
    for batch in _batches(events):
        recorded += record_batch(engine, run, batch, as_of=as_of)
    finish_run(engine, run)
    return recorded


def record_batch(
    engine: Engine,
    run: Run,
    batch: Batch,
    *,
    as_of: datetime | None = None,
    all_new: bool = False,
    turn: Turn | None = None,
) -> Recorded:
    """Record one batch in one transaction; tried again where another writer was in the way.

    Args:
        engine: of the writer.
        run: in which it is counted.
        batch: what came.
        as_of: the present; events more than five minutes later are rejected.
        all_new: whether none of its events is thought to be stored. If one is, it takes two tries.
        turn: its place among batches that are recorded at once.
    """
    hopes = iter([all_new])

    def once() -> Recorded:
        with writer_transaction(engine, [run.client_id]) as connection:
            now = as_of or datetime.now(UTC)
            plan = Plan(as_of=now, all_new=next(hopes, False), turn=turn or Turn())
            return _record(connection, run, batch, plan)

    return tried_again(once)


def _batches(events: Iterable[UsageEvent]) -> Iterator[Batch]:
    offered: Iterator[Offered] = (
        offered_event(line, event) for line, event in enumerate(events, start=1)
    )
    while rows := list(islice(offered, BATCH_ROWS)):
        yield Batch(lines=encoded(rows), count=len(rows))


def _record(connection: Connection, run: Run, batch: Batch, plan: Plan) -> Recorded:
    stored, rejected = store_planned(connection, run.client_id, run.source_id, batch, plan)
    rejections = (*of_refused(batch.refused), *rejected)
    recorded = stored + Recorded(rejected=len(rejections))
    keep(connection, run.client_id, run.source_id, run.run_id, rejections)
    count_in(connection, run, recorded)
    if recorded.accepted:
        raise_from_batch(connection, run.client_id)
    elif recorded.rejected:
        raise_from(connection, run.client_id, None)
    return recorded
