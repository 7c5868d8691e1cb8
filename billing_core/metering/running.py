"""The running quantity of a meter: events in order in, the quantity before and after each out."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from billing_core.metering.states import State, state_at_start, state_from
from billing_core.metering.usage import (
    Checkpoint,
    Level,
    Measurement,
    Meter,
    MeterUsage,
    ResourceQuantity,
)
from billing_core.period import BillingPeriod

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one event did to the meter's quantity of the period, all resources together."""

    before: Fraction  #: right after the event before it, in order
    after: Fraction  #: right after this one


class RunningQuantity:
    """A meter's quantity while its period's events pass by, in order. It changes as it goes.

    A step's `before` is the step before's `after`, so the steps of a column add up. What levels
    gain or lose between two events (a time-weighted mean grows, a level ends) is therefore part of
    the later one's step. Only effective events are recorded: none that another one supersedes.

    A volume that holds 10 GB for the first half of a period and 30 GB for the second has 5 GB when
    the second event comes, and 20 GB at the period's end.
    """

    def __init__(
        self,
        meter: Meter,
        period: BillingPeriod,
        carried_in: Mapping[str, Level],
        *,
        state: State | None = None,
    ) -> None:
        self._state = state or state_at_start(meter, period, carried_in)
        self._order: tuple[datetime, UUID] | None = None
        self._after = self._state.total()

    @classmethod
    def resumed(
        cls,
        *,
        meter: Meter,
        period: BillingPeriod,
        quantities: Mapping[str, Fraction],
        levels: Mapping[str, Level],
        as_of: datetime,
        seen: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Go on in mid-period.

        Args:
            meter: what is counted.
            period: the period that runs.
            quantities: by resource, cumulative from the period's start up to `as_of`.
            levels: by resource, what is held at `as_of`; for level meters.
            as_of: the instant of these figures; recorded events don't precede it.
            seen: (resource, counted value) already counted; for unique_count.
        """
        state = state_from(meter, period, quantities, levels, as_of, seen)
        return cls(meter, period, {}, state=state)

    @property
    def opening(self) -> Fraction:
        """The quantity after the last event; before the first: what was carried in."""
        return self._after

    def record(self, event: Measurement) -> Step:
        """Take in the next event.

        Raises:
            ValueError: for an event out of order; the order is (occurred, event id).
        """
        order = (event.occurred_at, event.event_id)
        if self._order is not None and order <= self._order:
            raise ValueError(f"event {event.event_id} comes after a later one, or twice")
        self._order = order
        self._state.pass_to(event.occurred_at, inclusive=True)
        self._state.record(event)
        before, self._after = self._after, self._state.total()
        return Step(before=before, after=self._after)

    def checkpoint(self, instant: datetime) -> Checkpoint:
        """Give the quantities just before an instant; instants and events come in order of time."""
        self._state.pass_to(instant, inclusive=False)
        quantities = tuple(
            ResourceQuantity(resource=resource, quantity=quantity)
            for resource, quantity in sorted(self._state.by_resource())
        )
        return Checkpoint(at=instant, quantities=quantities)


def usage_of(
    meter: Meter,
    period: BillingPeriod,
    events: Iterable[Measurement],
    carried_in: Mapping[str, Level],
    instants: Sequence[datetime],
) -> MeterUsage:
    """Give the quantities at each instant (in order), from the events themselves.

    Args:
        meter: what is counted.
        period: the period that the events are counted in.
        events: effective ones; any order.
        carried_in: by resource, the level stated last before the period.
        instants: where checkpoints are wanted; an event at the instant itself isn't counted.
    """
    running = RunningQuantity(meter, period, carried_in)
    waiting = deque(sorted(events, key=lambda event: (event.occurred_at, event.event_id)))
    checkpoints = []
    for instant in sorted(instants):
        while waiting and waiting[0].occurred_at < instant:
            running.record(waiting.popleft())
        checkpoints.append(running.checkpoint(instant))
    return MeterUsage(meter=meter, period=period, checkpoints=tuple(checkpoints))
