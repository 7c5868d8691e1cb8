from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.metering import ResourceQuantity
from billing_core.prices import Price
from billing_core.rating import (
    Charge,
    DetailedLine,
    DetailKind,
    Limit,
    Limits,
    Stretch,
    charge_of,
    charge_of_quantity,
)
from billing_core.rating.charge import STEPS
from tests.billing_core.made import price


def lines_of(charge: Charge) -> list[tuple[str, str]]:
    return [(detail.kind.value, str(detail.amount)) for detail in charge.detailed_lines]


def quoted(quantity: str, **fields: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - of a price
    adjusted = price("unit", **{"unit_price": "0.50", **fields})
    return lines_of(charge_of_quantity(adjusted, Fraction(quantity), "EUR"))


def test_the_order_of_the_adjustments_is_written_once() -> None:
    assert [step.__name__ for step in STEPS] == [
        *("_include", "_rate", "_discount", "_limit_each_resource", "_limit_above", "_limit_below"),
    ]


def test_included_then_discount_then_maximum() -> None:
    # 320 - 20 included = 300 × 0.50 = 150; less 10 % = 135; at most 100.
    assert quoted("320", included_quantity="20", discount_rate="0.10", maximum="100") == [
        ("included", "0.00"),
        ("usage", "150.00"),
        ("discount", "-15.00"),
        ("maximum", "-35.00"),
    ]


def test_the_minimum_comes_last_and_at_zero_usage_too() -> None:
    assert quoted("0", minimum="30", maximum="100") == [("usage", "0.00"), ("minimum", "30.00")]
    assert quoted("100", discount_rate="0.5", minimum="30") == [
        ("usage", "50.00"),
        ("discount", "-25.00"),
        ("minimum", "5.00"),
    ]


@pytest.mark.parametrize(
    ("quantity", "amounts"),
    [
        ("59.98", [("usage", "29.99"), ("minimum", "0.01")]),
        ("60", [("usage", "30.00")]),
        ("60.02", [("usage", "30.01")]),
        ("200", [("usage", "100.00")]),
        ("200.02", [("usage", "100.01"), ("maximum", "-0.01")]),
        ("-10", [("usage", "-5.00"), ("minimum", "35.00")]),
    ],
)
def test_limits_at_their_very_amounts(quantity: str, amounts: list[tuple[str, str]]) -> None:
    assert quoted(quantity, minimum="30", maximum="100") == amounts


def test_a_limit_that_is_no_amount_is_rounded_and_says_so() -> None:
    limited = price("unit", unit_price="1", maximum="100.005")
    charge = charge_of_quantity(limited, Fraction(150), "EUR")
    assert charge.amount == Decimal("100.01")
    assert charge.detailed_lines[-1].text == "Maximum of 100.005"
    assert charge.detailed_lines[-1].unit_price == Decimal("100.01")


def test_a_discount_is_a_share_of_what_is_shown_above_it() -> None:
    charge = charge_of_quantity(
        price("unit", unit_price="0.333", discount_rate="0.125"), Fraction(5), "EUR"
    )
    discount = charge.detailed_lines[-1]
    assert (discount.text, discount.quantity, discount.unit_price, discount.amount) == (
        "Discount of 12.5 %",
        Decimal("1.67"),
        Decimal("-0.125"),
        Decimal("-0.21"),
    )


def quantities(**by_resource: str) -> tuple[ResourceQuantity, ...]:
    return tuple(
        ResourceQuantity(resource=resource, quantity=Fraction(quantity))
        for resource, quantity in by_resource.items()
    )


def capped(limit: str, *stretches: Stretch, maximum: str | None = None) -> list[tuple[str, str]]:
    limits = Limits(
        maximum_per_resource=Limit(amount=Decimal(limit), text=limit),
        maximum=None if maximum is None else Limit(amount=Decimal(maximum), text=maximum),
    )
    return lines_of(charge_of(stretches, limits, "EUR"))


def stretch(of: Price, start: tuple[ResourceQuantity, ...] | None, **end: str) -> Stretch:
    return Stretch(price=of, start=start, end=quantities(**end))


UNIT = price("unit", unit_price="2")


def test_each_resource_keeps_to_its_own_maximum_before_the_line_does() -> None:
    # a 60.00 and b 44.00 are above 40.00 each, c 10.00 is not: 104.00 become 2 × 40.00.
    assert capped("40", stretch(UNIT, None, a="30", b="22", c="5")) == [
        ("usage", "114.00"),
        ("maximum", "-24.00"),
    ]
    assert capped("40", stretch(UNIT, None, a="30", b="22", c="5"), maximum="50") == [
        ("usage", "114.00"),
        ("maximum", "-24.00"),
        ("maximum", "-40.00"),
    ]


def test_a_resource_at_its_maximum_is_not_cut() -> None:
    assert capped("40", stretch(UNIT, None, a="20", b="1")) == [("usage", "42.00")]


def test_resources_share_the_included_quantity_by_use() -> None:
    # 60 of 90 are rated, two thirds: a has 40 × 2 = 80.00, b 40.00.
    included = price("unit", unit_price="2", included_quantity="30")
    assert capped("50", stretch(included, None, a="60", b="30")) == [
        ("included", "0.00"),
        ("usage", "120.00"),
        ("maximum", "-30.00"),
    ]


def test_a_resource_counts_over_all_versions_of_the_period() -> None:
    # a: 10 × 2 + 10 × 4 = 60.00, b: 10 × 4 = 40.00; at most 50.00 each.
    dearer = price("unit", unit_price="4")
    first = stretch(UNIT, None, a="10")
    second = stretch(dearer, quantities(a="10"), a="20", b="10")
    assert capped("50", first, second) == [
        ("usage", "20.00"),
        ("usage", "80.00"),
        ("maximum", "-10.00"),
    ]


def test_nothing_used_is_nobodys_part() -> None:
    falling = stretch(UNIT, quantities(a="10", b="5"), a="5", b="10")
    assert capped("1", falling) == []


def test_a_discount_of_one_version_shows_with_the_other_too() -> None:
    cheaper = price("unit", unit_price="2", discount_rate="0.5")
    first = stretch(UNIT, None, a="10")
    second = stretch(cheaper, quantities(a="10"), a="20")
    assert lines_of(charge_of([first, second], Limits(), "EUR")) == [
        ("usage", "20.00"),
        ("discount", "0.00"),
        ("usage", "20.00"),
        ("discount", "-10.00"),
    ]


def test_days_of_a_detailed_line_come_in_a_pair() -> None:
    with pytest.raises(Faults, match="given together"):
        detail(days=3, period_days=None)
    with pytest.raises(Faults, match="period_days: is not above zero"):
        detail(days=3, period_days=0)


def detail(days: int | None, period_days: int | None) -> DetailedLine:
    return DetailedLine(
        kind=DetailKind.FEE,
        text="Fee",
        quantity=Decimal(1),
        unit_price=Decimal(1),
        days=days,
        period_days=period_days,
        amount=Decimal(1),
    )
