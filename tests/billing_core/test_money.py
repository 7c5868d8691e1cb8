from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.faults import Faults
from billing_core.money import (
    MINOR_UNITS,
    CurrencyMismatch,
    Money,
    minor_units,
    round_amount,
    sum_of,
)


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [
        ("EUR", 2),
        ("JPY", 0),
        ("ISK", 0),
        ("KWD", 3),
        ("IQD", 3),
        ("CLF", 4),
        ("HUF", 2),
        ("UGX", 0),
    ],
)
def test_minor_units_follow_iso_4217(currency: str, decimals: int) -> None:
    assert minor_units(currency) == decimals


def test_every_code_of_the_table_has_three_letters_and_stands_once() -> None:
    assert len(MINOR_UNITS) == 167
    assert all(len(code) == 3 and code.isupper() for code in MINOR_UNITS)


@pytest.mark.parametrize("currency", ["XXX", "XAU", "eur", "", "EURO", "XDR"])
def test_a_code_without_a_minor_unit_is_no_currency(currency: str) -> None:
    with pytest.raises(Faults, match="is not an ISO 4217 currency code"):
        minor_units(currency)


@pytest.mark.parametrize(
    ("exact", "currency", "amount"),
    [
        ("10.005", "EUR", "10.01"),
        ("-10.005", "EUR", "-10.01"),
        ("0.5", "JPY", "1"),
        ("0.4999999", "JPY", "0"),
        ("0.0005", "KWD", "0.001"),
        ("0.00005", "CLF", "0.0001"),
        ("1/3", "EUR", "0.33"),
    ],
)
def test_an_amount_is_rounded_once_to_the_minor_unit(
    exact: str, currency: str, amount: str
) -> None:
    assert str(round_amount(Fraction(exact), currency)) == amount


def test_amounts_add_up_without_loss_however_large() -> None:
    large = Decimal("9" * 40 + ".99")
    assert sum_of([large, Decimal("0.01")], "EUR") == Decimal("1" + "0" * 40)
    assert str(sum_of([], "EUR")) == "0.00"


def test_money_of_one_currency_adds_and_subtracts() -> None:
    one, other = (Money(amount=Decimal(text), currency="EUR") for text in ("1.10", "0.20"))
    assert one + other == Money(amount=Decimal("1.30"), currency="EUR")
    assert one - other == Money(amount=Decimal("0.90"), currency="EUR")


def test_money_of_two_currencies_never_meets() -> None:
    euro = Money(amount=Decimal(1), currency="EUR")
    yen = Money(amount=Decimal(1), currency="JPY")
    with pytest.raises(CurrencyMismatch, match="EUR and JPY"):
        euro + yen
    with pytest.raises(CurrencyMismatch, match="JPY and EUR"):
        yen - euro


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity"])
def test_money_is_in_its_minor_unit(amount: str) -> None:
    with pytest.raises(Faults, match="at most 2 decimals"):
        Money(amount=Decimal(amount), currency="EUR")
