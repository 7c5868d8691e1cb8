"""What each aggregation remembers while a period's events pass by. One class per aggregation.

Each follows `State`: events are recorded in order, and time has passed to an event's instant before
it is recorded. Quantities are added up as the decimals that they are, exactly: a fraction of each
would cost more than all the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final, Protocol

from billing_core.metering.levels import HighestLevels, LastLevels, LevelSeconds, Timeless
from billing_core.metering.usage import Aggregation, Level, Measured, Meter
from billing_core.numbers import EXACT
from billing_core.period import BillingPeriod

_ZERO: Final = Decimal(0)


class State(Protocol):
    """The memory of one meter in one period."""

    def record(self, event: Measured) -> None:
        """Take in an event; `pass_to` its instant came before."""

    def pass_to(self, instant: datetime, *, inclusive: bool) -> None:
        """Let time pass; inclusive: a level that ends at the very instant has ended."""

    def total(self) -> Fraction:
        """Give the quantity so far, all resources together."""

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        """Give each resource's quantity so far."""

    def next_end(self) -> datetime | None:
        """Give the next instant at which a level may end; until then the total changes evenly."""


class _Sums(Timeless):
    """Amounts used: they add up."""

    def __init__(self, quantities: Mapping[str, Fraction]) -> None:
        self._before = dict(quantities)
        self._total_before = sum(self._before.values(), Fraction(0))
        self._added: dict[str, Decimal] = {}
        self._total_added = _ZERO

    def record(self, event: Measured) -> None:
        resource, quantity = event.resource, event.quantity
        self._added[resource] = EXACT.add(self._added.get(resource, _ZERO), quantity)
        self._total_added = EXACT.add(self._total_added, quantity)

    def total(self) -> Fraction:
        return self._total_before + Fraction(self._total_added)

    def by_resource(self) -> Iterator[tuple[str, Fraction]]:
        for resource in {**self._before, **self._added}:
            added = Fraction(self._added.get(resource, _ZERO))
            yield resource, self._before.get(resource, 0) + added


class _DistinctValues(Timeless):
    """Counted values, each once per resource."""

    def __init__(self, quantities: Mapping[str, Fraction], seen: Iterable[tuple[str, str]]) -> None:
        self._counts = dict(quantities)
        self._total = sum(self._counts.values(), Fraction(0))
        self._seen = set(seen)

    def record(self, event: Measured) -> None:
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
        return HighestLevels(period, highest, held)
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
            return HighestLevels(period, quantities, ())
        case Aggregation.LAST:
            return LastLevels(meter, levels, as_of)
        case _:
            return LevelSeconds(meter, period, quantities, levels, as_of)
