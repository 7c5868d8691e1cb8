"""When the demo happens: all of it is dated from one anchor day, that of the first load.

The setup files are written as if the demo had been loaded in November 2026. For another month their
dates move by whole months. The readings are reckoned from the anchor day itself, so that what is
"nine days ago" in the story is so on whichever day somebody looks at the demo first.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WRITTEN_FOR = date(2026, 11, 1)  #: the month for which the setup files are written
MONTHS = 14  #: months of readings: thirteen to be issued, and the anchor's own
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of the demo's readings is wanted."""

    anchor: date  #: the day the demo was first loaded, in UTC
    since: datetime  #: inclusive, UTC
    until: datetime  #: exclusive, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A calendar day in a client's zone."""

    day: date
    age: int  #: days after the anchor; before it, below zero
    hours: tuple[datetime, ...]  #: the UTC instants at which its hours start: 23, 24 or 25
    clock: tuple[int, ...]  #: the hour that the clock shows at each of them, 0 to 23

    @property
    def weekday(self) -> int:
        """0 on Monday to 6 on Sunday; the year's two quiet days count as Sunday."""
        quiet = (self.day.month, self.day.day) in {(12, 25), (1, 1)}
        return 6 if quiet else self.day.weekday()


def month_index(day: date) -> int:
    """Number the months without a break: ``month_index(date(2026, 11, 22)) == 24322``."""
    return day.year * 12 + day.month - 1


def moved(day: date, months: int) -> date:
    """Move a day by whole months; days above the 28th stay within the month.

    >>> moved(date(2026, 11, 16), -9)
    datetime.date(2026, 2, 16)
    """
    year, month = divmod(month_index(day) + months, 12)
    if day.day <= 28:  # noqa: PLR2004 - the last day that each month has
        return date(year, month + 1, day.day)
    first_of_next = moved(date(year, month + 1, 1), 1)
    return min(
        date(year, month + 1, 28) + timedelta(days=day.day - 28), first_of_next - timedelta(days=1)
    )


def first_day(anchor: date, months: int = MONTHS) -> date:
    """The first day of ``months`` months of readings, the anchor's month being the last of them."""
    return moved(anchor.replace(day=1), 1 - months)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The UTC instant at which ``day`` starts in ``zone``."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def day_in(zone: ZoneInfo, day: date, anchor: date) -> Day:
    """The calendar day ``day`` of ``zone`` with its 23, 24 or 25 hours."""
    starts_at, ends_at = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    hours = tuple(starts_at + number * _HOUR for number in range((ends_at - starts_at) // _HOUR))
    clock = tuple(hour.astimezone(zone).hour for hour in hours)
    return Day(day=day, age=(day - anchor).days, hours=hours, clock=clock)
