from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.rating import bounds_of, cost_of_crossing, crossed, price_of_next_unit
from tests.billing_core.made import price, tier

TIERS = (tier("Base", "100", "2", "10"), tier("More", "200", "1"), tier("Burst", None, "0.5", "50"))
PRICE = price("graduated", tiers=TIERS, included_quantity="20")
BOUNDS = bounds_of(PRICE)


def test_bounds_stand_on_the_scale_of_the_meter() -> None:
    assert [(each.kind.value, each.tier, each.ordinal, str(each.quantity)) for each in BOUNDS] == [
        ("threshold", "Base", 1, "100.0"),
        ("threshold", "Base", 1, "120"),
        ("tier", "More", 2, "120"),
        ("threshold", "More", 2, "180.0"),
        ("threshold", "More", 2, "220"),
        ("tier", "Burst", 3, "220"),
    ]
    assert bounds_of(price("unit", unit_price="1")) == ()


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ("0", "99.999", []),
        ("99.999", "100", [("threshold", "Base")]),
        ("100", "119", []),
        ("119", "120", [("threshold", "Base")]),
        ("120", "120.001", [("tier", "More")]),
        ("119", "121", [("threshold", "Base"), ("tier", "More")]),
        ("121", "119", []),
        ("120", "120", []),
        ("0", "1000", [("threshold", "Base")] * 2 + [("tier", "More")]
         + [("threshold", "More")] * 2 + [("tier", "Burst")]),
    ],
)  # fmt: skip
def test_a_threshold_is_reached_and_a_tier_is_passed(
    before: str, after: str, passed: list[tuple[str, str]]
) -> None:
    found = crossed(BOUNDS, Fraction(before), Fraction(after))
    assert [(each.kind.value, each.tier) for each in found] == passed


@pytest.mark.parametrize(
    ("model", "costs"), [("graduated", ["10", "0", "50"]), ("volume", ["10", "-110", "-50"])]
)
def test_crossing_costs_what_lies_just_above_less_what_lies_at_the_bound(
    model: str, costs: list[str]
) -> None:
    of = price(model, tiers=TIERS)
    assert [str(cost_of_crossing(of, each)) for each in TIERS] == costs
    halved = price(model, tiers=TIERS, discount_rate="0.5")
    assert cost_of_crossing(halved, TIERS[2]) == Fraction(costs[2]) / 2


@pytest.mark.parametrize(
    ("model", "quantity", "unit_price", "name"),
    [
        ("graduated", "0", "0", "Base"),
        ("graduated", "19.9", "0", "Base"),
        ("graduated", "20", "2", "Base"),
        ("graduated", "119.9", "2", "Base"),
        ("graduated", "120", "1", "More"),
        ("volume", "220", "0.5", "Burst"),
    ],
)
def test_the_next_unit_belongs_to_the_tier_above_the_bound(
    model: str, quantity: str, unit_price: str, name: str
) -> None:
    of = price(model, tiers=TIERS, included_quantity="20")
    following = price_of_next_unit(of, Fraction(quantity))
    assert following.unit_price == Decimal(unit_price)
    assert following.applies_to_all is (model == "volume")
    assert following.tier is not None
    assert following.tier.name == name


@pytest.mark.parametrize(
    ("quantity", "unit_price"),
    [("0", "0"), ("4", "0"), ("5", "90"), ("6", "0"), ("14.5", "0"), ("15", "90")],
)
def test_a_started_package_makes_the_next_unit_free(quantity: str, unit_price: str) -> None:
    of = price(
        "package", package_size="10", package_price="100", free_quantity="5", discount_rate="0.1"
    )
    assert price_of_next_unit(of, Fraction(quantity)).unit_price == Decimal(unit_price)


def test_the_next_unit_of_prices_without_tiers() -> None:
    markup, unit = price("markup", markup_rate="0.15"), price("unit", unit_price="3")
    assert price_of_next_unit(markup, Fraction(1)).unit_price == Decimal("1.15")
    assert price_of_next_unit(unit, Fraction(1)).unit_price == Decimal(3)
    assert price_of_next_unit(price("flat", fee="7"), Fraction(1)).unit_price == Decimal(7)
    assert price_of_next_unit(unit, Fraction(1)).tier is None
