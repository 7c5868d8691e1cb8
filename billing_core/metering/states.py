"""What each aggregation remembers while a period's events pass by. One class per aggregation.

Each follows `State`: events are recorded in order, and time has passed to an event's instant before
it is recorded.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, Protocol

from billing_core.metering.usage import Aggregation, Level, Measurement, Meter
from billing_core.period import BillingPeriod

_MICROSECOND: Final = timedelta(microseconds=1)


class State(Protocol):
    """The memory of one meter in one period."""

    def record(self, event: Measurement) -> None:
        """Take in an event; `pass_to` its instant came before."""

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        """Let time pass; inclusive: a level that ends at the very instant has ended."""

    def total(self) -> Fraction:
        """Give the quantity so far, all resources together."""

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        """Give each resource's quantity so far."""

    def next_end(self) -> datetime | None:
        """Give the next instant at which a level may end; until then the total changes evenly."""


class _Timeless:
    """What stays as it is while time passes."""

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        """Do nothing: an amount used, a value counted, a height reached stay so."""

    def next_end(self) -> datetime | None:
        return None


class _Sums(_Timeless):
    """Amounts used: they add up."""

    def __init__(self, quantities: Mapping[str, Fraction]) -> None:
        self._quantities = dict(quantities)
        self._total = sum(self._quantities.values(), Fraction(0))

    def record(self, event: Measurement) -> None:
        quantity = Fraction(event.quantity)
        self._quantities[event.resource] = self._quantities.get(event.resource, 0) + quantity
        self._total += quantity

    def total(self) -> Fraction:
        return self._total

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        yield from self._quantities.items()


class _DistinctValues(_Timeless):
    """Counted values, each once per resource."""

    def __init__(self, quantities: Mapping[str, Fraction], seen: Iterable[tuple[str, str]]) -> None:
        self._counts = dict(quantities)
        self._total = sum(self._counts.values(), Fraction(0))
        self._seen = set(seen)

    def record(self, event: Measurement) -> None:
        if event.counted_value is None:
            raise ValueError(f"event {event.event_id} names no counted value")
        counted = (event.resource, event.counted_value)
        new = counted not in self._seen
        self._seen.add(counted)
        self._counts[event.resource] = self._counts.get(event.resource, Fraction(0)) + new
        self._total += new

    def total(self) -> Fraction:
        return self._total

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        yield from self._counts.items()


class _LastLevels:
    """The levels held now; a level ends `holds_for` after it was stated."""

    def __init__(self, meter: Meter, levels: Mapping[str, Level], clock: datetime) -> None:
        self._holds_for = meter.holds_for
        self._clock = clock
        self._levels: dict[str, Fraction] = {}
        self._since: dict[str, datetime] = {}
        self._ends: list[tuple[datetime, str, datetime]] = []
        self._held = Fraction(0)
        for resource, level in levels.items():
            self._hold(resource, Fraction(level.level), level.since)

    def record(self, event: Measurement) -> None:
        self._hold(event.resource, Fraction(event.quantity), event.occurred_at)

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        while self._ends and (
            self._ends[0][0] < instant or (inclusive and self._ends[0][0] == instant)
        ):
            ends_at, resource, since = heapq.heappop(self._ends)
            if self._since[resource] == since:
                self._move_clock(ends_at)
                self._set_level(resource, Fraction(0))
        self._move_clock(instant)

    def total(self) -> Fraction:
        return self._held

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        yield from self._levels.items()

    def next_end(self) -> datetime | None:
        return self._ends[0][0] if self._ends else None

    def _hold(self, resource: str, level: Fraction, since: datetime) -> None:
        self._set_level(resource, level)
        self._since[resource] = since
        if self._holds_for is not None:
            heapq.heappush(self._ends, (since + self._holds_for, resource, since))

    def _set_level(self, resource: str, level: Fraction) -> None:
        self._held += level - self._levels.get(resource, 0)
        self._levels[resource] = level

    def _move_clock(self, instant: datetime) -> None:
        self._clock = max(self._clock, instant)


