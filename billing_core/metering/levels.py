"""What the aggregations of levels remember: which level each resource holds, and until when."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Final

from billing_core.metering.usage import Level, Measured, Meter
from billing_core.numbers import EXACT
from billing_core.period import BillingPeriod

_MICROSECOND: Final = timedelta(microseconds=1)
_ZERO: Final = Decimal(0)


class Timeless:
    """What stays as it is while time passes."""

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        """Do nothing: an amount used, a value counted, a height reached stay so."""

    def next_end(self) -> datetime | None:
        """Give the next instant at which a level may end, if any."""
        return None


class LastLevels:
    """The levels held now; a level ends `holds_for` after it was stated."""

    def __init__(self, meter: Meter, levels: Mapping[str, Level], clock: datetime) -> None:
        self._holds_for = meter.holds_for
        self._clock = clock
        self._levels: dict[str, Decimal] = {}
        self._since: dict[str, datetime] = {}
        self._ends: list[tuple[datetime, str, datetime]] = []
        self._held = _ZERO
        for resource, level in levels.items():
            self._hold(resource, level.level, level.since)

    def record(self, event: Measured) -> None:
        """Take in an event; `pass_to` its instant came before."""
        self._hold(event.resource, event.quantity, event.occurred_at)

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        """Let time pass; inclusive: a level that ends at the very instant has ended."""
        while self._ends and (
            self._ends[0][0] < instant or (inclusive and self._ends[0][0] == instant)
        ):
            ends_at, resource, since = heapq.heappop(self._ends)
            if self._since[resource] == since:
                self._move_clock(ends_at)
                self._set_level(resource, _ZERO)
        self._move_clock(instant)

    def total(self) -> Fraction:
        """Give the quantity so far, all resources together."""
        return Fraction(self._held)

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        """Give each resource's quantity so far."""
        for resource, level in self._levels.items():
            yield resource, Fraction(level)

    def next_end(self) -> datetime | None:
        """Give the next instant at which a level may end, if any."""
        return self._ends[0][0] if self._ends else None

    def _hold(self, resource: str, level: Decimal, since: datetime) -> None:
        self._set_level(resource, level)
        self._since[resource] = since
        if self._holds_for is not None:
            heapq.heappush(self._ends, (since + self._holds_for, resource, since))

    def _set_level(self, resource: str, level: Decimal) -> None:
        change = EXACT.subtract(level, self._levels.get(resource, _ZERO))
        self._held = EXACT.add(self._held, change)
        self._levels[resource] = level

    def _move_clock(self, instant: datetime) -> None:
        self._clock = max(self._clock, instant)


class LevelSeconds(LastLevels):
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
        self._before = dict(quantities)
        self._total_before = sum(self._before.values(), Fraction(0))
        self._areas: dict[str, Decimal] = {}
        self._area = _ZERO
        self._counted_to: dict[str, datetime] = {}
        super().__init__(meter, levels, clock)

    def total(self) -> Fraction:
        """Give the quantity so far, all resources together."""
        return self._total_before + Fraction(self._area) / self._whole

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        """Give each resource's quantity so far."""
        for resource in {**self._before, **self._levels}:
            self._count(resource)
            area = Fraction(self._areas[resource])
            yield resource, self._before.get(resource, 0) + area / self._whole

    def _set_level(self, resource: str, level: Decimal) -> None:
        self._count(resource)
        super()._set_level(resource, level)

    def _count(self, resource: str) -> None:
        counted_to = self._counted_to.get(resource, self._clock)
        held = self._levels.get(resource, _ZERO)
        area = EXACT.multiply(held, (self._clock - counted_to) // _MICROSECOND)
        self._areas[resource] = EXACT.add(self._areas.get(resource, _ZERO), area)
        self._counted_to[resource] = self._clock

    def _move_clock(self, instant: datetime) -> None:
        if instant > self._clock:
            passed = (instant - self._clock) // _MICROSECOND
            self._area = EXACT.add(self._area, EXACT.multiply(self._held, passed))
            self._clock = instant


class HighestLevels(Timeless):
    """The highest level of each resource.

    A level carried in counts as soon as it is held in the period: not if its resource states
    another at the very start.
    """

    def __init__(
        self, period: BillingPeriod, highest: Mapping[str, Fraction], carried_in: Iterable[str]
    ) -> None:
        self._starts_at = period.starts_at
        self._carried_in = set(carried_in)
        self._highest = {resource: _decimal(level) for resource, level in highest.items()}
        self._total = reduce(EXACT.add, self._highest.values(), _ZERO)

    def record(self, event: Measured) -> None:
        """Take in an event; `pass_to` its instant came before."""
        resource, level = event.resource, event.quantity
        known = self._highest.get(resource)
        begins = event.occurred_at == self._starts_at and resource in self._carried_in
        self._carried_in.discard(resource)
        if known is None or level > known or begins:
            change = EXACT.subtract(level, known or _ZERO)
            self._total = EXACT.add(self._total, change)
            self._highest[resource] = level

    def total(self) -> Fraction:
        """Give the quantity so far, all resources together."""
        return Fraction(self._total)

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        """Give each resource's quantity so far."""
        for resource, level in self._highest.items():
            yield resource, Fraction(level)


def _decimal(level: Fraction) -> Decimal:
    """Give a level, which was stated as a decimal, as that decimal."""
    return EXACT.divide(Decimal(level.numerator), Decimal(level.denominator))
