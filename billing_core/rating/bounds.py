"""Bounds and thresholds of a price on its meter's scale, and which of them a quantity passed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing_core.numbers import EXACT
from billing_core.prices import Price
from billing_core.rating.tiers import ranges


class BoundKind(StrEnum):
    """What is passed."""

    TIER = "tier"  #: a tier's lower bound: the tier is entered
    THRESHOLD = "threshold"  #: a share of the way to a tier's upper bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A quantity that it matters to pass."""

    kind: BoundKind
    tier: str  #: name; tier: the one that is entered; threshold: the one whose end is near
    ordinal: int  #: of that tier, from 1
    share: Decimal | None  #: threshold: 0.8 is 80 %
    quantity: Decimal  #: on the meter's scale: the included quantity is in it
    inclusive: bool  #: threshold: reached at the quantity itself; tier: passed above it


def bounds_of(price: Price) -> tuple[Bound, ...]:
    """Give the bounds and thresholds of a price, ascending.

    Two tiers that meet at 100, after 20 included, with thresholds at 80 % and 100 %: reached at 100
    (20 + 80) and at 120, the second tier entered above 120. In a part month pass the price through
    `price_in_period` first.
    """
    bounds = (*_thresholds(price), *_tiers(price))
    return tuple(sorted(bounds, key=lambda bound: bound.quantity))


def crossed(bounds: Iterable[Bound], before: Fraction, after: Fraction) -> tuple[Bound, ...]:
    """Give the bounds passed upward on the way from before to after.

    From 90 to 100 the threshold at 100 is reached, the tier above 100 not yet entered.
    """
    return tuple(each for each in bounds if not is_past(each, before) and is_past(each, after))


def is_past(bound: Bound, quantity: Fraction) -> bool:
    """Say whether a quantity is beyond a bound, or has reached it where that is enough."""
    return quantity > bound.quantity or (bound.inclusive and quantity == bound.quantity)


def _tiers(price: Price) -> Iterator[Bound]:
    for ordinal, (lower, entered) in enumerate(ranges(price), start=1):
        if lower > 0:
            yield Bound(
                kind=BoundKind.TIER,
                tier=entered.name,
                ordinal=ordinal,
                share=None,
                quantity=EXACT.add(price.included_quantity, lower),
                inclusive=False,
            )


def _thresholds(price: Price) -> Iterator[Bound]:
    for ordinal, tier in enumerate(price.tiers, start=1):
        if tier.up_to is None:
            continue
        for share in price.thresholds:
            yield Bound(
                kind=BoundKind.THRESHOLD,
                tier=tier.name,
                ordinal=ordinal,
                share=share,
                quantity=EXACT.add(price.included_quantity, EXACT.multiply(share, tier.up_to)),
                inclusive=True,
            )
