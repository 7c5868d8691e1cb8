"""Charge model `unit`: each unit has the same price."""

from decimal import Decimal
from fractions import Fraction

from billing_core.prices import Price
from billing_core.rating.detail import Portion


def portions(price: Price, rated: Fraction) -> tuple[Portion, ...]:
    """Give quantity × unit price: 1,500 at 0.0045 are 6.75."""
    unit_price = price.unit_price or Decimal(0)
    return (Portion(text=price.name, quantity=rated, unit_price=unit_price),)
