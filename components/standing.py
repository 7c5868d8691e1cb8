"""Where a metered price stands in a period: its quantity, its tier, and the way to the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from billing_core.invoicing import Invoice, InvoiceLine
from billing_core.metering import Meter, MeterUsage
from billing_core.period import BillingPeriod, month_after, month_period, period_of, zone_of
from billing_core.prices import Agreement, Price, Tier
from billing_core.rating import price_in_period, tier_of
from components.marks import Band

NEAR = Fraction(4, 5)  #: of the way to the next tier: from here on a mark is amber


class Stage(StrEnum):
    """How far a billing period has come."""

    RUNNING = "running"
    IN_GRACE = "in grace"  #: ended; stragglers still belong to it
    ENDED = "ended"  #: drafted, not issued yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A period's invoice as it would be from what is known now, and what it was made from."""

    invoice: Invoice
    agreement: Agreement
    period: BillingPeriod
    usage: Mapping[str, MeterUsage]  #: by meter code, resources apart; the last checkpoint is as_of
    as_of: datetime  #: at most the period's end

    def line_of(self, price_code: str) -> InvoiceLine | None:
        """Give the variable line of a metered price, if it has one."""
        metered = (line for line in self.invoice.lines if line.meter and line.adjusts is None)
        return next((line for line in metered if line.price_code == price_code), None)

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.as_of >= self.period.ends_at

    @property
    def day(self) -> date:
        """The last day that the draft knows something of."""
        return self.period.day_of(self.as_of - timedelta(microseconds=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way from the present tier to the next; bounds on the meter's scale."""

    tier: Tier  #: the next one
    bound: Fraction  #: passed when the quantity is above it
    share: Fraction  #: of the present tier's upper bound, after the included quantity
    remaining: Fraction  #: quantity still in the present tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One metered price in a period."""

    price: Price
    meter: Meter
    quantity: Fraction
    amount: Decimal | None  #: the line's, before tax; None while there is no line
    tier: Tier | None
    way: Way | None  #: None in the last tier and without tiers
    is_over: bool = False  #: whether the month has ended

    @property
    def in_burst(self) -> bool:
        """Whether the quantity stands in a burst tier."""
        return self.tier is not None and self.tier.burst and self.quantity > 0

    @property
    def warned(self) -> bool:
        """Whether a mark of it is amber."""
        return self.in_burst or (self.way is not None and self.way.share >= NEAR)


def stage_of(period: BillingPeriod, grace_hours: int, as_of: datetime) -> Stage:
    """Say how far a period has come at an instant."""
    if as_of < period.ends_at:
        return Stage.RUNNING
    if as_of < grace_ends(period, grace_hours):
        return Stage.IN_GRACE
    return Stage.ENDED


def grace_ends(period: BillingPeriod, grace_hours: int) -> datetime:
    """Give the instant until which stragglers still belong to a period."""
    return period.ends_at + timedelta(hours=grace_hours)


def agreement_in(agreements: tuple[Agreement, ...], period: BillingPeriod) -> Agreement | None:
    """Give the agreement in force in a period; where one follows another, the later."""
    first, last = period.first_day, period.last_day
    begun = (each for each in agreements if each.starts_on <= last)
    running = (each for each in begun if each.ends_on is None or each.ends_on > first)
    return max(running, key=lambda each: each.starts_on, default=None)


def before(periods: Iterable[BillingPeriod], period: BillingPeriod) -> BillingPeriod | None:
    """Give the month before a period, if it is among those with something to show."""
    return next((each for each in periods if each.name == period.previous().name), None)


def agreement_shown(
    agreements: tuple[Agreement, ...], as_of: datetime, zone: str
) -> Agreement | None:
    """Give the agreement that runs, else the next one announced, else the last one that ran."""
    today = as_of.astimezone(zone_of(zone)).date()
    by_start = sorted(agreements, key=lambda each: each.starts_on)
    running = [each for each in by_start if each.runs_on(today)]
    coming = [each for each in by_start if each.starts_on > today]
    return next(iter([*running, *coming, *reversed(by_start)]), None)


def version_in(agreement: Agreement, code: str, period: BillingPeriod, day: date) -> Price | None:
    """Give the version of a price that counts on a day, or the nearest one of the period."""
    for candidate in (day, period.last_day, period.first_day, agreement.starts_on):
        price = agreement.price_at(code, candidate)
        if price is not None:
            return price
    return None


def standings_of(draft: Draft) -> tuple[Standing, ...]:
    """Give each metered price of the period, in the order of the rate card."""
    found = []
    for code in draft.agreement.metered_codes():
        price = version_in(draft.agreement, code, draft.period, draft.day)
        usage = draft.usage.get(price.meter or "") if price else None
        if price and usage:
            rated = price_in_period(draft.agreement, price, draft.period)
            found.append(_standing(rated, usage, draft))
    return tuple(found)


def _standing(price: Price, usage: MeterUsage, draft: Draft) -> Standing:
    line = draft.line_of(price.code)
    tier = tier_of(price, usage.quantity) if price.tiers else None
    return Standing(
        price=price,
        meter=usage.meter,
        quantity=usage.quantity,
        amount=line.amount if line else None,
        tier=tier,
        way=_way(price, tier, usage.quantity),
        is_over=draft.is_over,
    )


def _way(price: Price, tier: Tier | None, quantity: Fraction) -> Way | None:
    if tier is None and price.tiers:
        tier = price.tiers[0]
    if tier is None or tier.up_to is None:
        return None
    rated = max(quantity - Fraction(price.included_quantity), Fraction(0))
    bound = Fraction(price.included_quantity) + Fraction(tier.up_to)
    return Way(
        tier=price.tiers[price.tiers.index(tier) + 1],
        bound=bound,
        share=rated / Fraction(tier.up_to),
        remaining=bound - quantity,
    )


def charged(agreement: Agreement | None, meters: Mapping[str, Meter]) -> tuple[Meter, ...]:
    """Give the meters that an agreement's prices ask for, each once."""
    prices = agreement.prices if agreement else ()
    codes = dict.fromkeys(each.meter for each in prices if each.meter)
    return tuple(meters[code] for code in codes)


def nearest_first(standings: tuple[Standing, ...]) -> tuple[Standing, ...]:
    """Order prices by what could surprise: burst first, then by their share of the way."""
    tiered = [each for each in standings if each.price.tiers]

    def urgency(each: Standing) -> tuple[bool, Fraction]:
        return each.in_burst, each.way.share if each.way else Fraction(0)

    return tuple(sorted(tiered, key=urgency, reverse=True))


def bands_of(price: Price) -> tuple[Band, ...]:
    """Give a price's tiers on its meter's scale; the included quantity is a band of its own."""
    start = Fraction(price.included_quantity)
    bands = [Band(name="Included", starts_at=Fraction(0), ends_at=start)] if start else []
    for tier in price.tiers:
        end = None if tier.up_to is None else Fraction(price.included_quantity + tier.up_to)
        bands.append(Band(name=tier.name, starts_at=start, ends_at=end, burst=tier.burst))
        start = end if end is not None else start
    return tuple(bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTotal:
    """A month's invoice as drafted now: what is fixed and what is variable, before tax."""

    period: BillingPeriod
    title: str
    fixed: Decimal
    variable: Decimal
    net: Decimal
    is_whole: bool  #: whether the month has ended; else these are amounts so far
    is_issued: bool = False  #: whether these are the amounts of the issued document

    @classmethod
    def of(cls, invoice: Invoice, *, is_whole: bool) -> Self:
        """Give the totals of a month's invoice, as drafted or as issued."""
        return cls(
            period=invoice.period,
            title=invoice.title,
            fixed=invoice.fixed,
            variable=invoice.variable,
            net=invoice.net,
            is_whole=is_whole,
        )


def months_shown(
    agreements: tuple[Agreement, ...],
    stored: tuple[BillingPeriod, ...],
    zone: str,
    as_of: datetime,
) -> tuple[BillingPeriod, ...]:
    """Give the months from the first with something to show to the running one, latest first.

    Stored periods keep their zone; months in which no agreement ran and nothing was recorded are
    left out: an ended agreement opens at its last month. Else the running month stands alone.
    """
    known = {period.name: period for period in stored}
    running = period_of(as_of, zone)
    months: dict[str, BillingPeriod] = {}
    for agreement in agreements:
        month = agreement.starts_on.replace(day=1)
        while month <= running.month and (agreement.ends_on is None or month < agreement.ends_on):
            name = f"{month:%Y-%m}"
            months[name] = known.get(name) or month_period(name, agreement.zone)
            month = month_after(month)
    months |= {name: period for name, period in known.items() if period.starts_at <= as_of}
    return tuple(months[name] for name in sorted(months, reverse=True)) or (running,)
