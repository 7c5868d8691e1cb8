"""Months and hours of a zone, from the zone's own clock."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Month(NamedTuple):
    """A calendar month of a zone."""

    first: date
    zone: str

    @property
    def starts_at(self) -> datetime:
        """Inclusive, UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """Exclusive, UTC."""
        return _midnight(self.following.first, self.zone)

    @property
    def following(self) -> "Month":
        """The month after this one."""
        return Month((self.first + timedelta(days=31)).replace(day=1), self.zone)

    def contains(self, instant: datetime) -> bool:
        """Whether an instant lies in it: its start does, its end doesn't."""
        return self.starts_at <= instant < self.ends_at


def month_of(instant: datetime, zone: str) -> Month:
    """The month that the zone's calendar shows at an instant."""
    return Month(instant.astimezone(ZoneInfo(zone)).date().replace(day=1), zone)


def months_between(first: datetime, last: datetime, zone: str) -> list[Month]:
    """The months from one instant's to another's."""
    months = [month_of(first, zone)]
    while months[-1].first < month_of(last, zone).first:
        months.append(months[-1].following)
    return months


def day_of(instant: datetime, zone: str) -> date:
    """The day that the zone's calendar shows at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def hour_of(instant: datetime, zone: str) -> datetime:
    """The full hour that the zone's clock shows, in UTC by the offset in force at the instant."""
    shown = instant.astimezone(ZoneInfo(zone))
    within = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
    return (instant - within).astimezone(UTC)


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
