"""Prices as plain tuples: their bounds, and what a quantity comes to."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from tests.oracle.plain.months import Month, day_of
from tests.oracle.plain.rollups import rounded
from tests.oracle.plain.running import after, opening, quantity
from tests.oracle.plain.said import Meter, Said


class Tier(NamedTuple):
    """A range of quantity, up to its bound."""

    up_to: int | None
    unit_price: str
    flat_fee: str = "0"


class Price(NamedTuple):
    """A version of what a meter's quantity costs."""

    code: str
    meter: str
    model: str
    tiers: tuple[Tier, ...] = ()
    unit_price: str | None = None
    size: int | None = None
    free: int = 0
    included: int = 0
    discount: str = "0"
    thresholds: tuple[str, ...] = ("0.8", "1")
    starts_on: date = date(2020, 1, 1)  #: inclusive
    ends_on: date | None = None  #: exclusive

    def is_in_force(self, instant: datetime, zone: str) -> bool:
        """Whether the version is valid on the day that the zone shows at an instant."""
        day = day_of(instant, zone)
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class Bound(NamedTuple):
    """A quantity that it matters to pass."""

    kind: str
    tier: int
    share: Fraction | None
    quantity: Fraction

    @property
    def inclusive(self) -> bool:
        """A threshold is reached at the quantity itself, a tier entered above it."""
        return self.kind == "threshold"

    def is_behind(self, running: Fraction) -> bool:
        """Whether a quantity is beyond it."""
        return running > self.quantity or (self.inclusive and running == self.quantity)

    def passed(self, before: Fraction, following: Fraction) -> bool:
        """Whether it lies between two quantities, upward."""
        return self.is_behind(following) and not self.is_behind(before)


def bounds_of(price: Price) -> Iterator[Bound]:
    """Tiers entered and shares of the way to their ends, with the included quantity before them."""
    for ordinal, tier in enumerate(price.tiers, start=1):
        if tier.up_to is None:
            continue
        yield Bound("tier", ordinal + 1, None, Fraction(price.included + tier.up_to))
        for share in map(Fraction, price.thresholds):
            yield Bound("threshold", ordinal, share, price.included + share * tier.up_to)


def amount(price: Price, running: Fraction) -> Fraction:
    """What a quantity costs, before maximum and minimum. Credits reduce no included quantity."""
    rated = running if running <= 0 else max(Fraction(0), running - price.included)
    return _RATES[price.model](price, rated) * (1 - Fraction(price.discount))


def steps(
    meter: Meter, events: Sequence[Said], month: Month
) -> Iterator[tuple[Said, Fraction, Fraction]]:
    """Each of a month's own events with the quantity after the one before it, and after it."""
    before = opening(meter, events, month)
    for each in events:
        if month.contains(each.at):
            following = quantity(meter, events, month, after(each))
            yield each, before, following
            before = following


def added(price: Price, before: Fraction, following: Fraction) -> Fraction:
    """What a step adds to the bill, at the 15 decimals that quantities are shown and rated with."""
    return amount(price, rounded(following)) - amount(price, rounded(before))


def _unit(price: Price, rated: Fraction) -> Fraction:
    return rated * Fraction(price.unit_price or 0)


def _package(price: Price, rated: Fraction) -> Fraction:
    packages = ceil(max(Fraction(0), rated - price.free) / (price.size or 1))
    return packages * Fraction(price.unit_price or 0)


def _graduated(price: Price, rated: Fraction) -> Fraction:
    """Each tier's share; a credit is a share of the first one."""
    due = min(rated, Fraction(0)) * Fraction(price.tiers[0].unit_price)
    lowers = [Fraction(0), *(Fraction(tier.up_to) for tier in price.tiers if tier.up_to)]
    for (lower, upper), tier in zip(pairwise([*lowers, None]), price.tiers, strict=True):
        if lower is not None and rated > lower:
            share = min(rated, upper) - lower if upper is not None else rated - lower
            due += share * Fraction(tier.unit_price) + Fraction(tier.flat_fee)
    return due


def _volume(price: Price, rated: Fraction) -> Fraction:
    tier = next(tier for tier in price.tiers if tier.up_to is None or rated <= tier.up_to)
    fee = Fraction(tier.flat_fee) if rated > 0 else Fraction(0)
    return rated * Fraction(tier.unit_price) + fee


_RATES = {"unit": _unit, "package": _package, "graduated": _graduated, "volume": _volume}
