"""What already happened under a setup: months that were billed, usage that was recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, select

from billing_core.period import month_after
from db import models


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A stored billing period."""

    first_day: date
    agreement: str
    is_open: bool  #: neither closing nor issued
    is_issued: bool
    has_usage: bool

    @property
    def ends_on(self) -> date:
        """The first day of the month after."""
        return month_after(self.first_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What happened for one client, and what day it is there."""

    today: date
    months: tuple[Month, ...]  #: in order

    @property
    def billed_until(self) -> date | None:
        """The first day that is not in a closing or issued month, or in one before it."""
        return max((month.ends_on for month in self.months if not month.is_open), default=None)

    def fixed_month(self, starts_on: date, ends_on: date | None) -> Month | None:
        """The first month from one day to another (exclusive) that is billed or holds usage."""
        for month in self.months:
            touches = month.ends_on > starts_on and (ends_on is None or month.first_day < ends_on)
            if touches and (month.has_usage or not month.is_open):
                return month
        return None


def months_of(connection: Connection, client_id: int) -> tuple[Month, ...]:
    """The client's stored billing periods."""
    period, total = models.BillingPeriod, models.UsageTotal
    has_usage = exists().where(
        total.client_id == period.client_id,
        total.billing_period == period.billing_period,
        total.event_count > 0,
    )
    agreement = models.Agreement
    rows = connection.execute(
        select(period.billing_period, period.state, agreement.code, has_usage.label("has_usage"))
        .join(
            agreement,
            (agreement.client_id == period.client_id)
            & (agreement.agreement_id == period.agreement_id),
        )
        .where(period.client_id == client_id)
        .order_by(period.billing_period)
    )
    return tuple(
        Month(
            first_day=row.billing_period,
            agreement=row.code,
            is_open=row.state == "open",
            is_issued=row.state == "issued",
            has_usage=row.has_usage,
        )
        for row in rows
    )


def used_meters(connection: Connection, codes: Collection[str]) -> frozenset[str]:
    """Those of the meters that any client's usage was recorded with."""
    total = models.UsageTotal
    used = exists().where(total.meter_id == models.Meter.meter_id, total.event_count > 0)
    statement = select(models.Meter.code).where(models.Meter.code.in_(codes), used)
    return frozenset(connection.execute(statement).scalars())


def is_used_source(connection: Connection, client_id: int, code: str) -> bool:
    """Whether a source sent anything, or has a key to do so."""
    source, run, event = models.Source, models.IngestRun, models.UsageEvent
    own = (source.client_id == client_id) & (source.code == code)
    sent = exists().where(run.client_id == client_id, run.source_id == source.source_id)
    recorded = exists().where(event.client_id == client_id, event.source_id == source.source_id)
    key, tie = models.ApiKey, models.ApiKeyClient
    has_key = exists().where(
        key.source_code == code,
        tie.api_key_id == key.api_key_id,
        tie.client_id == client_id,
        key.revoked_at.is_(None),
    )
    statement = select(source.source_id).where(own, sent | recorded | has_key)
    return connection.execute(statement).scalar() is not None
