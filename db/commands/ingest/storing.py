"""Storing what a batch offers: events, rollups, running totals and crossings.

The order in which every writer takes its locks: billing periods, resources, events, meters, running
totals, hours, distinct values, the client's version; within each in the order of the key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from billing_core.metering import Aggregation, Meter
from db.commands.ingest.bills import (
    name_resources,
    reject_currencies,
    store_costs,
    with_bills,
)
from db.commands.ingest.checks import (
    reject_corrections,
    reject_old_currency,
    reject_outside,
    reject_times,
    reject_values,
)
from db.commands.ingest.consequences import bring_up_to_date
from db.commands.ingest.events import conflicts, store_events, store_resources
from db.commands.ingest.known import setup_of
from db.commands.ingest.periods import Months, locked_months
from db.commands.ingest.rejections import Rejection
from db.commands.ingest.rollups import Kinds
from db.commands.ingest.runs import Recorded
from db.commands.ingest.staging import MeterOffered, in_brief, stage
from db.commands.ingest.turns import Turn
from db.commands.usage_batch import Batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a batch is stored."""

    as_of: datetime  #: the present; events more than five minutes later are rejected
    #: Whether none of its events is thought to be stored. If one is, storing fails with a unique
    #: violation, and the transaction is to be done again without this hope.
    all_new: bool = False
    turn: Turn = field(default_factory=Turn)  #: its place among batches that are stored at once


def store_offered(
    connection: Connection, client_id: int, source_id: int, batch: Batch, as_of: datetime
) -> tuple[Recorded, tuple[Rejection, ...]]:
    """Store what can be stored of a batch's measurements.

    Args:
        connection: a transaction of the writer that declared the client.
        client_id: whose usage it is.
        source_id: who measured.
        batch: what came; its refused rows are the caller's affair.
        as_of: the present; events more than five minutes later are rejected.

    Returns:
        What became of the measurements, those rejected not yet counted, and these with their
        reasons. They are not kept: whoever stores also says where they came from.
    """
    return store_planned(connection, client_id, source_id, batch, Plan(as_of=as_of))


def store_planned(
    connection: Connection, client_id: int, source_id: int, batch: Batch, plan: Plan
) -> tuple[Recorded, tuple[Rejection, ...]]:
    """As `store_offered`, in the way that a plan says."""
    if not batch.count:
        return Recorded(), ()
    recorded, rejections = _stored(connection, client_id, source_id, batch, plan)
    return recorded, with_bills(rejections, batch.billed)


def _stored(
    connection: Connection, client_id: int, source_id: int, batch: Batch, plan: Plan
) -> tuple[Recorded, tuple[Rejection, ...]]:
    setup = setup_of(connection, client_id)
    known, agreements = setup.meters, setup.agreements
    offered = stage(connection, batch)
    refused = [*reject_values(connection, offered, known)]
    refused += reject_times(connection, offered, agreements, plan.as_of)
    if any(each.superseding for each in offered):
        refused += reject_corrections(connection, client_id)
    refused += reject_currencies(connection, client_id, batch.billed)
    if refused:
        offered = in_brief(connection)
    if not offered:
        return Recorded(), tuple(refused)
    plan.turn.wait_to_begin(connection)
    months = _months_of(connection, client_id, offered, plan.as_of)
    if not months.are_gapless():
        refused += reject_outside(connection, client_id)
    refused += reject_old_currency(connection, client_id, agreements, months)
    if not months.within:
        return Recorded(), tuple(refused)
    if not plan.all_new:
        plan.turn.wait(connection)
    name_resources(connection, client_id, batch.billed)
    store_resources(connection, client_id)
    plan.turn.begin()
    kinds = _kinds(offered, known)
    accepted, late = store_events(
        connection, client_id, source_id, months, singly=kinds.need_each, all_new=plan.all_new
    )
    if plan.all_new:
        plan.turn.wait(connection)
    if accepted:
        bring_up_to_date(connection, client_id, kinds, known)
    store_costs(connection, client_id, batch.billed)
    left = batch.count - len(refused)
    taken = [*conflicts(connection, client_id)] if accepted < left else []
    duplicate = left - accepted - len(taken)
    return Recorded(accepted=accepted, duplicate=duplicate, late=late), (*refused, *taken)


def _months_of(
    connection: Connection, client_id: int, offered: Sequence[MeterOffered], as_of: datetime
) -> Months:
    first, last = min(each.first_at for each in offered), max(each.last_at for each in offered)
    return locked_months(connection, client_id, first, last, as_of)


def _kinds(offered: Sequence[MeterOffered], known: Mapping[str, Meter]) -> Kinds:
    used = [known[each.meter] for each in offered if each.meter in known]
    return Kinds(
        levels=any(meter.aggregation.is_level for meter in used),
        counts=any(meter.aggregation is Aggregation.UNIQUE_COUNT for meter in used),
        corrections=any(each.superseding for each in offered),
        credits=any(meter.allows_credits for meter in used),
    )
