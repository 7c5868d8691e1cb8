"""The included quantity: the first adjustment, taken off before rating."""

from fractions import Fraction

from billing_core.prices import Price


def rated_quantity(price: Price, quantity: Fraction) -> Fraction:
    """Give what is left to be rated of a meter's quantity.

    Of 120 with 100 included 20 are rated, of 80 none; a credit of -5 stays -5.
    """
    if quantity <= 0:
        return quantity
    return max(Fraction(0), quantity - Fraction(price.included_quantity))
