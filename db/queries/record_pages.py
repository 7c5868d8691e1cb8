"""Which records stand on a page: those that count, the replaced, and those that came too late.

Each kind is found by an index of its own, as many as fill a page, and the three are put in order.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    ScalarSelect,
    Select,
    Tuple,
    Uuid,
    and_,
    literal,
    not_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from billing_core.metering import Meter
from db.models import BillingPeriod, Resource, UsageEvent, UsageHour
from db.models import Meter as MeterRow
from db.queries.effective import effective
from db.queries.record_rows import records_with
from db.queries.record_values import Place, RecordsAsked

PAGE: Final = 50  #: rows
_COLUMNS: Final = (UsageEvent.event_id, UsageEvent.occurred_at)
Found = Select[*tuple[Any, ...]]


def found_in_order(client_id: int, asked: RecordsAsked, most: int) -> Found:
    """Ask for the records of a page, from the place on in the direction that is asked for."""
    kinds = [_first(_counting(client_id, asked), asked, most)]
    if not asked.counted:
        kinds.append(_first(_replaced(client_id, asked), asked, most))
        kinds.append(_late(client_id, asked, most))
    standing = union_all(*(each.subquery().select() for each in kinds)).subquery("found")
    with_words = records_with().join(
        standing,
        and_(UsageEvent.client_id == client_id, UsageEvent.event_id == standing.c.event_id),
    )
    return _first(with_words, asked, most)


def meter_id_of(meter: Meter) -> ScalarSelect[int]:
    """Ask for the number of a meter."""
    return select(MeterRow.meter_id).where(MeterRow.code == meter.code).scalar_subquery()


def _first(query: Found, asked: RecordsAsked, most: int) -> Found:
    columns = (UsageEvent.occurred_at, UsageEvent.event_id)
    ordered = [each.desc() if asked.backwards else each.asc() for each in columns]
    return query.order_by(*ordered).limit(most)


def _of_meter(client_id: int, asked: RecordsAsked) -> ColumnElement[bool]:
    """Say of an event that it is the meter's, within the days and beyond the place asked for."""
    conditions = [
        UsageEvent.client_id == client_id,
        UsageEvent.meter_id == meter_id_of(asked.meter),
        UsageEvent.occurred_at >= asked.starts_at,
        UsageEvent.occurred_at < asked.ends_at,
    ]
    if asked.place is not None:
        order = tuple_(UsageEvent.occurred_at, UsageEvent.event_id)
        conditions.append(_beyond(order, asked.place, backwards=asked.backwards))
    return and_(*conditions)


def _beyond(order: Tuple, place: Place, *, backwards: bool) -> ColumnElement[bool]:
    stands = tuple_(
        literal(place.occurred_at, DateTime(timezone=True)), literal(place.event_id, Uuid())
    )
    return order < stands if backwards else order > stands


def _counting(client_id: int, asked: RecordsAsked) -> Found:
    query = select(*_COLUMNS).where(
        _of_meter(client_id, asked), UsageEvent.billing_period == asked.period.month, effective()
    )
    return query if asked.resource is None else _in_its_hours(query, client_id, asked)


def _in_its_hours(query: Found, client_id: int, asked: RecordsAsked) -> Found:
    """Look only into the hours in which the resource has records: as many as may fill a page."""
    hour = UsageHour
    bounds = [hour.last_at >= asked.starts_at, hour.first_at < asked.ends_at]
    if asked.place is not None:
        at = asked.place.occurred_at
        bounds.append(hour.first_at <= at if asked.backwards else hour.last_at >= at)
    hours = (
        select(hour.first_at, hour.last_at, hour.resource_id)
        .where(
            hour.client_id == client_id,
            hour.meter_id == meter_id_of(asked.meter),
            hour.billing_period == asked.period.month,
            hour.event_count > 0,
            hour.resource_id == _resource_id(client_id, asked),
            *bounds,
        )
        .order_by(hour.hour.desc() if asked.backwards else hour.hour.asc())
        .limit(PAGE + 2)
        .cte("hours")
    )
    within = UsageEvent.occurred_at.between(hours.c.first_at, hours.c.last_at)
    return query.join(hours, and_(UsageEvent.resource_id == hours.c.resource_id, within))


def _resource_id(client_id: int, asked: RecordsAsked) -> ScalarSelect[int]:
    named = Resource.client_id == client_id, Resource.code == asked.resource
    return select(Resource.resource_id).where(*named).scalar_subquery()


def _replaced(client_id: int, asked: RecordsAsked) -> Found:
    """Ask for what counts nothing; corrections are few and have an index of their own."""
    correction = aliased(UsageEvent)
    is_one = and_(
        correction.client_id == client_id,
        correction.supersedes_event_id.is_not(None),
        correction.meter_id == meter_id_of(asked.meter),
    )
    replaced = select(correction.supersedes_event_id).where(is_one)
    taking_back = select(correction.event_id).where(is_one, correction.withdraws)
    query = select(*_COLUMNS).where(
        _of_meter(client_id, asked),
        UsageEvent.usage_period == asked.period.month,
        UsageEvent.event_id.in_(union(replaced, taking_back)),
        not_(effective()),
    )
    return _of_resource(query, client_id, asked)


def _late(client_id: int, asked: RecordsAsked, most: int) -> Found:
    """Ask for what a later month bills, month by month: the index starts with the month."""
    month = BillingPeriod
    found = (
        select(*_COLUMNS)
        .where(
            _of_meter(client_id, asked),
            UsageEvent.billing_period == month.billing_period,
            UsageEvent.usage_period == asked.period.month,
            effective(),
        )
        .correlate(month)
    )
    each = _first(_of_resource(found, client_id, asked), asked, most).lateral("late")
    later = and_(month.client_id == client_id, month.billing_period > asked.period.month)
    found_each = select(each.c.event_id, each.c.occurred_at).select_from(month)
    return found_each.join(each, true()).where(later)


def _of_resource(query: Found, client_id: int, asked: RecordsAsked) -> Found:
    if asked.resource is None:
        return query
    return query.where(UsageEvent.resource_id == _resource_id(client_id, asked))