class _LevelSeconds(_LastLevels):
    """Level × seconds held ÷ seconds of the whole period: it grows, and its parts add up."""

    def __init__(
        self,
        meter: Meter,
        period: BillingPeriod,
        quantities: Mapping[str, Fraction],
        levels: Mapping[str, Level],
        clock: datetime,
    ) -> None:
        self._whole = (period.ends_at - period.starts_at) // _MICROSECOND
        self._areas = {resource: part * self._whole for resource, part in quantities.items()}
        self._area = sum(self._areas.values(), Fraction(0))
        self._counted_to: dict[str, datetime] = {}
        super().__init__(meter, levels, clock)

    def total(self) -> Fraction:
        return self._area / self._whole

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        for resource in {**self._areas, **self._levels}:
            self._count(resource)
            yield resource, self._areas[resource] / self._whole

    def _set_level(self, resource: str, level: Fraction) -> None:
        self._count(resource)
        super()._set_level(resource, level)

    def _count(self, resource: str) -> None:
        counted_to = self._counted_to.get(resource, self._clock)
        area = self._levels.get(resource, 0) * ((self._clock - counted_to) // _MICROSECOND)
        self._areas[resource] = self._areas.get(resource, Fraction(0)) + area
        self._counted_to[resource] = self._clock

    def _move_clock(self, instant: datetime) -> None:
        if instant > self._clock:
            self._area += self._held * ((instant - self._clock) // _MICROSECOND)
            self._clock = instant


class _HighestLevels(_Timeless):
    """The highest level of each resource.

    A level carried in counts as soon as it is held in the period: not if its resource states
    another at the very start.
    """

    def __init__(
        self, period: BillingPeriod, highest: Mapping[str, Fraction], carried_in: Iterable[str]
    ) -> None:
        self._starts_at = period.starts_at
        self._carried_in = set(carried_in)
        self._highest = dict(highest)
        self._total = sum(self._highest.values(), Fraction(0))

    def record(self, event: Measurement) -> None:
        resource, level = event.resource, Fraction(event.quantity)
        if event.occurred_at > self._starts_at or resource not in self._carried_in:
            level = max(level, self._highest.get(resource, level))
        self._carried_in.discard(resource)
        self._total += level - self._highest.get(resource, 0)
        self._highest[resource] = level

    def total(self) -> Fraction:
        return self._total

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        yield from self._highest.items()


def state_at_start(meter: Meter, period: BillingPeriod, carried_in: Mapping[str, Level]) -> State:
    """Give the state in which a period starts: nothing used, levels as they are carried in.

    A level that had ended by the period's start is not carried in.
    """
    held = {
        resource: level
        for resource, level in carried_in.items()
        if meter.holds_for is None or level.since + meter.holds_for > period.starts_at
    }
    if meter.aggregation is Aggregation.MAX:
        highest = {resource: Fraction(level.level) for resource, level in held.items()}
        return _HighestLevels(period, highest, held)
    return state_from(meter, period, {}, held, period.starts_at, ())


def state_from(
    meter: Meter,
    period: BillingPeriod,
    quantities: Mapping[str, Fraction],
    levels: Mapping[str, Level],
    as_of: datetime,
    seen: Iterable[tuple[str, str]],
) -> State:
    """Give the state of a period that has run up to `as_of`."""
    match meter.aggregation:
        case Aggregation.SUM:
            return _Sums(quantities)
        case Aggregation.UNIQUE_COUNT:
            return _DistinctValues(quantities, seen)
        case Aggregation.MAX:
            return _HighestLevels(period, quantities, ())
        case Aggregation.LAST:
            return _LastLevels(meter, levels, as_of)
        case _:
            return _LevelSeconds(meter, period, quantities, levels, as_of)
