"""Numbers as they come in and go out: as text, exact, never a float.

A number has at most 18 integer digits and 15 decimals. What arithmetic makes of numbers is a
`Fraction`; it becomes a `Decimal` again only by a rounding that is named.
"""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Final

INTEGER_DIGITS: Final = 18
DECIMALS: Final = 15
LONGEST_TEXT: Final = 100
_LONGEST_SHOWN: Final = 40

#: Adds and multiplies decimals without losing a digit; raises where it would have to.
EXACT: Final = Context(prec=400, traps=[Inexact, InvalidOperation])

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")


class NumberFault(ValueError):  # noqa: N818 - a fault of the number, not of the program
    """A text that is no number of ours; the message is one sentence."""


def parse_number(text: str) -> Decimal:
    """Read a number from its text, strictly.

    Accepted: an optional minus, digits without padding, a decimal point, an exponent of one or two
    digits where the value fits. Trailing zeros don't count: "1.50" is 1.5, "8e-05" is 0.00008.

    Raises:
        NumberFault: for anything else, also for minus zero, which no measurement means.
    """
    if len(text) > LONGEST_TEXT or not _NUMBER.fullmatch(text):
        raise NumberFault(f"{_shown(text)} is not a number: write it like 1234.5, -0.02 or 8e-05")
    number = Decimal(text)
    if number.is_zero() and number.is_signed():
        raise NumberFault("-0 is not a number that can be measured: write 0")
    fault = size_fault(number)
    if fault:
        raise NumberFault(f"{_shown(text)} {fault}")
    return Decimal(plain(number))


def size_fault(number: Decimal, *, decimals: int = DECIMALS) -> str | None:
    """Say what is wrong with a number's size, as the end of a sentence, or None.

    >>> size_fault(Decimal("0.001"), decimals=2)
    'has more than 2 decimals'
    """
    if not number.is_finite():
        return "is not a finite number"
    whole, _, part = plain(number).lstrip("-").partition(".")
    if len(whole) > INTEGER_DIGITS:
        return f"has more than {INTEGER_DIGITS} digits before the decimal point"
    if len(part) > decimals:
        return f"has more than {decimals} decimals"
    return None


def plain(number: Decimal) -> str:
    """Write a number with all its digits: no exponent, no trailing zeros, never "-0".

    >>> plain(Decimal("1.50")), plain(Decimal("1E+3")), plain(Decimal("-0.0"))
    ('1.5', '1000', '0')
    """
    if number.is_zero():
        return "0"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(exact: Fraction, decimals: int) -> Decimal:
    """Round half away from zero to a number of decimals, keeping them all.

    >>> rounded(Fraction("0.125"), 2), rounded(Fraction("-0.125"), 2), rounded(Fraction(2), 2)
    (Decimal('0.13'), Decimal('-0.13'), Decimal('2.00'))
    """
    units = (2 * abs(exact) * 10**decimals + 1) // 2
    return EXACT.scaleb(Decimal(-units if exact < 0 else units), -decimals)


def rounded_quantity(exact: Fraction) -> Decimal:
    """Round a quantity once to the 15 decimals that are stored and shown, half away from zero.

    >>> rounded_quantity(Fraction(1, 3)), rounded_quantity(Fraction(5, 2))
    (Decimal('0.333333333333333'), Decimal('2.5'))
    """
    return Decimal(plain(rounded(exact, DECIMALS)))


def exact_text(exact: Fraction) -> str:
    """Write a fraction without loss: as a decimal where there is a finite one, else as n/d.

    >>> exact_text(Fraction(5, 4)), exact_text(Fraction(1, 3))
    ('1.25', '1/3')
    """
    rest = exact.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{exact.numerator}/{exact.denominator}"
    return plain(rounded(exact, exact.denominator.bit_length()))


def _shown(text: str) -> str:
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return f'"{short}"' if text.isprintable() else ascii(short)
