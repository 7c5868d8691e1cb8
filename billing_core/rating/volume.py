"""Charge model `volume`: all of the quantity at the price of the tier that it falls in."""

from fractions import Fraction

from billing_core.prices import Price
from billing_core.rating.detail import Portion
from billing_core.rating.tiers import fee_due, lower_bound, tier_at, words_for


def portions(price: Price, rated: Fraction) -> tuple[Portion, ...]:
    """Give quantity × the price of its tier + that tier's flat fee.

    With 2.00 up to 100 and 1.00 above, 100 are 200.00 and 101 are 101.00: a cliff.
    """
    tier = tier_at(price, rated)
    lower = lower_bound(price, tier)
    return (
        Portion(
            text=f"{words_for(lower, tier)}; all units at this price",
            tier=tier.name,
            quantity=rated,
            unit_price=tier.unit_price,
            flat_fee=fee_due(price, lower, tier, rated),
        ),
    )
