"""Whether a month can be issued: what is missing of it, or waits for somebody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, text

from billing_core.period import BillingPeriod, month_after, start_of_day, zone_of
from billing_core.prices import Agreement
from billing_core.rating.part_month import versions_in
from billing_core.tax_days import tax_uses, untaxed_day
from billing_core.taxes import TaxRate
from db.queries.billing_calendar import Calendar, MonthState
from db.queries.rejected import RefusedCount, refused_by_source
from db.queries.taxes import tax_rates

#: Sources that were expected to be heard at the end of the month and were not.
_SILENT: Final = text(
    """
    SELECT s.code AS source, s.name,
        (SELECT max(e.occurred_at) FROM billing.usage_total t JOIN billing.usage_event e
             ON e.client_id = t.client_id AND e.event_id = t.last_event_id
         WHERE t.client_id = s.client_id AND e.source_id = s.source_id
           AND t.billing_period <= :month) AS last_at
    FROM billing.source s
    WHERE s.client_id = :client AND s.expects_every IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing.meter m CROSS JOIN LATERAL (
            SELECT FROM billing.usage_event e
            WHERE e.client_id = s.client_id AND e.meter_id = m.meter_id
              AND e.billing_period = :month AND e.source_id = s.source_id
              AND e.occurred_at >= CAST(:until AS timestamptz) - s.expects_every LIMIT 1) heard)
    ORDER BY s.code
    """
)
_METERED: Final = text(
    """
    SELECT m.code AS meter, m.name, t.event_count AS records
    FROM billing.usage_total t JOIN billing.meter m USING (meter_id)
    WHERE t.client_id = :client AND t.billing_period = :month AND t.event_count > 0
    ORDER BY m.code
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentSource:
    """A source that was not heard at the end of the month, though it is expected to be."""

    source: str  #: code
    name: str
    last_at: datetime | None  #: of its latest event up to the month; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedMeter:
    """A meter with records in the month that no price asks for."""

    meter: str  #: code
    name: str
    count: int  #: of its records


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What stands between a month and its document."""

    period: BillingPeriod
    state: MonthState
    grace_ends_at: datetime  #: UTC; until then stragglers still belong to it
    is_over: bool
    is_in_grace: bool
    waits_for: str | None  #: the month before, where that is not issued: "2026-09"
    silent: tuple[SilentSource, ...]
    refused: tuple[RefusedCount, ...]
    unpriced: tuple[UnpricedMeter, ...]
    untaxed: tuple[str, ...]  #: tax codes without a rate on a day that is to be billed

    def obstacles(self) -> Iterator[str]:
        """Give what no reason overrides, as sentences."""
        if not self.is_over:
            yield f"{self.period.name} still runs: it can be closed when it has ended."
        if self.waits_for is not None:
            yield (
                f"{self.waits_for} is not issued yet: months are closed in their order, so close "
                "it first."
            )
        for code in self.untaxed:
            yield f"Tax code {code} has no rate on a day that is billed: set one up."

    def doubts(self) -> Iterator[str]:
        """Give what a reason overrides, as sentences."""
        if self.is_over and self.is_in_grace:
            ends = self.grace_ends_at.astimezone(zone_of(self.period.zone))
            yield (
                f"Records of {self.period.name} may still come until {ends:%Y-%m-%d %H:%M} "
                f"({self.period.zone}): the grace time is not over."
            )
        for source in self.silent:
            yield f"{_heard(source)}: load what is missing."
        for each in self.refused:
            records = "record waits" if each.count == 1 else "records wait"
            yield (
                f"{each.count} refused {records} for somebody (source {each.source_code or '–'}, "
                f"{each.code}): see `jobs rejected list`."
            )
        for meter in self.unpriced:
            records = "1 record" if meter.count == 1 else f"{meter.count} records"
            yield (
                f"{meter.name} ({meter.meter}) has {records} and no price: nothing would be "
                "charged for it."
            )


def readiness_of(
    connection: Connection,
    client_id: int,
    calendar: Calendar,
    month: date,
    as_of: datetime,
    rates: Sequence[TaxRate] | None = None,
) -> Readiness:
    """Say whether a client's month can be issued.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        calendar: the client's.
        month: by its first day; it has a document (`Calendar.has_document`).
        as_of: the present.
        rates: of all tax codes, if they are known.
    """
    agreement = calendar.agreement_of(month)
    if agreement is None:
        raise LookupError(f"no agreement bills {month:%Y-%m}")
    period = calendar.period_of(month)
    grace_ends_at = period.ends_at + timedelta(hours=agreement.grace_hours)
    before = calendar.billed_before(month)
    waits = before is not None and calendar.state_of(before) is not MonthState.ISSUED
    return Readiness(
        period=period,
        state=calendar.state_of(month),
        grace_ends_at=grace_ends_at,
        is_over=as_of >= period.ends_at,
        is_in_grace=as_of < grace_ends_at,
        waits_for=f"{before:%Y-%m}" if waits else None,
        silent=tuple(_silent(connection, client_id, agreement, period)),
        refused=refused_by_source(connection, client_id),
        unpriced=tuple(_unpriced(connection, client_id, agreement, period)),
        untaxed=tuple(
            _untaxed(agreement, period, tax_rates(connection) if rates is None else rates)
        ),
    )


def _silent(
    connection: Connection, client_id: int, agreement: Agreement, period: BillingPeriod
) -> Iterator[SilentSource]:
    """Give the sources that were silent at the month's end, or where the agreement ended in it."""
    until = period.ends_at
    if agreement.ends_on is not None:
        until = min(until, start_of_day(agreement.ends_on, period.zone))
    if until > period.starts_at:
        asked = {"client": client_id, "month": period.month, "until": until}
        for row in connection.execute(_SILENT, asked):
            yield SilentSource(source=row.source, name=row.name, last_at=row.last_at)


def _unpriced(
    connection: Connection, client_id: int, agreement: Agreement, period: BillingPeriod
) -> Iterator[UnpricedMeter]:
    priced = {
        price.meter
        for code in agreement.metered_codes()
        for price in versions_in(agreement, code, period)
    }
    for row in connection.execute(_METERED, {"client": client_id, "month": period.month}):
        if row.meter not in priced:
            yield UnpricedMeter(meter=row.meter, name=row.name, count=row.records)


def _untaxed(
    agreement: Agreement, period: BillingPeriod, rates: Iterable[TaxRate]
) -> Iterator[str]:
    """Give the codes without a rate in the month, or in the next, whose fees it bills."""
    known, until = tuple(rates), month_after(period.month, 2)
    found = {
        use.code
        for use in tax_uses(agreement)
        if (day := untaxed_day(use.until(until), known)) is not None and day >= period.month
    }
    return iter(sorted(found))


def _heard(source: SilentSource) -> str:
    if source.last_at is None:
        return f"Source {source.source} was never heard"
    return f"Source {source.source} was last heard at {source.last_at:%Y-%m-%d %H:%M} UTC"
