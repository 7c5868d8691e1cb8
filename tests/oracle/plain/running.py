"""The quantity of a meter in a month, at any moment, from all of its events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.plain.months import Month
from tests.oracle.plain.said import Meter, Said

MICROSECOND = timedelta(microseconds=1)
FIRST, LAST = b"", b"\xff" * 17


class Moment(NamedTuple):
    """A moment between events; several lie at one instant."""

    at: datetime
    upto: bytes  #: of the events at the instant: those with ids up to this one have been
    over: bool = True  #: what ends at the instant has ended


def just_before(instant: datetime) -> Moment:
    """Nothing of the instant has happened."""
    return Moment(instant, FIRST, over=False)


def ahead_of_events(instant: datetime) -> Moment:
    """Levels that end at the instant have ended; its events are still to come."""
    return Moment(instant, FIRST)


def after(event: Said) -> Moment:
    """The event was the last that happened."""
    return Moment(event.at, event.identity.bytes)


def quantity(meter: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    """All resources together. `events` are the meter's effective ones of all time, in order."""
    return sum(by_resource(meter, events, month, moment).values(), Fraction(0))


def by_resource(
    meter: Meter, events: Sequence[Said], month: Month, moment: Moment
) -> dict[str, Fraction]:
    """Each resource's quantity."""
    resources = dict.fromkeys(each.resource for each in events)
    of = _OF[meter.aggregation]
    return {
        resource: of(meter, [each for each in events if each.resource == resource], month, moment)
        for resource in resources
    }


def opening(meter: Meter, events: Sequence[Said], month: Month) -> Fraction:
    """What is carried into the month."""
    return quantity(meter, events, month, ahead_of_events(month.starts_at))


def ends_of(meter: Meter, events: Sequence[Said]) -> set[datetime]:
    """The instants at which a level may end by itself."""
    return {each.at + meter.holds_for for each in events} if meter.holds_for else set()


def _so_far(events: Sequence[Said], moment: Moment) -> list[Said]:
    return [each for each in events if each.place <= (moment.at, moment.upto)]


def _in_month(events: Sequence[Said], month: Month, moment: Moment) -> list[Said]:
    return [each for each in _so_far(events, moment) if month.contains(each.at)]


def _sum(_: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    return sum((each.amount for each in _in_month(events, month, moment)), Fraction(0))


def _unique_count(_: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    return Fraction(len({each.counted for each in _in_month(events, month, moment)}))


def _max(meter: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    stated = [each.amount for each in _in_month(events, month, moment)]
    return max([*stated, *_carried_in(meter, events, month)], default=Fraction(0))


def _carried_in(meter: Meter, events: Sequence[Said], month: Month) -> list[Fraction]:
    """The level held when the month starts; none if another one is stated at the very start."""
    earlier = [each for each in events if each.at < month.starts_at]
    if not earlier or _is_restated(events, month):
        return []
    holds = meter.holds_for is None or earlier[-1].at + meter.holds_for > month.starts_at
    return [earlier[-1].amount] if holds else []


def _last(meter: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    stated = _so_far(events, moment)
    if not stated or not _is_held(meter, events, month, stated[-1], moment):
        return Fraction(0)
    return stated[-1].amount


def _is_held(
    meter: Meter, events: Sequence[Said], month: Month, level: Said, moment: Moment
) -> bool:
    """A level holds until the next one is stated, at most `holds_for`."""
    is_carried_in = level.at < moment.at == month.starts_at
    if is_carried_in and moment.over and _is_restated(events, month):
        return False
    if meter.holds_for is None:
        return True
    ends_at = level.at + meter.holds_for
    return ends_at > moment.at or (ends_at == moment.at and not moment.over)


def _is_restated(events: Sequence[Said], month: Month) -> bool:
    """Whether a level is stated at the very start: what was held until then is not carried in."""
    return any(each.at == month.starts_at for each in events)


def _mean(meter: Meter, events: Sequence[Said], month: Month, moment: Moment) -> Fraction:
    parts = [
        each.amount * _microseconds(each, following, meter, month, moment.at)
        for each, following in zip(events, [*events[1:], None], strict=True)
    ]
    whole = (month.ends_at - month.starts_at) // MICROSECOND
    return sum(parts, Fraction(0)) / whole


def _microseconds(
    level: Said, following: Said | None, meter: Meter, month: Month, until: datetime
) -> int:
    """How long a level was held in the month, up to an instant."""
    ends = [until, month.ends_at]
    if following is not None:
        ends.append(following.at)
    if meter.holds_for is not None:
        ends.append(level.at + meter.holds_for)
    return max(0, (min(ends) - max(level.at, month.starts_at)) // MICROSECOND)


_OF = {
    "sum": _sum,
    "unique_count": _unique_count,
    "max": _max,
    "last": _last,
    "time_weighted_mean": _mean,
}
