"""Passings: the first instant at which a running quantity is past a bound."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Final
from uuid import UUID

from billing_core.metering import Change
from billing_core.rating.bounds import Bound, crossed

_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A bound to be watched while its price version is in force."""

    bound: Bound
    starts_at: datetime  #: inclusive, UTC
    ends_at: datetime  #: exclusive, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A bound was passed."""

    at: datetime  #: UTC; the first microsecond at which the quantity is past the bound
    before: Fraction  #: just before; where it grew evenly: a microsecond earlier
    after: Fraction  #: at that instant
    event_id: UUID | None  #: None: by itself


def first_passings(changes: Iterable[Change], watches: Iterable[Watch]) -> dict[Watch, Passing]:
    """Give the first passing of each watched bound, where there is one.

    Args:
        changes: of one meter in one period, in order; no more are asked for than needed.
        watches: bounds; a passing outside the watch's time doesn't count.
    """
    waiting, found = list(dict.fromkeys(watches)), dict[Watch, Passing]()
    if not waiting:
        return found
    lowest = min(Fraction(each.bound.quantity) for each in waiting)
    for change in changes:
        if change.after < lowest or change.after <= change.before:
            continue
        for watch, passing in _passed(change, waiting):
            found[watch] = passing
        waiting = [each for each in waiting if each not in found]
        if not waiting:
            break
        lowest = min(Fraction(each.bound.quantity) for each in waiting)
    return found


def _passed(change: Change, waiting: Iterable[Watch]) -> Iterator[tuple[Watch, Passing]]:
    for watch in waiting:
        if crossed([watch.bound], change.before, change.after):
            passing = passing_in(change, watch.bound)
            if watch.starts_at <= passing.at < watch.ends_at:
                yield watch, passing


def passing_in(change: Change, bound: Bound) -> Passing:
    """Give the passing of a bound within a change that passes it.

    A mean that grows evenly from 9 at 10:00:00 to 10 at 10:00:01 grows a millionth each
    microsecond: it reaches 9.5 at 10:00:00.500000 (from 9.499999), and is above 9.5 a microsecond
    later (from 9.5).
    """
    count = (change.at - change.since) // _MICROSECOND
    if count == 0:
        return Passing(
            at=change.at, before=change.before, after=change.after, event_id=change.event_id
        )
    step = (change.after - change.before) / count
    steps = (Fraction(bound.quantity) - change.before) / step
    first = ceil(steps) if bound.inclusive else floor(steps) + 1
    return Passing(
        at=change.since + first * _MICROSECOND,
        before=change.before + step * (first - 1),
        after=change.before + step * first,
        event_id=change.event_id,
    )
