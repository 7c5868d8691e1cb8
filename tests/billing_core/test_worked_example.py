from typing import Any

import pytest

from billing_core.worked_example import worked_example
from tests.billing_core.made import price, tier


@pytest.mark.parametrize(
    ("model", "fields", "quantity", "amounts"),
    [
        ("graduated", {"tiers": (tier("A", "100", "2"), tier("B", "200", "1"),
                                 tier("C", None, "3"))}, "150", ["200.00", "50.00"]),
        ("graduated", {"tiers": (tier("A", "100", "2"), tier("B", None, "1")),
                       "included_quantity": "20"}, "145", ["0.00", "200.00", "25.00"]),
        ("volume", {"tiers": (tier("A", None, "2"),)}, "100", ["200.00"]),
        ("volume", {"tiers": (tier("A", "2.5", "2"), tier("B", None, "1"))}, "3.125", ["3.13"]),
        ("graduated", {"tiers": (tier("A", "10", "2"), tier("B", "10.5", "1"),
                                 tier("C", None, "1"))}, "10.25", ["20.00", "0.25"]),
        ("unit", {"unit_price": "0.05"}, "100", ["5.00"]),
        ("unit", {"unit_price": "0.05", "included_quantity": "100"}, "150", ["0.00", "2.50"]),
        ("package", {"package_size": "10", "package_price": "7", "free_quantity": "5"},
         "30", ["21.00"]),
        ("markup", {"markup_rate": "0.1"}, "100", ["100.00", "10.00"]),
        ("flat", {"fee": "20"}, "1", ["20.00"]),
        ("flat", {"fee": "20", "per_agreement_quantity": True}, "10", ["200.00"]),
        ("one_off", {"fee": "20", "quantity": "3"}, "3", ["60.00"]),
    ],
)  # fmt: skip
def test_the_example_of_a_price_shows_how_it_works(
    model: str, fields: dict[str, Any], quantity: str, amounts: list[str]
) -> None:
    example = worked_example(price(model, **fields), "EUR")
    assert str(example.quantity) == quantity
    assert [str(detail.amount) for detail in example.detailed_lines] == amounts
    assert example.amount == sum(detail.amount for detail in example.detailed_lines)


def test_the_example_reaches_into_the_burst_tier() -> None:
    burst = tier("Burst", None, "3")
    tiers = (tier("A", "100", "1"), tier("B", "200", "1"), type(burst)(
        name="Burst", up_to=None, unit_price=burst.unit_price, burst=True))  # fmt: skip
    assert str(worked_example(price("graduated", tiers=tiers), "EUR").quantity) == "250"
