from fractions import Fraction

import pytest

from billing_core.rating import lower_bound, tier_of
from billing_core.rating.tiers import words_for
from tests.billing_core.made import price, tier
from tests.billing_core.rating.harness import Row, check

TIERS = (tier("Base", "100", "2", "10"), tier("More", "200", "1"), tier("Burst", None, "0.5", "50"))
GRADUATED = price("graduated", tiers=TIERS)
VOLUME = price("volume", tiers=TIERS)


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00",)),
        Row("0.000000000000001", "10.000000000000002", ("10.00",)),
        Row("99.999", "209.998", ("210.00",)),
        Row("100", "210", ("210.00",)),
        Row("100.001", "210.001", ("210.00", "0.00")),
        Row("150.5", "260.5", ("210.00", "50.50")),
        Row("199.99", "309.99", ("210.00", "99.99")),
        Row("200", "310", ("210.00", "100.00")),
        Row("200.01", "360.005", ("210.00", "100.00", "50.01")),
        Row("300", "410", ("210.00", "100.00", "100.00")),
        Row("-3", "-6", ("-6.00",)),
    ],
)
def test_graduated_charges_each_tier_for_its_share(row: Row) -> None:
    check(GRADUATED, row)


@pytest.mark.parametrize(
    "row",
    [
        Row("0", "0", ("0.00",)),
        Row("0.01", "10.02", ("10.02",)),
        Row("99.99", "209.98", ("209.98",)),
        Row("100", "210", ("210.00",)),
        Row("100.01", "100.01", ("100.01",)),
        Row("199.9", "199.9", ("199.90",)),
        Row("200", "200", ("200.00",)),
        Row("200.01", "150.005", ("150.01",)),
        Row("300", "200", ("200.00",)),
        Row("-3", "-6", ("-6.00",)),
    ],
)
def test_volume_charges_all_at_the_price_of_one_tier(row: Row) -> None:
    check(VOLUME, row)


@pytest.mark.parametrize("model", ["graduated", "volume"])
def test_a_flat_fee_is_due_at_zero_usage_only_where_agreed(model: str) -> None:
    check(price(model, tiers=TIERS, flat_on_zero=True), Row("0", "10", ("10.00",)))
    check(price(model, tiers=TIERS, flat_on_zero=True), Row("1", "12", ("12.00",)))


@pytest.mark.parametrize(
    "row",
    [
        Row("30", "0", ("0.00", "0.00")),
        Row("130", "210", ("0.00", "210.00")),
        Row("131", "211", ("0.00", "210.00", "1.00")),
    ],
)
def test_bounds_apply_after_the_included_quantity(row: Row) -> None:
    check(price("graduated", tiers=TIERS, included_quantity="30"), row)


@pytest.mark.parametrize(
    ("quantity", "name"),
    [
        *(("0", "Base"), ("-1", "Base"), ("130", "Base"), ("130.001", "More")),
        *(("230", "More"), ("230.001", "Burst")),
    ],
)
def test_a_quantity_falls_in_the_tier_whose_bound_it_does_not_pass(
    quantity: str, name: str
) -> None:
    included = price("volume", tiers=TIERS, included_quantity="30")
    found = tier_of(included, Fraction(quantity))
    assert found is not None
    assert found.name == name


def test_a_price_without_tiers_has_no_tier() -> None:
    assert tier_of(price("unit", unit_price="1"), Fraction(5)) is None


def test_a_tier_starts_where_the_one_before_ends() -> None:
    assert [lower_bound(VOLUME, each) for each in TIERS] == [0, 100, 200]


def test_a_tier_is_told_in_words() -> None:
    assert words_for(lower_bound(VOLUME, TIERS[1]), TIERS[1]) == "More: above 100, up to 200"
    only = tier("All", None, "1")
    single = price("volume", tiers=(only,))
    assert words_for(lower_bound(single, only), only) == "All: all quantities"
