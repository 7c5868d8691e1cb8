"""The records behind a line, a page at a time, each with the running quantity around it.

A page costs the same wherever it stands: rows are found by keyset in the order (occurred, event
id), and their running quantities start from rollups (`record_steps`).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Row,
    ScalarSelect,
    Select,
    Tuple,
    Uuid,
    and_,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Meter as MeterRow
from db.models import Resource, Source, UsageEvent, UsageHour
from db.queries.effective import Later, effective, supersedes
from db.queries.record_steps import steps_around
from db.queries.record_values import (
    Place,
    Record,
    RecordDetail,
    RecordInOrder,
    RecordPage,
    RecordsAsked,
)
from db.queries.setup import meters

PAGE = 50  #: rows


def page_of_records(connection: Connection, client_id: int, asked: RecordsAsked) -> RecordPage:
    """Give a page of a meter's effective records, the newest first, with their running quantities.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        asked: which records; a day and a resource narrow the rows, never the running quantity.
    """
    found = [_record(row) for row in connection.execute(_page(client_id, asked))]
    more, shown = len(found) > PAGE, found[:PAGE]
    if not asked.backwards:
        shown.reverse()
    instants = [each.occurred_at for each in shown]
    steps = steps_around(connection, client_id, asked.meter, asked.period, instants)
    return RecordPage(
        rows=tuple(RecordInOrder(record=each, step=steps[each.event_id]) for each in shown),
        has_newer=asked.older_than is not None if asked.backwards else more,
        has_older=more if asked.backwards else asked.newer_than is not None,
        count=_count(connection, client_id, asked),
    )


def record_of(connection: Connection, client_id: int, event_id: UUID) -> RecordDetail | None:
    """Give one record in full, also one that was superseded; None if the client has none such."""
    query = (
        _records(UsageEvent.leaf_hash, UsageEvent.withdraws, UsageEvent.billing_period)
        .add_columns(MeterRow.code.label("meter"), Later.event_id.label("superseded_by"))
        .join(MeterRow, MeterRow.meter_id == UsageEvent.meter_id)
        .outerjoin(Later, supersedes())
        .where(UsageEvent.client_id == client_id, UsageEvent.event_id == event_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return RecordDetail(
        record=_record(row),
        meter=meters(connection)[row.meter],
        month=f"{row.billing_period:%Y-%m}",
        leaf_hash=bytes(row.leaf_hash),
        superseded_by=row.superseded_by,
        withdraws=row.withdraws,
    )


def _records(*more: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    event = UsageEvent
    of_client = Resource.client_id == event.client_id, Source.client_id == event.client_id
    return (
        select(
            event.event_id,
            event.occurred_at,
            event.recorded_at,
            event.quantity,
            event.counted_value,
            event.source_event_id,
            event.supersedes_event_id,
            event.reason,
            Resource.code.label("resource"),
            Source.code.label("source"),
            *more,
        )
        .select_from(event)
        .join(Resource, and_(of_client[0], Resource.resource_id == event.resource_id))
        .join(Source, and_(of_client[1], Source.source_id == event.source_id))
    )


def _record(row: Row[*tuple[Any, ...]]) -> Record:
    return Record(
        event_id=row.event_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        resource=row.resource,
        quantity=row.quantity,
        counted_value=row.counted_value,
        source=row.source,
        source_event_id=row.source_event_id,
        supersedes=row.supersedes_event_id,
        reason=row.reason,
    )


def _meter_id(asked: RecordsAsked) -> ScalarSelect[int]:
    return select(MeterRow.meter_id).where(MeterRow.code == asked.meter.code).scalar_subquery()


def _page(client_id: int, asked: RecordsAsked) -> Select[*tuple[Any, ...]]:
    """Ask for one row more than a page, so that it is known whether there are more."""
    order = tuple_(UsageEvent.occurred_at, UsageEvent.event_id)
    query = _records().where(
        UsageEvent.client_id == client_id,
        UsageEvent.meter_id == _meter_id(asked),
        UsageEvent.billing_period == asked.period.month,
        UsageEvent.occurred_at >= asked.starts_at,
        UsageEvent.occurred_at < asked.ends_at,
        effective(),
    )
    if asked.place is not None:
        query = query.where(_beyond(order, asked.place, backwards=asked.backwards))
    if asked.resource is not None:
        query = _of_resource(query, client_id, asked)
    columns = (UsageEvent.occurred_at, UsageEvent.event_id)
    ordered = [each.desc() if asked.backwards else each.asc() for each in columns]
    return query.order_by(*ordered).limit(PAGE + 1)


def _beyond(order: Tuple, place: Place, *, backwards: bool) -> ColumnElement[bool]:
    stands = tuple_(
        literal(place.occurred_at, DateTime(timezone=True)), literal(place.event_id, Uuid())
    )
    return order < stands if backwards else order > stands


def _of_resource(
    query: Select[*tuple[Any, ...]], client_id: int, asked: RecordsAsked
) -> Select[*tuple[Any, ...]]:
    """Look only into the hours in which the resource has records: as many as may fill a page."""
    hour = UsageHour
    bounds = [hour.last_at >= asked.starts_at, hour.first_at < asked.ends_at]
    if asked.place is not None:
        at = asked.place.occurred_at
        bounds.append(hour.first_at <= at if asked.backwards else hour.last_at >= at)
    hours = (
        select(hour.first_at, hour.last_at, hour.resource_id)
        .join(
            Resource,
            and_(Resource.client_id == hour.client_id, Resource.resource_id == hour.resource_id),
        )
        .where(
            hour.client_id == client_id,
            hour.meter_id == _meter_id(asked),
            hour.billing_period == asked.period.month,
            hour.event_count > 0,
            Resource.code == asked.resource,
            *bounds,
        )
        .order_by(hour.hour.desc() if asked.backwards else hour.hour.asc())
        .limit(PAGE + 2)
        .cte("hours")
    )
    within = UsageEvent.occurred_at.between(hours.c.first_at, hours.c.last_at)
    return query.join(hours, and_(UsageEvent.resource_id == hours.c.resource_id, within))


def _count(connection: Connection, client_id: int, asked: RecordsAsked) -> int:
    """Count from rollups; days start with an hour of the client's zone."""
    hour = UsageHour
    query = select(func.coalesce(func.sum(hour.event_count), 0)).where(
        hour.client_id == client_id,
        hour.meter_id == _meter_id(asked),
        hour.billing_period == asked.period.month,
        hour.hour >= asked.starts_at,
        hour.hour < asked.ends_at,
    )
    if asked.resource is not None:
        of_client = select(Resource.resource_id).where(
            Resource.client_id == client_id, Resource.code == asked.resource
        )
        query = query.where(hour.resource_id == of_client.scalar_subquery())
    return int(connection.execute(query).scalar_one())
