"""Standing crossings: the first instant in a month at which the running quantity passes a bound."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from tests.oracle.plain.months import Month
from tests.oracle.plain.prices import Bound, Price, bounds_of
from tests.oracle.plain.rollups import rounded
from tests.oracle.plain.running import (
    MICROSECOND,
    after,
    ahead_of_events,
    ends_of,
    just_before,
    opening,
    quantity,
)
from tests.oracle.plain.said import Meter, Said


class Crossing(NamedTuple):
    """A bound of a price, and how it was passed."""

    price: str
    version: date  #: its first day
    billed: date
    kind: str
    tier: int
    share: Fraction | None
    bound: Fraction
    crossed_at: datetime
    event: UUID | None
    before: Fraction
    after: Fraction


class Passing(NamedTuple):
    """The running quantity around a moment."""

    at: datetime
    event: UUID | None
    before: Fraction
    after: Fraction


def crossings(
    price: Price, meter: Meter, events: Sequence[Said], month: Month, as_of: datetime
) -> set[Crossing]:
    """What stands once everything is noticed up to an instant.

    Args:
        price: whose bounds are passed.
        meter: of the price.
        events: the meter's effective ones of all time, in order.
        month: in which they are passed.
        as_of: the present, or the last event if that is later.
    """
    found: set[Crossing] = set()
    for bound in bounds_of(price):
        passings = _passings_of(bound, meter, events, month, as_of)
        own = (each for each in passings if price.is_in_force(each.at, month.zone))
        first = next(own, None)
        if first is not None:
            found.add(_crossing(price, bound, month, first))
    return found


def _crossing(price: Price, bound: Bound, month: Month, by: Passing) -> Crossing:
    return Crossing(
        price.code,
        price.starts_on,
        month.first,
        bound.kind,
        bound.tier,
        bound.share,
        bound.quantity,
        by.at,
        by.event,
        rounded(by.before),
        rounded(by.after),
    )


def _passings_of(
    bound: Bound, meter: Meter, events: Sequence[Said], month: Month, as_of: datetime
) -> Iterator[Passing]:
    """Every time that a bound is passed upward; a level may fall and pass it again."""
    if meter.aggregation == "time_weighted_mean":
        yield from _drifts(bound, meter, events, month, as_of)
        return
    for each in _passings(meter, events, month, as_of):
        if bound.passed(each.before, each.after):
            yield each


def _passings(
    meter: Meter, events: Sequence[Said], month: Month, as_of: datetime
) -> Iterator[Passing]:
    """All changes of the running quantity in order: at each instant by itself, then by events."""
    carried_in = opening(meter, events, month)
    yield Passing(month.starts_at, None, Fraction(0), carried_in)
    own = [each for each in events if month.contains(each.at)]
    instants = {each.at for each in own} | ends_of(meter, events)
    for instant in sorted(instants):
        if month.starts_at <= instant < month.ends_at and instant <= as_of:
            yield from _passings_at(instant, meter, events, month)


def _passings_at(
    instant: datetime, meter: Meter, events: Sequence[Said], month: Month
) -> Iterator[Passing]:
    running = quantity(meter, events, month, ahead_of_events(instant))
    if instant > month.starts_at:
        ended = quantity(meter, events, month, just_before(instant))
        yield Passing(instant, None, ended, running)
    for each in events:
        if each.at == instant:
            following = quantity(meter, events, month, after(each))
            yield Passing(instant, each.identity, running, following)
            running = following


def _drifts(
    bound: Bound, meter: Meter, events: Sequence[Said], month: Month, as_of: datetime
) -> Iterator[Passing]:
    """Between two changes of level the mean is a straight line: look for its first microsecond."""
    last = min(as_of, month.ends_at)
    inner = {each.at for each in events} | ends_of(meter, events)
    turns = sorted({month.starts_at, last, *(at for at in inner if month.starts_at < at < last)})

    def mean(instant: datetime) -> Fraction:
        return quantity(meter, events, month, just_before(instant))

    for begins, ends in pairwise(turns):
        lower, upper = mean(begins), mean(ends)
        if bound.passed(lower, upper):
            at = begins + _microseconds_to(bound, lower, upper, (ends - begins) // MICROSECOND)
            if at < month.ends_at:  # what is reached at the end itself was not passed in the month
                yield Passing(at, None, mean(at - MICROSECOND), mean(at))


def _microseconds_to(bound: Bound, lower: Fraction, upper: Fraction, length: int) -> timedelta:
    """How long a straight line from lower to upper takes until it has passed the bound."""
    exact = (bound.quantity - lower) * length / (upper - lower)
    whole = -(-exact // 1)
    if whole == exact and not bound.inclusive:
        whole += 1
    return timedelta(microseconds=int(whole))
