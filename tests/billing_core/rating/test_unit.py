import pytest

from tests.billing_core.made import price
from tests.billing_core.rating.harness import Row, check


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00",)),
        Row("1", "0.0045", ("0.00",)),
        Row("1.111111111111111", "0.0049999999999999995", ("0.00",)),
        Row("1.112", "0.005004", ("0.01",)),
        Row("1500", "6.75", ("6.75",)),
        Row("-1.112", "-0.005004", ("-0.01",)),
        Row("999999999999999999", "4499999999999999.9955", ("4500000000000000.00",)),
    ],
)
def test_a_unit_price_is_never_rounded_before_it_multiplies(row: Row) -> None:
    check(price("unit", unit_price="0.0045"), row)


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00", "0.00")),
        Row("99.999", "0", ("0.00", "0.00")),
        Row("100", "0", ("0.00", "0.00")),
        Row("100.001", "0.002", ("0.00", "0.00")),
        Row("101", "2", ("0.00", "2.00")),
        Row("-5", "-10", ("0.00", "-10.00")),
    ],
)
def test_the_included_quantity_is_off_before_rating(row: Row) -> None:
    check(price("unit", unit_price="2", included_quantity="100"), row)


@pytest.mark.parametrize(
    ("quantity", "currency", "amount"),
    [
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("0.4", "JPY", "0"),
        ("0.0005", "KWD", "0.001"),
        ("0.00005", "CLF", "0.0001"),
        ("0.005", "USD", "0.01"),
    ],
)
def test_half_a_minor_unit_is_rounded_away_from_zero(
    quantity: str, currency: str, amount: str
) -> None:
    check(price("unit", unit_price="1"), Row(quantity, quantity, (amount,)), currency)
