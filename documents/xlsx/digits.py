"""What a spreadsheet can hold of a number: 15 significant digits, binary inside.

A formula over such numbers is off by some units of the 16th digit. Rounding it once at the 14th
removes that and nothing else, so that what lies exactly between two cents rounds as it must.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

from billing_core.numbers import plain

HELD: Final = 15
_GUARD: Final = 14
#: Digits before the point and of the minor unit together up to which a formula is exact enough.
_ROOM: Final = 13
_CONTEXT: Final = Context(prec=HELD, rounding=ROUND_HALF_UP)


def held(number: Decimal) -> Decimal:
    """Give what a cell keeps of a number.

    >>> held(Decimal("1234567890.1234567"))
    Decimal('1234567890.12346')
    """
    return _CONTEXT.plus(number)


def is_held(number: Decimal) -> bool:
    """Say whether a cell keeps all digits of a number."""
    return held(number) == number


def decimals_of(number: Decimal) -> int:
    """Count the decimals that a number is shown with in a cell."""
    return len(plain(held(number)).partition(".")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """At which decimal a formula's result is rounded before it is rounded to the minor unit."""

    decimals: int
    minor: int

    def around(self, expression: str) -> str:
        """Write the formula that rounds an expression to the minor unit.

        >>> Guard(decimals=11, minor=2).around("F5*G5")
        '=ROUND(ROUND(F5*G5,11),2)'
        """
        return f"=ROUND(ROUND({expression},{self.decimals}),{self.minor})"


def guard_of(terms: tuple[Fraction, ...], minor: int) -> Guard | None:
    """Give the guard of a formula whose terms are of these sizes; None: they are too large for one.

    1,500 × 0.12 has four digits before the point: its tenth decimal is the 14th digit.
    """
    whole = len(str(int(max(abs(term) for term in terms))))
    if whole + minor > _ROOM:
        return None
    return Guard(decimals=_GUARD - whole, minor=minor)
