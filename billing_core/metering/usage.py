"""Meters and what they counted: values only. How events become quantities is in `running.py`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, Protocol
from uuid import UUID

from billing_core.event import LONGEST_CODE, text_faults
from billing_core.faults import Fault, refuse
from billing_core.numbers import size_fault
from billing_core.period import BillingPeriod, is_utc


class Aggregation(StrEnum):
    """How a meter makes one quantity of a resource's events; the resources are added up."""

    SUM = "sum"  #: amounts used, added
    MAX = "max"  #: highest level held in the period
    LAST = "last"  #: level at the period's end
    TIME_WEIGHTED_MEAN = "time_weighted_mean"  #: level × seconds held ÷ seconds of the period
    UNIQUE_COUNT = "unique_count"  #: distinct counted values

    @property
    def is_level(self) -> bool:
        """Whether an event states a level that holds from then on."""
        return self in {Aggregation.MAX, Aggregation.LAST, Aggregation.TIME_WEIGHTED_MEAN}

    @property
    def adds_up_over_time(self) -> bool:
        """Whether the quantity of a period is the sum of the quantities of its parts."""
        return self in {Aggregation.SUM, Aggregation.TIME_WEIGHTED_MEAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What is counted. Unit and aggregation never change."""

    code: str
    name: str
    unit: str
    aggregation: Aggregation
    holds_for: timedelta | None = None  #: a level's longest life; None: until the next event
    allows_credits: bool = False  #: whether an event may be negative

    def __post_init__(self) -> None:
        refuse(_meter_faults(self))


def _meter_faults(meter: Meter) -> Iterator[Fault]:
    yield from text_faults("code", meter.code, longest=LONGEST_CODE)
    yield from text_faults("name", meter.name)
    yield from text_faults("unit", meter.unit, longest=LONGEST_CODE)
    if meter.holds_for is None:
        return
    if not meter.aggregation.is_level:
        message = f"only a level holds; {meter.aggregation} has none: leave it out"
        yield Fault(where="holds_for", message=message)
    if meter.holds_for <= timedelta(0):
        yield Fault(where="holds_for", message="is not a length of time above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A usage event as metering sees it."""

    occurred_at: datetime  #: UTC
    resource: str
    quantity: Decimal
    counted_value: str | None = None  #: for unique_count
    event_id: UUID

    def __post_init__(self) -> None:
        if not is_utc(self.occurred_at):
            refuse([Fault(where="occurred_at", message="is not an instant in UTC")])
        fault = size_fault(self.quantity)
        if fault:
            refuse([Fault(where="quantity", message=fault)])


class Measured(Protocol):
    """What metering asks of an event: a `Measurement`, or a row of a file that was checked."""

    @property
    def occurred_at(self) -> datetime:
        """When, UTC."""

    @property
    def resource(self) -> str:
        """On what."""

    @property
    def quantity(self) -> Decimal:
        """How much, or the level from then on."""

    @property
    def counted_value(self) -> str | None:
        """What a unique_count meter counts."""

    @property
    def event_id(self) -> Any:  # noqa: ANN401 - a UUID or its text: they sort alike
        """Its identity; orders events of the same instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a resource holds from an instant on."""

    level: Decimal
    since: datetime  #: UTC; the instant of the event that stated it


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuantity:
    """A resource and its quantity."""

    resource: str  #: "" where the resources are already added up
    quantity: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The quantities of a period so far, at an instant."""

    at: datetime  #: UTC; an event at this very instant isn't counted yet
    quantities: tuple[ResourceQuantity, ...]  #: cumulative from the period's start

    @property
    def quantity(self) -> Fraction:
        """All resources together."""
        return sum((each.quantity for each in self.quantities), Fraction(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterUsage:
    """What a meter counted in a period, at the instants that somebody asks about."""

    meter: Meter
    period: BillingPeriod
    checkpoints: tuple[Checkpoint, ...]  #: in order of time; the last is as_of or the period's end

    def __post_init__(self) -> None:
        refuse(_usage_faults(self))

    @property
    def quantity(self) -> Fraction:
        """The quantity at the last checkpoint."""
        return self.checkpoints[-1].quantity

    def quantity_at(self, instant: datetime) -> Fraction:
        """Give the quantity at a checkpoint.

        Raises:
            LookupError: where no checkpoint stands at the instant.
        """
        return self.checkpoint_at(instant).quantity

    def checkpoint_at(self, instant: datetime) -> Checkpoint:
        """Give the checkpoint at an instant.

        Raises:
            LookupError: where there is none.
        """
        for checkpoint in self.checkpoints:
            if checkpoint.at == instant:
                return checkpoint
        raise LookupError(f"{self.meter.code} has no checkpoint at {instant.isoformat()}")

    def by_resource(self) -> tuple[ResourceQuantity, ...]:
        """Give each resource's quantity at the last checkpoint."""
        return self.checkpoints[-1].quantities


def _usage_faults(usage: MeterUsage) -> Iterator[Fault]:
    if not usage.checkpoints:
        yield Fault(where="checkpoints", message="there is none; give at least the last")
    if any(later.at <= earlier.at for earlier, later in pairwise(usage.checkpoints)):
        yield Fault(where="checkpoints", message="are not in order of time")
    if not all(is_utc(checkpoint.at) for checkpoint in usage.checkpoints):
        yield Fault(where="checkpoints", message="are not at instants in UTC")
