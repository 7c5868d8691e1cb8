import pytest

from tests.billing_core.made import price
from tests.billing_core.rating.harness import Row, check


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00",)),
        Row("4.99", "0", ("0.00",)),
        Row("5", "0", ("0.00",)),
        Row("5.000000000000001", "100", ("100.00",)),
        Row("14.999", "100", ("100.00",)),
        Row("15", "100", ("100.00",)),
        Row("15.001", "200", ("200.00",)),
        Row("-20", "0", ("0.00",)),
    ],
)
def test_a_started_package_counts_after_the_free_quantity(row: Row) -> None:
    package = price("package", package_size="10", package_price="100", free_quantity="5")
    check(package, row)


def test_packages_may_hold_fractions() -> None:
    package = price("package", package_size="0.3", package_price="1")
    check(package, Row("0.9", "3", ("3.00",)))
    check(package, Row("0.91", "4", ("4.00",)))


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00", "0.00")),
        Row("200", "230", ("200.00", "30.00")),
        Row("100.10", "115.115", ("100.10", "15.02")),
        Row("-10", "-11.5", ("-10.00", "-1.50")),
    ],
)
def test_markup_shows_the_cost_and_what_comes_on_top(row: Row) -> None:
    check(price("markup", markup_rate="0.15"), row)


@pytest.mark.parametrize(
    ("model", "row"),
    [
        ("flat", Row("1", "20.5", ("20.50",))),
        ("flat", Row("12", "246", ("246.00",))),
        ("flat", Row("0", "0", ("0.00",))),
        ("one_off", Row("2", "41", ("41.00",))),
        ("one_off", Row("-1", "-20.5", ("-20.50",))),
    ],
)
def test_a_fee_is_for_each_of_the_agreed_quantity(model: str, row: Row) -> None:
    check(price(model, fee="20.50", reference="PO 7" if model == "one_off" else ""), row)
