"""Tiers as intervals: from the bound before (exclusive) to their own (inclusive)."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from billing_core.numbers import plain
from billing_core.prices import Price, Tier
from billing_core.rating.included import rated_quantity


def ranges(price: Price) -> Iterator[tuple[Decimal, Tier]]:
    """Give each tier with its lower bound, from the first up."""
    lower = Decimal(0)
    for tier in price.tiers:
        yield lower, tier
        lower = tier.up_to or lower


def lower_bound(price: Price, tier: Tier) -> Decimal:
    """Give the bound that a quantity must pass to be in a tier; after the included quantity."""
    return next(lower for lower, each in ranges(price) if each == tier)


def tier_at(price: Price, rated: Fraction) -> Tier:
    """Give the tier that a quantity falls in, the included quantity already off."""
    holding = (tier for tier in price.tiers if tier.up_to is None or rated <= tier.up_to)
    return next(holding)


def tier_of(price: Price, quantity: Fraction) -> Tier | None:
    """Give the tier that a meter's quantity falls in; None for a price without tiers."""
    return tier_at(price, rated_quantity(price, quantity)) if price.tiers else None


def fee_due(price: Price, lower: Decimal, tier: Tier, rated: Fraction) -> Decimal:
    """Give a tier's flat fee: due once the quantity passes the tier's lower bound.

    At zero usage nothing is passed; the first tier's fee is due then only with `flat_on_zero`.
    """
    passed = rated > lower or (price.flat_on_zero and lower == 0)
    return tier.flat_fee if passed else Decimal(0)


def words_for(lower: Decimal, tier: Tier) -> str:
    """Give a tier's name and range in words.

    >>> words_for(Decimal(100), Tier(name="Burst", up_to=None, unit_price=Decimal(2)))
    'Burst: above 100'
    """
    limits = []
    if lower > 0:
        limits.append(f"above {plain(lower)}")
    if tier.up_to is not None:
        limits.append(f"up to {plain(tier.up_to)}")
    return f"{tier.name}: {', '.join(limits) or 'all quantities'}"
