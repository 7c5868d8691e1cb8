from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.numbers import (
    NumberFault,
    exact_text,
    parse_number,
    plain,
    rounded,
    rounded_quantity,
    size_fault,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", "0"),
        ("1.50", "1.5"),
        ("-5", "-5"),
        ("8e-05", "0.00008"),
        ("1.25E+2", "125"),
        ("0e99", "0"),
        ("999999999999999999.999999999999999", "999999999999999999.999999999999999"),
        ("1.50000000000000000000000000", "1.5"),
        ("1e17", "100000000000000000"),
        ("1e-15", "0.000000000000001"),
    ],
)
def test_a_number_is_read_from_its_text(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)
    assert plain(parse_number(text)) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "NaN", "nan", "Infinity", "-Infinity", "inf", "1e400", "-0", "-0.00", "-0e5"),
        *(
            "1_000",
            "\uff11\uff12",
            "1,5",
            " 5 ",
            "5\n",
            "0x10",
            "+5",
            ".5",
            "5.",
            "007",
            "00",
            "1e",
            "e5",
        ),
        *("1e18", "1000000000000000000", "0.0000000000000001", "1e-16", "1e005", "١٢", "--5"),
        "1" * 40,
        "0." + "0" * 200,
    ],
)
def test_what_is_no_number_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(NumberFault, match=r"is not a number|has more than"):
        parse_number(text)


def test_a_long_or_unprintable_text_is_shown_short_and_escaped() -> None:
    with pytest.raises(NumberFault, match=r"^\"1{40}…\" has more than 18 digits"):
        parse_number("1" * 60)
    with pytest.raises(NumberFault, match=r"^'5\\x00' is not"):
        parse_number("5\x00")


@pytest.mark.parametrize(
    ("number", "decimals", "fault"),
    [
        ("0.0045", 4, None),
        ("0.0045", 3, "has more than 3 decimals"),
        ("NaN", 15, "is not a finite number"),
        ("Infinity", 15, "is not a finite number"),
        ("-1234567890123456789", 15, "has more than 18 digits before the decimal point"),
    ],
)
def test_the_size_of_a_number_is_checked(number: str, decimals: int, fault: str | None) -> None:
    assert size_fault(Decimal(number), decimals=decimals) == fault


@pytest.mark.parametrize(
    ("exact", "decimals", "text"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999", 2, "0.00"),
        ("-0.004", 2, "0.00"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("1/3", 4, "0.3333"),
        ("2/3", 3, "0.667"),
        ("1000", 2, "1000.00"),
    ],
)
def test_rounding_is_half_away_from_zero_and_keeps_the_decimals(
    exact: str, decimals: int, text: str
) -> None:
    assert str(rounded(Fraction(exact), decimals)) == text


def test_a_quantity_is_rounded_to_fifteen_decimals() -> None:
    assert str(rounded_quantity(Fraction(2, 3))) == "0.666666666666667"
    assert str(rounded_quantity(Fraction(1, 2 * 10**15))) == "1E-15"
    assert rounded_quantity(Fraction(5, 2)) == Decimal("2.5")


def test_an_exact_number_is_written_as_a_decimal_where_there_is_one() -> None:
    assert exact_text(Fraction(10)) == "10"
    assert exact_text(Fraction(-1, 8)) == "-0.125"
    assert exact_text(Fraction(3, 1250)) == "0.0024"
    assert exact_text(Fraction(-100, 31)) == "-100/31"
