"""Invoices as known now: of a month, of those before it, and the course of a month's quantity.

They are made from answers of `data` and kept by it: of a month that has ended until a record of it,
or of one before it, changes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import partial
from typing import Self

from billing_core.invoicing import rating_instants
from billing_core.metering import Checkpoint, Gap, Meter, MeterUsage, ResourceQuantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from components import bill, data
from components.data import MonthUsage
from components.standing import Draft, MonthTotal, agreement_in, charged
from components.viewer import Viewer

HISTORY = 12  #: months
MOST_GAPS = 60  #: whose edges are known exactly in one course


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """The quantities of a month's meters at each midnight, in a form that is read back fast."""

    instants: tuple[datetime, ...]
    quantities: Mapping[str, tuple[tuple[int, int], ...]]  #: by meter: numerators, denominators

    @classmethod
    def of(cls, by_day: Mapping[str, MeterUsage]) -> Self:
        """Take them from courses of the same instants, in which resources count together."""
        courses = {code: usage.checkpoints for code, usage in by_day.items()}
        first = next(iter(courses.values()), ())
        return cls(
            instants=tuple(each.at for each in first),
            quantities={
                code: tuple(each.quantity.as_integer_ratio() for each in course)
                for code, course in courses.items()
            },
        )

    def course(self, meter: Meter, period: BillingPeriod) -> MeterUsage:
        """Give the course of one of the meters."""
        quantities = (Fraction(*each) for each in self.quantities[meter.code])
        checkpoints = tuple(
            Checkpoint(at=at, quantities=(ResourceQuantity(resource="", quantity=quantity),))
            for at, quantity in zip(self.instants, quantities, strict=True)
        )
        return MeterUsage(meter=meter, period=period, checkpoints=checkpoints)


def draft(
    viewer: Viewer, period: BillingPeriod, now: datetime, *, with_days: bool = False
) -> Draft | None:
    """Give a period's invoice as known now; None where no agreement runs in it.

    Args:
        viewer: Of this run.
        period: The month.
        now: The present.
        with_days: Whether a course of the month is shown too: both are then asked for at once.
    """
    ask = partial(_with_days, viewer, period, now) if with_days else partial(_rated, viewer, period)
    make = partial(_drafted, viewer, period, ask=ask)
    return data.kept(viewer, ("draft",), period, now, make)


def _drafted(
    viewer: Viewer,
    period: BillingPeriod,
    until: datetime,
    ask: Callable[[Agreement, datetime], Mapping[str, MeterUsage]],
) -> Draft | None:
    agreement = _agreement(viewer, period)
    if agreement is None:
        return None
    usage, issued = ask(agreement, until), bill.issued(viewer, period)
    as_issued = issued.document.invoice if issued else None
    invoice = as_issued or bill.drafted(viewer, agreement, period, usage, until)
    return Draft(invoice=invoice, agreement=agreement, period=period, usage=usage, as_of=until)


def _agreement(viewer: Viewer, period: BillingPeriod) -> Agreement | None:
    """Give the agreement that bills a month: that of its document, once it is issued."""
    issued = bill.issued(viewer, period)
    agreement = issued.agreement if issued else agreement_in(data.agreements(viewer), period)
    return agreement or bill.ended_agreement(viewer, period)


def _rated(
    viewer: Viewer, period: BillingPeriod, agreement: Agreement, until: datetime
) -> Mapping[str, MeterUsage]:
    """Give what a draft is made from."""
    metered = charged(agreement, data.meters(viewer))
    return data.usage_at(viewer, period, metered, rating_instants(agreement, period, until))


def _with_days(
    viewer: Viewer, period: BillingPeriod, now: datetime, agreement: Agreement, until: datetime
) -> Mapping[str, MeterUsage]:
    """Give the same, and keep what the meters counted by day."""
    rated = rating_instants(agreement, period, until)
    found = _month(viewer, period, agreement, until, rated)
    data.kept(viewer, ("days",), period, now, lambda _: _Days.of(found.by_day))
    return found.rated


def _month(
    viewer: Viewer, period: BillingPeriod, agreement: Agreement | None, until: datetime,
    rated: Sequence[datetime],
) -> MonthUsage:  # fmt: skip
    metered = charged(agreement, data.meters(viewer))
    days = _instants(agreement, period, (), until)
    return data.month_usage(viewer, period, metered, (rated, days))


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
        known = _drafted(viewer, period, until, partial(_rated, viewer, period))
        return MonthTotal.of(known.invoice, is_whole=known.is_over) if known else None

    def each() -> Iterator[MonthTotal | None]:
        for month in months:
            yield data.kept(viewer, ("total",), month, now, partial(total, month))

    about = ("totals", months[0].name)
    return data.kept(viewer, about, months[-1], now, lambda _: tuple(filter(None, each())))


def course(viewer: Viewer, period: BillingPeriod, meter: Meter, now: datetime) -> MeterUsage:
    """Give a meter's quantity at each midnight of a period, at gaps, at price changes and now."""
    silent = data.quality(viewer, period, now).gaps_of(meter)[:MOST_GAPS]
    if not silent:
        days = _days(viewer, period, now)
        if meter.code in days.quantities:
            return days.course(meter, period)

    def ask(until: datetime) -> MeterUsage:
        instants = _instants(_agreement(viewer, period), period, silent, until)
        return data.month_usage(viewer, period, [meter], ([until], instants)).by_day[meter.code]

    return data.kept(viewer, ("course", meter.code), period, now, ask)


def _days(viewer: Viewer, period: BillingPeriod, now: datetime) -> _Days:
    def ask(until: datetime) -> _Days:
        agreement = _agreement(viewer, period)
        return _Days.of(_month(viewer, period, agreement, until, [until]).by_day)

    return data.kept(viewer, ("days",), period, now, ask)


def _instants(
    agreement: Agreement | None, period: BillingPeriod, gaps: Sequence[Gap], until: datetime
) -> list[datetime]:
    wanted = {*period.day_starts(), until}
    wanted |= {edge for gap in gaps for edge in (gap.starts_at, gap.ends_at)}
    wanted |= set(rating_instants(agreement, period, until) if agreement else ())
    return sorted(at for at in wanted if period.starts_at < at <= until)
