"""The running quantity of a meter: events in order in, the quantity before and after each out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import chain
from typing import Any, Self

from billing_core.metering.changes import Change
from billing_core.metering.states import State, state_at_start, state_from
from billing_core.metering.usage import (
    Checkpoint,
    Level,
    Measured,
    Measurement,
    Meter,
    ResourceQuantity,
)
from billing_core.period import BillingPeriod


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
        self._order: tuple[datetime, Any] | None = None
        self._after = self._state.total()
        self._clock = period.starts_at

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
        running = cls(meter, period, {}, state=state)
        running._clock = as_of
        return running

    @property
    def opening(self) -> Fraction:
        """The quantity after the last event; before the first: what was carried in."""
        return self._after

    def record(self, event: Measured) -> Step:
        """Take in the next event.

        Raises:
            ValueError: for an event out of order; the order is (occurred, event id).
        """
        self.count(event)
        before, self._after = self._after, self._state.total()
        return Step(before=before, after=self._after)

    def count(self, event: Measured) -> None:
        """Take in the next event, where nobody asks what it did: a good part of the work.

        Raises:
            ValueError: for an event out of order.
        """
        order = (event.occurred_at, event.event_id)
        if self._order is not None and order <= self._order:
            raise ValueError(f"event {event.event_id} comes after a later one, or twice")
        self._order = order
        self._state.pass_to(event.occurred_at, inclusive=True)
        self._state.record(event)

    def let_pass(self, instant: datetime) -> Iterator[Change]:
        """Let time pass, up to and including an instant, and give what changes by itself.

        A mean grows evenly while levels are held. Levels that end at the same instant end at once.
        """
        while (end := self._state.next_end()) is not None and end <= instant:
            yield from self._drift(end)
            before = self._state.total()
            self._state.pass_to(end, inclusive=True)
            yield from self._jump(end, before)
        yield from self._drift(instant)

    def changes(self, event: Measurement) -> Iterator[Change]:
        """Take in the next event and give all that changes up to it, its own part last.

        Raises:
            ValueError: for an event out of order.
        """
        yield from self.let_pass(event.occurred_at)
        before = self._state.total()
        self.record(event)
        yield from self._jump(event.occurred_at, before, event)

    def _drift(self, instant: datetime) -> Iterator[Change]:
        before, since = self._state.total(), self._clock
        self._state.pass_to(instant, inclusive=False)
        self._clock = max(self._clock, instant)
        after = self._state.total()
        if before != after:
            yield Change(since=since, at=instant, before=before, after=after)

    def _jump(
        self, at: datetime, before: Fraction, event: Measurement | None = None
    ) -> Iterator[Change]:
        after = self._state.total()
        if before != after:
            event_id = event.event_id if event else None
            yield Change(since=at, at=at, before=before, after=after, event_id=event_id)

    def checkpoint(self, instant: datetime) -> Checkpoint:
        """Give the quantities just before an instant; instants and events come in order of time."""
        self._state.pass_to(instant, inclusive=False)
        quantities = tuple(
            ResourceQuantity(resource=resource, quantity=quantity)
            for resource, quantity in sorted(self._state.by_resource())
        )
        return Checkpoint(at=instant, quantities=quantities)


def changes_of(
    meter: Meter,
    period: BillingPeriod,
    events: Iterable[Measurement],
    carried_in: Mapping[str, Level],
    until: datetime,
) -> Iterator[Change]:
    """Give all changes of a period's running quantity, in order, up to and including an instant.

    What is carried in is there from the period's first instant: a change from 0 by itself, but for
    resources that state another level at that very instant.

    Two volumes are carried into a period with 10 GB and 5 GB, and the second states 8 GB when the
    period starts. The level then goes from 0 to 10 by itself, and from 10 to 18 by the event.

    Args:
        meter: what is counted.
        period: the period that the events are counted in.
        events: effective ones, in order.
        carried_in: by resource, the level stated last before the period.
        until: an instant of the period; later events aren't asked for.
    """
    waiting = iter(events)
    first = tuple(_up_to(waiting, period.starts_at))
    restated = {each.resource for each in first if each.occurred_at == period.starts_at}
    left = {resource: level for resource, level in carried_in.items() if resource not in restated}
    running = RunningQuantity(meter, period, left)
    opening, start = running.opening, period.starts_at
    if opening:
        yield Change(since=start, at=start, before=Fraction(0), after=opening)
    yield from changes_after(running, chain(first, waiting), until)


def changes_after(
    running: RunningQuantity, events: Iterable[Measurement], until: datetime
) -> Iterator[Change]:
    """Give the changes that events in order make to a quantity that runs, and time until then."""
    for event in events:
        if event.occurred_at > until:
            break
        yield from running.changes(event)
    yield from running.let_pass(until)


def _up_to(events: Iterator[Measurement], instant: datetime) -> Iterator[Measurement]:
    """The events up to an instant, and the first one after it."""
    for event in events:
        yield event
        if event.occurred_at > instant:
            return
