"""What an amount is more or less than another, and which share of it that is."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing_core.numbers import EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An amount less another one of the same currency."""

    amount: Decimal  #: negative: less
    share: Fraction | None  #: of the size of the other one; None where that is zero


def difference(now: Decimal, before: Decimal) -> Difference:
    """Give what an amount is more than one before it, both rounded and in one currency.

    1,050.00 after 1,000.00 is 50.00 more, a twentieth; after -100.00 a credit of 80.00 is 20.00
    more, a fifth.

    >>> difference(Decimal("1050.00"), Decimal("1000.00"))
    Difference(amount=Decimal('50.00'), share=Fraction(1, 20))
    """
    more = EXACT.subtract(now, before)
    return Difference(amount=more, share=Fraction(more) / abs(Fraction(before)) if before else None)
