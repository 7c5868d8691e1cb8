"""Charge model `package`: whole packages, a started one counts."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from billing_core.numbers import plain
from billing_core.prices import Price
from billing_core.rating.detail import Portion


def portions(price: Price, rated: Fraction) -> tuple[Portion, ...]:
    """Give ceil(max(0, quantity - free) ÷ size) × price.

    With packages of 10 at 100.00 and 5 free, 16 need 2 packages: 200.00.
    """
    size = price.package_size or Decimal(1)
    paid = max(Fraction(0), rated - Fraction(price.free_quantity))
    free = f", after {plain(price.free_quantity)} free" if price.free_quantity else ""
    return (
        Portion(
            text=f"{price.name}: packages of {plain(size)}{free}",
            quantity=Fraction(ceil(paid / Fraction(size))),
            unit_price=price.package_price or Decimal(0),
        ),
    )
