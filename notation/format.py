"""How one client writes money, numbers, days and instants.

Babel gives separators, symbols and names only. It never rounds here: money arrives rounded by
``billing_core`` and minor units are ours, because locale libraries disagree with ISO 4217.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_interval

from billing_core.money import minor_units
from billing_core.numbers import plain
from notation.locale_days import written_day, written_parts, written_time
from notation.symbols import (
    MINUS,
    currency_affixes,
    grouped,
    known_locale,
    share_affixes,
    symbols_of,
)

if TYPE_CHECKING:
    from billing_core.period import BillingPeriod


def decimals(value: Fraction | Decimal, places: int) -> Decimal:
    """Give a number with at most ``places`` decimals, half away from zero, to be read only.

    Nothing computes with the result; amounts of money are rounded in ``billing_core``.
    """
    exact = Fraction(value)
    with localcontext() as context:
        context.prec = 80
        quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
        return quotient.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


MOST_PLACES = 6  #: decimals of an amount that was never rounded
FULL_PLACES = 18  #: beside it, for whoever points at it


def fewest_places(numbers: Iterable[Fraction], least: int, most: int) -> int:
    """Give with how few decimals all numbers of a column are shown exactly, at most `most`.

    >>> fewest_places([Fraction(1, 4), Fraction(3)], 0, 3)
    2
    """
    given = tuple(numbers)
    for places in range(least, most):
        if all(Fraction(decimals(each, places)) == each for each in given):
            return places
    return most


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One client's way to write: locale, zone (IANA name) and currency (ISO 4217)."""

    locale: str
    zone: str
    currency: str

    def number(self, number: Decimal) -> str:
        """Write every digit of a number: ``-1234.50`` is ``−1,234.5`` in English."""
        return self._signed(plain(number))

    def count(self, count: int) -> str:
        """Write how many there are: ``3,118``."""
        return self._signed(str(count))

    def quantity(self, quantity: Fraction | Decimal, places: int = 3) -> str:
        """Write a quantity with at most ``places`` decimals: 1742.31 is ``1,742.31``."""
        return self._signed(plain(decimals(quantity, places)))

    def amount_of(self, quantity: Fraction | Decimal, unit: str, places: int = 3) -> str:
        """Write a quantity with its unit: ``1,742.31 GB``, ``44 users``."""
        text = self.quantity(quantity, places)
        return f"{text} {unit if Fraction(quantity) == 1 else plural(unit)}"

    def money(self, amount: Decimal) -> str:
        """Write a rounded amount with exactly its currency's minor unit: ``€ 184.20``.

        Raises:
            ValueError: if the amount has digits below the minor unit; rounding is not done here.
        """
        written = decimals(amount, minor_units(self.currency))
        if written != amount:
            raise ValueError(f"{amount} {self.currency} is not rounded to the minor unit")
        return self._amount(written)

    def scale_amount(self, amount: Decimal) -> str:
        """Write an amount beside a scale, without needless decimals: ``€ 5,000``."""
        return self._amount(Decimal(plain(amount)))

    def unit_price(self, price: Decimal) -> str:
        """Write a price in full, with at least the minor unit: 0.0045 is ``€ 0.0045``."""
        places = max(minor_units(self.currency), -_exponent(Decimal(plain(price))))
        return self._amount(decimals(price, places))

    def exact_amount(self, amount: Fraction, places: int = 6) -> str:
        """Write an unrounded amount; an ellipsis says that more digits follow.

        1/3 is ``€ 0.333333…``, 0.14124 is ``€ 0.14124``.
        """
        shown = decimals(amount, places)
        more = "" if Fraction(shown) == amount else "…"
        return self.unit_price(shown) + more

    def quantity_in_column(self, quantity: Fraction, places: int) -> str:
        """Write a quantity with as many decimals as its column has."""
        return self._signed(f"{decimals(quantity, places):f}")

    def places_of(self, amounts: Iterable[Fraction]) -> int:
        """Give how many decimals a column of amounts needs, from the minor unit up to six.

        1/4 and 3 need two in euros, 1/8 three; 1/3 is shown with six.
        """
        return fewest_places(amounts, minor_units(self.currency), MOST_PLACES)

    def amount_in_column(self, amount: Fraction, places: int) -> str:
        """Write an unrounded amount with as many decimals as its column has."""
        return self._amount(decimals(amount, places))

    def share(self, share: Fraction | Decimal, places: int = 0) -> str:
        """Write a share of one as a percentage, cut and never rounded up: 0.799 is ``79%``.

        A bound shows 100 % only when it is reached.
        """
        hundredths = Fraction(share) * 100 * 10**places
        cut = Decimal(int(hundredths)).scaleb(-places)
        digits = self._unsigned(f"{abs(cut):.{places}f}")
        return share_affixes(self.locale).around(digits, negative=cut < 0)

    def rate(self, rate: Decimal) -> str:
        """Write an agreed rate as a percentage with all its digits: 0.06 is ``6%``."""
        return self.share(rate, max(0, -_exponent(Decimal(plain(rate * 100)))))

    def day(self, day: date) -> str:
        """Write a day with its year: ``22 Nov 2026``."""
        return written_day(day, "medium", self.locale)

    def short_day(self, day: date) -> str:
        """Write a day without its year: ``22 Nov``."""
        return written_parts(day, "MMMd", self.locale)

    def month(self, day: date) -> str:
        """Write the month of a day: ``November 2026``."""
        return written_parts(day, "yMMMM", self.locale)

    def short_month(self, day: date) -> str:
        """Write the month of a day without its year: ``Nov``."""
        return written_parts(day, "MMM", self.locale)

    def whole_month(self, day: date) -> str:
        """Write the month of a day in full without its year: ``November``."""
        return written_day(day, "LLLL", self.locale)

    def days(self, period: "BillingPeriod") -> str:
        """Write a period's days and its zone: ``1–30 Nov 2026 (Europe/Amsterdam)``."""
        locale = known_locale(self.locale)
        span = format_interval(period.first_day, period.last_day, "yMMMMd", locale=locale)
        return f"{span} ({period.zone})"

    def span(self, first: date, last: date) -> str:
        """Write the days from one to another: ``1–30 Nov 2026``; one day alone as a day."""
        if first == last:
            return self.day(first)
        return format_interval(first, last, "yMMMd", locale=known_locale(self.locale))

    def local(self, instant: datetime) -> datetime:
        """Give an instant in the client's zone."""
        return instant.astimezone(ZoneInfo(self.zone))

    def time(self, instant: datetime, *, seconds: bool = False) -> str:
        """Write the time of day in the client's zone: ``13:40`` or ``13:40:02``.

        When clocks go back an hour comes twice: then the offset is written beside it.
        """
        local = self.local(instant)
        width = "medium" if seconds else "short"
        text = written_time(local.time().replace(microsecond=0), width, self.locale)
        return f"{text} {_offset(local)}" if _comes_twice(local) else text

    def moment(self, instant: datetime, *, seconds: bool = False) -> str:
        """Write day and time in the client's zone: ``22 Nov 2026, 13:40``."""
        return f"{self.day(self.local(instant).date())}, {self.time(instant, seconds=seconds)}"

    def _amount(self, written: Decimal) -> str:
        digits = self._unsigned(f"{written.copy_abs():f}")
        affixes = currency_affixes(self.locale, self.currency)
        return affixes.around(digits, negative=written < 0)

    def _signed(self, text: str) -> str:
        digits = self._unsigned(text.removeprefix("-"))
        return f"{MINUS}{digits}" if text.startswith("-") else digits

    def _unsigned(self, digits: str) -> str:
        signs = symbols_of(self.locale)
        whole, point, rest = digits.partition(".")
        return grouped(whole, signs) + (signs.decimal + rest if point else "")


def capitalised(text: str) -> str:
    """Write the first letter large, as at the start of a line."""
    return f"{text[:1].upper()}{text[1:]}"


def plural(unit: str) -> str:
    """Give the plural of a unit that is a word; symbols such as GB have none.

    >>> plural("machine hour"), plural("GB")
    ('machine hours', 'GB')
    """
    return f"{unit}s" if unit[-1:].islower() and not unit.endswith("s") else unit


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _comes_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    offset = f"{local:%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"
