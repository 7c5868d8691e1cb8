"""Invoices as known now: of a month, of those before it, and the course of a month's quantity.

They are made from answers of `data` and kept by it: of a month that has ended until a record of it,
or of one before it, changes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from billing_core.invoicing import rating_instants
from billing_core.metering import Checkpoint, Gap, Meter, MeterUsage, ResourceQuantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from components import bill, data
from components.standing import Draft, MonthTotal, agreement_in, charged
from components.viewer import Viewer

HISTORY = 12  #: months
MOST_GAPS = 60  #: whose edges are known exactly in one course


@dataclass(frozen=True, slots=True, kw_only=True)
class _Levels:
    """The level meters of a month, by code."""

    rated: Mapping[str, MeterUsage]  #: by resource, where a draft needs them
    by_day: Mapping[str, MeterUsage]  #: resources together, at each midnight too


def draft(
    viewer: Viewer, period: BillingPeriod, now: datetime, *, with_days: bool = False
) -> Draft | None:
    """Give a period's invoice as known now; None where no agreement runs in it.

    Args:
        viewer: Of this run.
        period: The month.
        now: The present.
        with_days: Whether a course of the month is shown too: levels are then asked for once.
    """
    levels = partial(_levels, viewer, period, now) if with_days else None
    make = partial(_drafted, viewer, period, levels=levels)
    return data.kept(viewer, ("draft",), period, now, make)


def _drafted(
    viewer: Viewer,
    period: BillingPeriod,
    until: datetime,
    levels: Callable[[], _Levels] | None = None,
) -> Draft | None:
    issued = bill.issued(viewer, period)
    agreement = issued.agreement if issued else agreement_in(data.agreements(viewer), period)
    agreement = agreement or bill.ended_agreement(viewer, period)
    if agreement is None:
        return None
    instants = rating_instants(agreement, period, until)
    metered = charged(agreement, data.meters(viewer))
    rated = levels().rated if levels else {}
    others = [each for each in metered if each.code not in rated]
    found = {**rated, **data.usage_at(viewer, period, others, instants)}
    usage = {each.code: found[each.code] for each in metered}
    as_issued = issued.document.invoice if issued else None
    invoice = as_issued or bill.drafted(viewer, agreement, period, usage, until)
    return Draft(invoice=invoice, agreement=agreement, period=period, usage=usage, as_of=until)


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
    return (
        *(_totals(viewer, earlier, now) if earlier else ()),
        MonthTotal.of(latest.invoice, is_whole=latest.is_over),
    )


def _totals(
    viewer: Viewer, months: Sequence[BillingPeriod], now: datetime
) -> tuple[MonthTotal, ...]:
    def total(period: BillingPeriod, until: datetime) -> MonthTotal | None:
        issued = bill.issued(viewer, period)
        if issued is not None:
            return MonthTotal.of(issued.document.invoice, is_whole=True)
        known = _drafted(viewer, period, until)
        return MonthTotal.of(known.invoice, is_whole=known.is_over) if known else None

    def each() -> Iterator[MonthTotal | None]:
        for month in months:
            yield data.kept(viewer, ("total",), month, now, partial(total, month))

    about = ("totals", months[0].name)
    return data.kept(viewer, about, months[-1], now, lambda _: tuple(filter(None, each())))


def course(viewer: Viewer, period: BillingPeriod, meter: Meter, now: datetime) -> MeterUsage:
    """Give a meter's quantity at each midnight of a period, at gaps, at price changes and now."""

    def ask(until: datetime) -> MeterUsage:
        silent = data.quality(viewer, period, now).gaps_of(meter)[:MOST_GAPS]
        if meter.aggregation.is_level and not silent:
            by_day = _levels(viewer, period, now).by_day
            if meter.code in by_day:
                return by_day[meter.code]
        agreement = agreement_in(data.agreements(viewer), period)
        instants = _instants(agreement, period, silent, until)
        return data.usage_at(viewer, period, [meter], instants, together=True)[meter.code]

    return data.kept(viewer, ("course", meter.code), period, now, ask)


def _levels(viewer: Viewer, period: BillingPeriod, now: datetime) -> _Levels:
    """Give the quantities of a month's level meters, for its draft and for their courses."""

    def ask(until: datetime) -> _Levels:
        agreement = agreement_in(data.agreements(viewer), period)
        metered = charged(agreement, data.meters(viewer))
        levels = [each for each in metered if each.aggregation.is_level]
        rated = rating_instants(agreement, period, until) if agreement else ()
        days = _instants(agreement, period, (), until)
        found = data.usage_at(viewer, period, levels, [*rated, *days])
        return _Levels(
            rated={code: _at(usage, rated) for code, usage in found.items()},
            by_day={code: _together(_at(usage, days)) for code, usage in found.items()},
        )

    return data.kept(viewer, ("levels",), period, now, ask)


def _at(usage: MeterUsage, instants: Iterable[datetime]) -> MeterUsage:
    wanted = set(instants)
    kept = tuple(each for each in usage.checkpoints if each.at in wanted)
    return replace(usage, checkpoints=kept)


def _together(usage: MeterUsage) -> MeterUsage:
    """The resources added up into one, called ""."""
    totals = (
        Checkpoint(at=each.at, quantities=(ResourceQuantity(resource="", quantity=each.quantity),))
        for each in usage.checkpoints
    )
    return replace(usage, checkpoints=tuple(totals))


def _instants(
    agreement: Agreement | None, period: BillingPeriod, gaps: Sequence[Gap], until: datetime
) -> list[datetime]:
    wanted = {*period.day_starts(), until}
    wanted |= {edge for gap in gaps for edge in (gap.starts_at, gap.ends_at)}
    wanted |= set(rating_instants(agreement, period, until) if agreement else ())
    return sorted(at for at in wanted if period.starts_at < at <= until)
