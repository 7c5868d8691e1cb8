"""The months that a batch of events needs: stored if new, locked against their closing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from sqlalchemy import Connection, text

from billing_core.period import BillingPeriod, period_of, zone_of
from db.commands.billing_periods import NoAgreementError, ensure_period

HOUR = timedelta(hours=1)

LOCKED = text(
    """
    SELECT to_char(p.billing_period, 'YYYY-MM') AS name, p.starts_at, p.ends_at, p.zone, p.state,
        EXISTS (SELECT FROM billing.agreement a
            WHERE a.client_id = p.client_id AND a.starts_on < p.billing_period + interval '1 month'
              AND (a.ends_on IS NULL OR a.ends_on > p.billing_period)) AS is_agreed
    FROM billing.billing_period p
    WHERE p.client_id = :client
      AND (p.starts_at <= :last AND p.ends_at > :first OR p.state = 'open')
    ORDER BY p.billing_period
    FOR SHARE OF p
    """
)
ZONE = text("SELECT zone FROM billing.client WHERE client_id = :client")
BOUNDS = text(
    "SELECT min(starts_at), max(ends_at) FROM billing.billing_period WHERE client_id = :client"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Months:
    """A client's stored months that matter for a batch, in order."""

    first: datetime  #: of the batch's events
    last: datetime  #: of the batch's events; inclusive
    periods: tuple[BillingPeriod, ...]  #: those of the events, and all open ones
    closed: frozenset[str]  #: names of those that take no more events
    #: Names of those after the end of all agreements, which only bill what comes late.
    ended: frozenset[str] = frozenset()

    @property
    def earliest_open(self) -> BillingPeriod | None:
        """Where a late event is billed.

        It lies after what is closed: months before a client's first invoice stay open for good.
        """
        latest = max((each.name for each in self.periods if each.name in self.closed), default="")
        return next(
            (each for each in self.periods if each.name > latest and each.name not in self.closed),
            None,
        )

    def billed_in(self, period: BillingPeriod) -> BillingPeriod:
        """The month that bills usage of a month: itself, or the earliest open one."""
        return (self.earliest_open or period) if period.name in self.closed else period

    @property
    def within(self) -> tuple[BillingPeriod, ...]:
        """Those that the batch's events may fall in."""
        return tuple(
            each
            for each in self.periods
            if each.starts_at <= self.last and each.ends_at > self.first
        )

    def are_gapless(self) -> bool:
        """Whether there is an agreed month for each instant from the first event to the last."""
        within = tuple(each for each in self.within if each.name not in self.ended)
        gapless = all(a.ends_at == b.starts_at for a, b in pairwise(within))
        covered = bool(within) and within[0].starts_at <= self.first
        return covered and gapless and self.last < within[-1].ends_at

    def named(self, name: str) -> BillingPeriod:
        """Give one by its name."""
        return next(each for each in self.periods if each.name == name)


def have_even_hours(periods: Sequence[BillingPeriod]) -> bool:
    """Whether whole hours from the first one's start are hours of the clock in all of them."""
    start = periods[0].starts_at
    return all(
        has_even_hours(each) and (each.starts_at - start) % HOUR == timedelta(0) for each in periods
    )


@lru_cache(maxsize=1024)
def has_even_hours(period: BillingPeriod) -> bool:
    """Whether the hours of its zone's clock are whole hours from its start.

    Almost everywhere; not where clocks change by half an hour, as on Lord Howe Island.
    """
    starts = (*period.day_starts(), period.ends_at)
    local = period.starts_at.astimezone(zone_of(period.zone))
    whole = all((day - period.starts_at) % HOUR == timedelta(0) for day in starts)
    return whole and (local.minute, local.second) == (0, 0)


def locked_months(
    connection: Connection, client_id: int, first: datetime, last: datetime, as_of: datetime
) -> Months:
    """The months from `first` to `last`, stored if they were not, and an open one for late events.

    They are locked FOR SHARE: none can be closed before the transaction ends. Months in which no
    agreement runs are left out.
    """
    months = _locked(connection, client_id, first, last)
    if months.are_gapless() and months.earliest_open is not None:
        return months
    zone = connection.execute(ZONE, {"client": client_id}).scalar_one()
    _store_months(connection, client_id, period_of(first, zone), last)
    months = _locked(connection, client_id, first, last)
    if months.earliest_open is None and months.closed:
        _store_months(connection, client_id, period_of(as_of, zone), as_of)
        months = _locked(connection, client_id, first, last)
        if months.earliest_open is None:
            _store_month_after_the_end(connection, client_id, period_of(as_of, zone))
            months = _locked(connection, client_id, first, last)
    return months


def _store_month_after_the_end(
    connection: Connection, client_id: int, present: BillingPeriod
) -> None:
    """Store the present month, or the one after all that are stored, to bill what comes late."""
    _, ends_at = connection.execute(BOUNDS, {"client": client_id}).one()
    following = period_of(ends_at, present.zone)
    month = max(present, following, key=lambda each: each.name)
    ensure_period(connection, client_id, month, after_the_end=True)


def _locked(connection: Connection, client_id: int, first: datetime, last: datetime) -> Months:
    found = connection.execute(LOCKED, {"client": client_id, "first": first, "last": last}).all()
    periods = tuple(
        BillingPeriod(
            name=row.name,
            starts_at=row.starts_at.astimezone(UTC),
            ends_at=row.ends_at.astimezone(UTC),
            zone=row.zone,
        )
        for row in found
    )
    closed = frozenset(row.name for row in found if row.state != "open")
    ended = frozenset(row.name for row in found if not row.is_agreed)
    return Months(first=first, last=last, periods=periods, closed=closed, ended=ended)


def _store_months(
    connection: Connection, client_id: int, first: BillingPeriod, last: datetime
) -> None:
    """Store the months from `first` to that of `last`, and those between them and stored ones.

    All of them are asked for, also those between the first and the last that are stored: another
    writer may be storing them right now, and is waited for.
    """
    starts_at, ends_at = connection.execute(BOUNDS, {"client": client_id}).one()
    if ends_at is not None and ends_at < first.starts_at:
        first = period_of(ends_at, first.zone)
    until = max(last, starts_at or last)
    month = first
    while _ends_at(connection, client_id, month) <= until:
        month = month.next()


def _ends_at(connection: Connection, client_id: int, month: BillingPeriod) -> datetime:
    """Store a month and give its end, which is not as reckoned where the next has another zone."""
    try:
        return ensure_period(connection, client_id, month).ends_at
    except NoAgreementError:
        return month.ends_at
