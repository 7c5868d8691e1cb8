"""Billing periods: a client's calendar month in its zone, half-open, as instants in UTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from billing_core.faults import Fault, Faults, faults_if, refuse

_NAME: Final = re.compile(r"(?:19|20|21|22)[0-9]{2}-(?:0[1-9]|1[0-2])")


@lru_cache(maxsize=1024)
def zone_of(zone: str) -> ZoneInfo:
    """Give the time zone of an IANA name.

    Raises:
        Faults: for a name that the tz database doesn't have.
    """
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        message = f"{zone!r} is not a time zone of the tz database, like Europe/Amsterdam"
        raise Faults([Fault(where="zone", message=message)]) from error


def zone_fault(zone: str) -> tuple[Fault, ...]:
    """Give the fault of a zone's name, if it has one."""
    try:
        zone_of(zone)
    except Faults as error:
        return error.faults
    return ()


def is_utc(instant: datetime) -> bool:
    """Say whether an instant carries its zone, and that zone is UTC."""
    return instant.utcoffset() == timedelta(0)


def start_of_day(day: date, zone: str) -> datetime:
    """Give the first instant of a day in a zone, in UTC, also where its midnight is skipped.

    >>> start_of_day(date(2026, 10, 26), "Europe/Amsterdam").isoformat()
    '2026-10-25T23:00:00+00:00'
    """
    return datetime.combine(day, time(), tzinfo=zone_of(zone)).astimezone(UTC)


def month_after(month: date, count: int = 1) -> date:
    """Give the first day of the month that is `count` months after a day's month.

    >>> month_after(date(2026, 12, 31)), month_after(date(2026, 1, 1), -1)
    (datetime.date(2027, 1, 1), datetime.date(2025, 12, 1))
    """
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPeriod:
    """A month of a client, stored once. October 2026 in Amsterdam has 31 days and 745 hours."""

    name: str  #: "2026-10"
    starts_at: datetime  #: inclusive, UTC
    ends_at: datetime  #: exclusive, UTC
    zone: str  #: IANA name

    def __post_init__(self) -> None:
        bounds = "write the bounds of a period as instants in UTC"
        refuse(
            faults_if(
                [
                    (not _NAME.fullmatch(self.name), "name", f"{self.name!r} is not a month"),
                    (not is_utc(self.starts_at), "starts_at", bounds),
                    (not is_utc(self.ends_at), "ends_at", bounds),
                ]
            )
        )
        zone_of(self.zone)
        refuse(
            faults_if(
                [(self.ends_at <= self.starts_at, "ends_at", "a period ends after it starts")]
            )
        )

    @property
    def month(self) -> date:
        """First day of the month; the name under which the database keeps the period."""
        return date.fromisoformat(f"{self.name}-01")

    @property
    def first_day(self) -> date:
        """First day, in the zone."""
        return self.month

    @property
    def last_day(self) -> date:
        """Last day, in the zone; it belongs to the period."""
        return month_after(self.month) - timedelta(days=1)

    @property
    def day_count(self) -> int:
        """Days in the period."""
        return self.last_day.day

    @property
    def seconds(self) -> Fraction:
        """Seconds from start to end, as they pass (no day is taken to have 24 hours)."""
        return seconds_between(self.starts_at, self.ends_at)

    def contains(self, instant: datetime) -> bool:
        """Say whether an instant lies in the period; its end doesn't."""
        return self.starts_at <= instant < self.ends_at

    def next(self) -> "BillingPeriod":
        """Give the month after, in the same zone; it starts where this one ends."""
        return month_period(f"{month_after(self.month):%Y-%m}", self.zone)

    def previous(self) -> "BillingPeriod":
        """Give the month before, in the same zone."""
        return month_period(f"{month_after(self.month, -1):%Y-%m}", self.zone)

    def days(self) -> Iterator[date]:
        """Give the days in order."""
        return (self.first_day + timedelta(days=count) for count in range(self.day_count))

    def day_starts(self) -> tuple[datetime, ...]:
        """Give the first instant of each day, in UTC; the first is the period's start."""
        midnights = (start_of_day(day, self.zone) for day in self.days())
        return (self.starts_at, *list(midnights)[1:])

    def start_of(self, day: date) -> datetime:
        """Give the instant at which a day of the period starts; days outside give its bounds."""
        if day <= self.first_day:
            return self.starts_at
        return min(start_of_day(day, self.zone), self.ends_at)

    def day_of(self, instant: datetime) -> date:
        """Give the day of an instant, in the zone; instants outside give the nearest day."""
        day = instant.astimezone(zone_of(self.zone)).date()
        return min(max(day, self.first_day), self.last_day)


def seconds_between(start: datetime, end: datetime) -> Fraction:
    """Give the exact seconds between two instants."""
    return Fraction((end - start) // timedelta(microseconds=1), 1_000_000)


def month_period(name: str, zone: str) -> BillingPeriod:
    """Give the period of a month ("2026-10") in a zone.

    Raises:
        Faults: for a name that isn't a month of the years 1900 to 2299, or an unknown zone.
    """
    if not _NAME.fullmatch(name):
        message = f"{name!r} is not a month, like 2026-10"
        refuse([Fault(where="name", message=message)])
    first = date.fromisoformat(f"{name}-01")
    return BillingPeriod(
        name=name,
        starts_at=start_of_day(first, zone),
        ends_at=start_of_day(month_after(first), zone),
        zone=zone,
    )


def period_of(instant: datetime, zone: str) -> BillingPeriod:
    """Give the period that an instant lies in."""
    return month_period(f"{instant.astimezone(zone_of(zone)):%Y-%m}", zone)
