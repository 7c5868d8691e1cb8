"""Rows by hour and by counted value, and totals: from the events, with nothing kept."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from tests.oracle.plain.months import Month, hour_of, month_of
from tests.oracle.plain.running import MICROSECOND, after, quantity
from tests.oracle.plain.said import Meter, Said, effective

DIGITS = 10**15  #: quantities have 15 decimals


class Hour(NamedTuple):
    """What a resource's events of an hour come to."""

    meter: str
    billed: date
    resource: str
    hour: datetime
    first_at: datetime
    last_at: datetime
    number: int
    sum: Fraction
    max: Fraction
    first_level: Fraction
    last_level: Fraction
    level_seconds: Fraction


class Value(NamedTuple):
    """A counted value of a resource."""

    meter: str
    billed: date
    resource: str
    value: str
    first_at: datetime
    first_event: UUID
    number: int


class Total(NamedTuple):
    """What a meter comes to in a month."""

    meter: str
    billed: date
    number: int
    first_at: datetime
    last_at: datetime
    last_event: UUID
    quantity: Fraction


def hours(meter: Meter, events: Iterable[Said], zone: str, billed: dict[UUID, date]) -> set[Hour]:
    """The rows by hour; `billed` names the month that bills each event."""
    found: dict[tuple[date, str, datetime], list[Said]] = {}
    for each in effective(events):
        key = billed[each.identity], each.resource, hour_of(each.at, zone)
        found.setdefault(key, []).append(each)
    return {_hour(meter, month, own, zone) for (month, _, _), own in found.items()}


def values(meter: Meter, events: Iterable[Said], month: Month) -> set[Value]:
    """The counted values of a month's own events."""
    if meter.aggregation != "unique_count":
        return set()
    found: dict[tuple[str, str], list[Said]] = {}
    for each in _own(effective(events), month):
        found.setdefault((each.resource, each.counted or ""), []).append(each)
    return {
        Value(meter.code, month.first, *key, own[0].at, own[0].identity, len(own))
        for key, own in found.items()
    }


def total(meter: Meter, counting: Sequence[Said], month: Month) -> Total | None:
    """The total right after the last of a month's own events; None without any."""
    own = _own(counting, month)
    if not own:
        return None
    first, last = own[0], own[-1]
    amount = rounded(quantity(meter, counting, month, after(last)))
    return Total(meter.code, month.first, len(own), first.at, last.at, last.identity, amount)


def rounded(number: Fraction) -> Fraction:
    """To 15 decimals, a half away from zero."""
    places = (abs(number) * DIGITS * 2 + 1) // 2
    return Fraction(places if number >= 0 else -places, DIGITS)


def billing_months(
    events: Iterable[Said], zone: str, closed: Sequence[Month] = ()
) -> dict[UUID, date]:
    """The month that bills each event: its own, else the earliest one that is not closed."""
    months: dict[UUID, date] = {}
    for each in events:
        month = month_of(each.at, zone)
        while month in closed:
            month = month.following
        months[each.identity] = month.first
    return months


def _own(events: Iterable[Said], month: Month) -> list[Said]:
    return [each for each in events if month.contains(each.at)]


def _hour(meter: Meter, month: date, own: Sequence[Said], zone: str) -> Hour:
    first, last = own[0], own[-1]
    zero = Fraction(0)
    levels = meter.states_levels
    return Hour(
        meter.code,
        month,
        first.resource,
        hour_of(first.at, zone),
        first.at,
        last.at,
        len(own),
        sum((each.amount for each in own), zero),
        max(each.amount for each in own),
        first.amount if levels else zero,
        last.amount if levels else zero,
        _level_seconds(meter, own) if levels else zero,
    )


def _level_seconds(meter: Meter, own: Sequence[Said]) -> Fraction:
    seconds = Fraction(0)
    for level, following in pairwise(own):
        held = following.at - level.at
        if meter.holds_for is not None:
            held = min(held, meter.holds_for)
        seconds += level.amount * Fraction(held // MICROSECOND, 10**6)
    return seconds
