"""Invoices as known now: of a month, of those before it, and the course of a month's quantity.

They are made from answers of `data` and kept by it: of a month that has ended until a record of it,
or of one before it, changes.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from billing_core.invoicing import build_invoice, rating_instants
from billing_core.metering import Gap, Meter, MeterUsage
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from components import data
from components.standing import Draft, MonthTotal, agreement_in, charged
from components.viewer import Viewer

HISTORY = 12  #: months
MOST_GAPS = 60  #: whose edges are known exactly in one course


def draft(viewer: Viewer, period: BillingPeriod, now: datetime) -> Draft | None:
    """Give a period's invoice as known now; None where no agreement runs in it."""
    return data.kept(viewer, ("draft",), period, now, partial(_drafted, viewer, period))


def _drafted(viewer: Viewer, period: BillingPeriod, until: datetime) -> Draft | None:
    agreement = agreement_in(data.agreements(viewer), period)
    if agreement is None:
        return None
    instants = rating_instants(agreement, period, until)
    metered = charged(agreement, data.meters(viewer))
    usage = data.usage_at(viewer, period, metered, instants)
    invoice = build_invoice(agreement=agreement, period=period, usage=usage, as_of=until)
    kept = dict(usage)
    return Draft(invoice=invoice, agreement=agreement, period=period, usage=kept, as_of=until)


def history(
    viewer: Viewer, periods: Sequence[BillingPeriod], latest: Draft, now: datetime
) -> tuple[MonthTotal, ...]:
    """Give the totals of a period and of the months before it, the oldest first.

    Args:
        viewer: Of this run.
        periods: Those with something to show, the latest first.
        latest: The draft of the period.
        now: The present.
    """
    shown = [each for each in periods if each.name <= latest.period.name][:HISTORY]
    earlier = [each for each in reversed(shown) if each.name < latest.period.name]
    return (*(_totals(viewer, earlier, now) if earlier else ()), MonthTotal.of(latest))


def _totals(
    viewer: Viewer, months: Sequence[BillingPeriod], now: datetime
) -> tuple[MonthTotal, ...]:
    def total(period: BillingPeriod, until: datetime) -> MonthTotal | None:
        known = _drafted(viewer, period, until)
        return MonthTotal.of(known) if known else None

    def each() -> Iterator[MonthTotal | None]:
        for month in months:
            yield data.kept(viewer, ("total",), month, now, partial(total, month))

    about = ("totals", months[0].name)
    return data.kept(viewer, about, months[-1], now, lambda _: tuple(filter(None, each())))


def course(viewer: Viewer, period: BillingPeriod, meter: Meter, now: datetime) -> MeterUsage:
    """Give a meter's quantity at each midnight of a period, at gaps, at price changes and now."""

    def ask(until: datetime) -> MeterUsage:
        agreement = agreement_in(data.agreements(viewer), period)
        silent = data.quality(viewer, period, now).gaps_of(meter)[:MOST_GAPS]
        instants = _instants(agreement, period, silent, until)
        return data.usage_at(viewer, period, [meter], instants, together=True)[meter.code]

    return data.kept(viewer, ("course", meter.code), period, now, ask)


def _instants(
    agreement: Agreement | None, period: BillingPeriod, gaps: Sequence[Gap], until: datetime
) -> list[datetime]:
    wanted = {*period.day_starts(), until}
    wanted |= {edge for gap in gaps for edge in (gap.starts_at, gap.ends_at)}
    wanted |= set(rating_instants(agreement, period, until) if agreement else ())
    return sorted(at for at in wanted if period.starts_at < at <= until)
