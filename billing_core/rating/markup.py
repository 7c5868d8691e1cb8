"""Charge model `markup`, open book: the vendor's cost and the markup on it, both shown."""

from decimal import Decimal
from fractions import Fraction

from billing_core.numbers import EXACT, plain
from billing_core.prices import Price
from billing_core.rating.detail import Portion


def portions(price: Price, rated: Fraction) -> tuple[Portion, ...]:
    """Give the vendor's cost, then cost × rate: 200.00 at 15 % are 200.00 + 30.00."""
    rate = price.markup_rate or Decimal(0)
    percent = plain(EXACT.multiply(rate, Decimal(100)))
    return (
        Portion(text=f"{price.name}: vendor cost", quantity=rated, unit_price=Decimal(1)),
        Portion(text=f"{price.name}: markup of {percent} %", quantity=rated, unit_price=rate),
    )
