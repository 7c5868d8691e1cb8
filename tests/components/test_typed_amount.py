"""Amounts as people type them, in the separators of their locale."""

from decimal import Decimal

import pytest

from components.format import Format
from components.typed_amount import AmountFault, typed_amount


def typed(text: str, locale: str = "en_GB", currency: str = "EUR") -> Decimal:
    return typed_amount(text, Format(locale=locale, zone="UTC", currency=currency))


@pytest.mark.parametrize(
    ("text", "locale", "amount"),
    [
        ("80", "en_GB", "80.00"),
        ("80.5", "en_GB", "80.50"),
        (" 1,234.50 ", "en_GB", "1234.50"),
        ("€1,234.50", "en_GB", "1234.50"),
        ("EUR 1234.50", "en_GB", "1234.50"),
        ("1.234,50", "nl_NL", "1234.50"),
        ("€ 1.234,50", "nl_NL", "1234.50"),
        ("80,50", "nl_NL", "80.50"),
        ("1\u202f234,50", "fr_FR", "1234.50"),
        ("12,34,567", "en_IN", "1234567.00"),
    ],
)
def test_an_amount_is_read_as_the_client_writes_it(text: str, locale: str, amount: str) -> None:
    assert str(typed(text, locale)) == amount


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("80,50", "en_GB"),
        ("80.50", "nl_NL"),
        ("1,23,4.00", "en_GB"),
        ("", "en_GB"),
        ("eighty", "en_GB"),
        ("\uff11\uff12", "en_GB"),
        ("1_000", "en_GB"),
        ("NaN", "en_GB"),
        ("1e400", "en_GB"),
        ("' OR 1=1--", "en_GB"),
        ("9" * 200, "en_GB"),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(text: str, locale: str) -> None:
    with pytest.raises(AmountFault, match=r"Write the amount in digits, like €.?1.234"):
        typed(text, locale)


@pytest.mark.parametrize("text", ["0", "-5", "0.00"])
def test_an_amount_is_above_zero(text: str) -> None:
    with pytest.raises(AmountFault, match="above zero"):
        typed(text)


@pytest.mark.parametrize(("text", "currency"), [("0.001", "EUR"), ("0.5", "JPY")])
def test_an_amount_has_no_more_decimals_than_its_currency(text: str, currency: str) -> None:
    with pytest.raises(AmountFault, match="decimals: write no more of them"):
        typed(text, currency=currency)


def test_a_currency_without_decimals_is_read() -> None:
    assert str(typed("1,500", currency="JPY")) == "1500"
