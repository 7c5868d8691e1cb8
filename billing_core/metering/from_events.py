"""A meter's quantities at some instants, from its events themselves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from billing_core.metering.running import RunningQuantity
from billing_core.metering.usage import Level, Measured, Meter, MeterUsage
from billing_core.period import BillingPeriod


def usage_of(
    meter: Meter,
    period: BillingPeriod,
    events: Iterable[Measured],
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
    in_order = sorted(events, key=lambda event: (event.occurred_at, event.event_id))
    return usage_in_order(meter, period, in_order, carried_in, instants)


def usage_in_order(
    meter: Meter,
    period: BillingPeriod,
    events: Iterable[Measured],
    carried_in: Mapping[str, Level],
    instants: Sequence[datetime],
) -> MeterUsage:
    """Give the same from events that come in order; they pass by once, none is kept.

    Raises:
        ValueError: for an event out of order.
    """
    running = RunningQuantity(meter, period, carried_in)
    waiting = iter(events)
    upcoming = next(waiting, None)
    checkpoints = []
    for instant in sorted(instants):
        while upcoming is not None and upcoming.occurred_at < instant:
            running.count(upcoming)
            upcoming = next(waiting, None)
        checkpoints.append(running.checkpoint(instant))
    return MeterUsage(meter=meter, period=period, checkpoints=tuple(checkpoints))
