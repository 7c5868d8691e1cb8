"""Charge model `graduated`: each tier's share of the quantity at the tier's price."""

from decimal import Decimal
from fractions import Fraction

from billing_core.prices import Price, Tier
from billing_core.rating.detail import Portion
from billing_core.rating.tiers import fee_due, ranges, words_for


def portions(price: Price, rated: Fraction) -> tuple[Portion, ...]:
    """Give each entered tier's share × its price + its flat fee.

    With 0.10 up to 100 and 0.05 above, 120 are 100 × 0.10 + 20 × 0.05 = 11.00. At the bound, 100
    are 10.00: the bound belongs to the lower tier. The first tier is always given.
    """
    return tuple(
        _portion(price, lower, tier, rated)
        for lower, tier in ranges(price)
        if lower == 0 or rated > lower
    )


def _portion(price: Price, lower: Decimal, tier: Tier, rated: Fraction) -> Portion:
    upper = rated if tier.up_to is None else min(rated, Fraction(tier.up_to))
    return Portion(
        text=words_for(lower, tier),
        tier=tier.name,
        quantity=upper - Fraction(lower),
        unit_price=tier.unit_price,
        flat_fee=fee_due(price, lower, tier, rated),
    )
