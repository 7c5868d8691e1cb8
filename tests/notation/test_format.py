"""How a client's money, numbers, days and times are written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.period import month_period
from notation.format import Format, plural

BRITISH = Format(locale="en_GB", zone="Europe/London", currency="GBP")
DUTCH = Format(locale="nl-NL", zone="Europe/Amsterdam", currency="EUR")
NBSP = "\u00a0"


def test_money_has_exactly_the_minor_unit_and_the_locales_separators() -> None:
    assert BRITISH.money(Decimal("1234567.5")) == "£1,234,567.50"
    assert DUTCH.money(Decimal("1234.50")) == f"€{NBSP}1.234,50"
    assert DUTCH.money(Decimal("-0.05")) == f"−€{NBSP}0,05"


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "written"),
    [
        ("ja_JP", "JPY", "1234", "￥1,234"),
        ("en_US", "JOD", "1.5", f"JOD{NBSP}1.500"),
        ("en_IN", "INR", "12345678.9", "₹1,23,45,678.90"),
        ("fr_FR", "EUR", "1234.5", f"1\u202f234,50{NBSP}€"),
        ("xx", "EUR", "1", "€1.00"),
        ("not a locale", "EUR", "1", "€1.00"),
    ],
)
def test_each_currency_has_its_own_minor_unit_and_each_locale_its_own_form(
    locale: str, currency: str, amount: str, written: str
) -> None:
    writing = Format(locale=locale, zone="UTC", currency=currency)
    assert writing.money(Decimal(amount)) == written


def test_money_is_never_rounded_here() -> None:
    with pytest.raises(ValueError, match="not rounded"):
        DUTCH.money(Decimal("1.005"))


@pytest.mark.parametrize(
    ("price", "written"),
    [
        ("0.0045", "£0.0045"),
        ("12", "£12.00"),
        ("0.1", "£0.10"),
        ("0.000000000001", "£0.000000000001"),
    ],
)
def test_a_unit_price_is_shown_in_full(price: str, written: str) -> None:
    assert BRITISH.unit_price(Decimal(price)) == written


def test_no_digit_of_the_largest_amounts_is_lost() -> None:
    largest = "999999999999999999"
    in_groups = "999,999,999,999,999,999"
    assert BRITISH.unit_price(Decimal(f"{largest}.000000000001")) == f"£{in_groups}.000000000001"
    assert BRITISH.money(Decimal(f"{largest}999999999999.99")) == f"£{in_groups},999,999,999,999.99"
    exact = Fraction(f"{largest}.123456789012345678")
    assert BRITISH.exact_amount(exact, 18) == f"£{in_groups}.123456789012345678"
    assert BRITISH.amount_in_column(exact, 18) == f"£{in_groups}.123456789012345678"


def test_an_exact_amount_says_when_digits_follow() -> None:
    assert BRITISH.exact_amount(Fraction(1, 3)) == "£0.333333…"
    assert BRITISH.exact_amount(Fraction("0.14124")) == "£0.14124"
    assert BRITISH.exact_amount(Fraction(0)) == "£0.00"


def test_a_column_of_amounts_has_one_number_of_decimals() -> None:
    assert BRITISH.places_of([Fraction(1, 4), Fraction(3)]) == 2
    assert BRITISH.places_of([Fraction(1, 8), Fraction(3)]) == 3
    assert BRITISH.places_of([Fraction(1, 3), Fraction(3)]) == 6
    assert BRITISH.amount_in_column(Fraction(3), 6) == "£3.000000"
    assert BRITISH.amount_in_column(Fraction(-2, 3), 6) == "−£0.666667"


def test_quantities_keep_their_digits() -> None:
    assert BRITISH.number(Decimal("-1234.50")) == "−1,234.5"
    assert BRITISH.quantity(Fraction(2, 3)) == "0.667"
    assert DUTCH.quantity(Fraction(1742310, 1000)) == "1.742,31"
    assert BRITISH.amount_of(Fraction(1), "user") == "1 user"
    assert BRITISH.amount_of(Fraction(44), "user") == "44 users"


def test_a_symbol_has_no_plural() -> None:
    assert [plural(unit) for unit in ("GB", "machine hour", "vCPU-hours")] == [
        "GB",
        "machine hours",
        "vCPU-hours",
    ]


def test_a_share_is_cut_and_never_rounded_up_to_a_bound() -> None:
    assert BRITISH.share(Fraction(799, 1000)) == "79%"
    assert BRITISH.share(Fraction(9999, 10000)) == "99%"
    assert BRITISH.share(Fraction(1)) == "100%"
    assert BRITISH.share(Decimal("0.1234"), places=1) == "12.3%"


def test_days_and_times_are_in_the_clients_locale_and_zone() -> None:
    instant = datetime(2026, 11, 22, 22, 59, 2, tzinfo=UTC)
    assert DUTCH.moment(instant, seconds=True) == "22 nov 2026, 23:59:02"
    assert BRITISH.moment(instant) == "22 Nov 2026, 22:59"
    assert BRITISH.short_day(date(2026, 11, 1)) == "1 Nov"
    assert BRITISH.month(date(2026, 11, 1)) == "November 2026"


def test_the_zone_is_written_out_beside_the_days_of_a_period() -> None:
    period = month_period("2026-11", "Europe/Amsterdam")
    assert BRITISH.days(period) == "1–30 Nov 2026 (Europe/Amsterdam)"


def test_an_hour_that_comes_twice_carries_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert DUTCH.time(first) == "02:30 UTC+02:00"
    assert DUTCH.time(second) == "02:30 UTC+01:00"
    assert DUTCH.time(datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) == "03:30"


def test_an_agreed_rate_is_written_with_its_own_digits() -> None:
    writing = Format(locale="en_US", zone="UTC", currency="USD")
    assert writing.rate(Decimal("0.06")) == "6%"
    assert writing.rate(Decimal("0.0625")) == "6.25%"
