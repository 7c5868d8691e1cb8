"""Recording a batch: events, rollups, running totals and crossings in one transaction.

The order in which every writer takes its locks: billing periods, resources, events, running totals,
hours, distinct values, the client's version; within each in the order of the key.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from psycopg2.errors import DeadlockDetected, SerializationFailure, UniqueViolation
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Meter
from db.commands.ingest.checks import (
    reject_closed,
    reject_corrections,
    reject_outside,
    reject_times,
    reject_values,
)
from db.commands.ingest.crossings import note_crossings
from db.commands.ingest.events import conflicts, store_events, store_resources
from db.commands.ingest.periods import locked_months
from db.commands.ingest.rejections import Rejection, keep
from db.commands.ingest.rollups import Kinds, fold
from db.commands.ingest.runs import Origin, Recorded, Run, begin_run, count_in, finish_run
from db.commands.ingest.staging import MeterOffered, in_brief, stage
from db.commands.ingest.totals import locked_totals, store_totals
from db.commands.usage_batch import Batch, Offered, encoded, offered_event
from db.queries.setup import agreements_of, meters
from db.session import writer_transaction

BATCH_ROWS: Final = 50_000
TRIES: Final = 8
RAISE_VERSION = text("SELECT billing.raise_client_version(:client)")


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
    engine: Engine, run: Run, batch: Batch, *, as_of: datetime | None = None
) -> Recorded:
    """Record one batch in one transaction; tried again where another writer was in the way."""
    for attempt in range(1, TRIES + 1):
        try:
            with writer_transaction(engine, [run.client_id]) as connection:
                return _record(connection, run, batch, as_of or datetime.now(UTC))
        except DBAPIError as error:
            if attempt == TRIES or not _is_passing(error):
                raise
            time.sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - only to step aside
    raise AssertionError("the last try returns or raises")


def _is_passing(error: DBAPIError) -> bool:
    """Whether another writer was in the way, so that trying again may do."""
    return isinstance(error.orig, DeadlockDetected | SerializationFailure | UniqueViolation)


def _batches(events: Iterable[UsageEvent]) -> Iterator[Batch]:
    offered: Iterator[Offered] = (
        offered_event(line, event) for line, event in enumerate(events, start=1)
    )
    while rows := list(islice(offered, BATCH_ROWS)):
        yield Batch(lines=encoded(rows), count=len(rows))


def _record(connection: Connection, run: Run, batch: Batch, as_of: datetime) -> Recorded:
    rejections = [
        Rejection(line=each.line, code=each.code, reason=each.reason, record=each.record)
        for each in batch.refused
    ]
    recorded = Recorded()
    if batch.count:
        recorded = _store(connection, run, batch, as_of, rejections)
    recorded += Recorded(rejected=len(rejections))
    keep(connection, run.client_id, run.run_id, rejections)
    count_in(connection, run, recorded)
    if recorded.accepted or recorded.rejected:
        connection.execute(RAISE_VERSION, {"client": run.client_id})
    return recorded


def _store(
    connection: Connection, run: Run, batch: Batch, as_of: datetime, rejections: list[Rejection]
) -> Recorded:
    """Store what can be stored; what can't is added to `rejections`."""
    known, agreements = meters(connection), agreements_of(connection, run.client_id)
    offered = stage(connection, batch)
    refused = [*reject_values(connection, offered, known)]
    refused += reject_times(connection, offered, agreements, as_of)
    if any(each.superseding for each in offered):
        refused += reject_corrections(connection, run.client_id)
    if refused:
        offered = in_brief(connection)
    if not offered:
        rejections += refused
        return Recorded()
    first, last = min(each.first_at for each in offered), max(each.last_at for each in offered)
    months = locked_months(connection, run.client_id, first, last, as_of)
    if not months.are_gapless():
        refused += reject_outside(connection, run.client_id)
    if months.closed and months.earliest_open is None:
        refused += reject_closed(connection, run.client_id)
    if not months.within:
        rejections += refused
        return Recorded()
    store_resources(connection, run.client_id)
    kinds = _kinds(offered, known)
    accepted, late = store_events(connection, run, months, singly=kinds.need_each)
    if accepted:
        brought = locked_totals(connection, run.client_id)
        fold(connection, run.client_id, kinds)
        totals = [*store_totals(connection, run.client_id, brought, months, known)]
        note_crossings(connection, run.client_id, totals, agreements)
    left = batch.count - len(refused)
    taken = [*conflicts(connection, run.client_id)] if accepted < left else []
    rejections += [*refused, *taken]
    return Recorded(accepted=accepted, duplicate=left - accepted - len(taken), late=late)


def _kinds(offered: Sequence[MeterOffered], known: Mapping[str, Meter]) -> Kinds:
    used = [known[each.meter] for each in offered if each.meter in known]
    return Kinds(
        levels=any(meter.aggregation.is_level for meter in used),
        counts=any(meter.aggregation is Aggregation.UNIQUE_COUNT for meter in used),
        corrections=any(each.superseding for each in offered),
        credits=any(meter.allows_credits for meter in used),
    )
