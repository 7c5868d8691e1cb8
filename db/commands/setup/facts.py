"""What already happened under a setup: months that were billed, usage that was recorded."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, select
from sqlalchemy.orm import aliased

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


def billed_until(months: Iterable[Month]) -> date | None:
    """The first day that is not in a closing or issued month, or in one before it."""
    return max((month.ends_on for month in months if not month.is_open), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What happened for one client, and what day it is there."""

    today: date
    months: tuple[Month, ...]  #: in order
    has_documents: bool = False  #: an invoice or a credit note of the client is issued

    @property
    def billed_until(self) -> date | None:
        """The first day that is not in a closing or issued month, or in one before it."""
        return billed_until(self.months)

    def fixed_month(self, starts_on: date, ends_on: date | None) -> Month | None:
        """The first month from one day to another (exclusive) that is billed or holds usage."""
        found = self._months(starts_on, ends_on)
        return next((month for month in found if month.has_usage or not month.is_open), None)

    def billed_month(self, starts_on: date, ends_on: date | None) -> Month | None:
        """The first month from one day to another (exclusive) that is billed."""
        found = self._months(starts_on, ends_on)
        return next((month for month in found if not month.is_open), None)

    def _months(self, starts_on: date, ends_on: date | None) -> Iterator[Month]:
        for month in self.months:
            if month.ends_on > starts_on and (ends_on is None or month.first_day < ends_on):
                yield month


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


def has_documents(connection: Connection, client_id: int) -> bool:
    """Whether an invoice or a credit note of the client is issued."""
    document = models.Invoice
    issued = select(document.invoice_id).where(document.client_id == client_id).limit(1)
    return connection.execute(issued).scalar() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfIssued:
    """A month that is issued for some clients, or about to be, and not yet for another."""

    first_day: date
    client: str  #: slug


def half_issued(connection: Connection) -> HalfIssued | None:
    """The first such month; those that are not billed here are none."""
    period, later, client = models.BillingPeriod, aliased(models.BillingPeriod), models.Client
    begun = exists().where(later.billing_period >= period.billing_period, later.state != "open")
    row = connection.execute(
        select(period.billing_period, client.slug)
        .join(client, client.client_id == period.client_id)
        .where(
            period.state != "issued",
            client.invoices_from.is_(None) | (client.invoices_from <= period.billing_period),
            begun,
        )
        .order_by(period.billing_period, client.slug)
        .limit(1)
    ).one_or_none()
    return None if row is None else HalfIssued(first_day=row.billing_period, client=row.slug)


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
