"""One table for every charge model: quantity, exact rate, amount, and the detailed lines' sum."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from billing_core.prices import Price
from billing_core.rating import charge_of_quantity, rate


class Row(NamedTuple):
    """What a quantity costs: `exact` is the rate, `parts` the amounts of the detailed lines."""

    quantity: str
    exact: str
    parts: tuple[str, ...]


def check(price: Price, row: Row, currency: str = "EUR") -> None:
    quantity = Fraction(row.quantity)
    assert rate(price, quantity) == Fraction(row.exact)
    charge = charge_of_quantity(price, quantity, currency)
    assert tuple(str(detail.amount) for detail in charge.detailed_lines) == row.parts
    assert charge.amount == sum(map(Decimal, row.parts))
