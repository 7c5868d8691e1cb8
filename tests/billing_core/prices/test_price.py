from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.prices import ChargeModel, Interval
from tests.billing_core.made import faults_in, price, tier

OPEN = tier("All", None, "1")


@pytest.mark.parametrize(
    ("model", "fields", "faults"),
    [
        ("flat", {}, ["fee"]),
        ("flat", {"fee": "5", "unit_price": "1"}, ["unit_price"]),
        ("flat", {"fee": "5", "meter": "gb"}, ["meter"]),
        ("flat", {"fee": "5", "anchor_month": 13}, ["anchor_month"]),
        ("one_off", {"fee": "5", "included_quantity": "1"}, ["included_quantity"]),
        ("one_off", {"fee": "-5"}, ["reason"]),
        ("one_off", {"fee": "NaN"}, ["fee"]),
        ("unit", {"unit_price": "1", "meter": None}, ["meter"]),
        ("unit", {"unit_price": "-1"}, ["unit_price"]),
        ("unit", {"unit_price": "NaN"}, ["unit_price"]),
        ("unit", {"unit_price": "1", "tiers": (OPEN,)}, ["tiers"]),
        ("unit", {"unit_price": "1", "flat_on_zero": True}, ["flat_on_zero"]),
        ("unit", {"unit_price": "1", "discount_rate": "1.01"}, ["discount_rate"]),
        ("unit", {"unit_price": "1", "minimum": "2", "maximum": "1"}, ["minimum"]),
        ("graduated", {}, ["tiers"]),
        ("graduated", {"tiers": (OPEN,), "maximum_per_resource": "1"}, ["maximum_per_resource"]),
        ("package", {"package_price": "1", "package_size": "0"}, ["package_size"]),
        ("package", {}, ["package_price", "package_size"]),
        ("markup", {"markup_rate": "-0.1"}, ["markup_rate"]),
        ("unit", {"unit_price": "1", "ends_on": date(2026, 1, 1)}, ["ends_on"]),
        ("unit", {"unit_price": "1", "code": "", "name": " "}, ["code", "name"]),
        ("unit", {"unit_price": "1", "thresholds": (Decimal(0),)}, ["thresholds"]),
        (
            "unit",
            {"unit_price": "1", "thresholds": (Decimal(1), Decimal("0.8"))},
            ["thresholds"],
        ),
    ],
)
def test_a_price_names_its_faults(model: str, fields: dict[str, Any], faults: list[str]) -> None:
    with pytest.raises(Faults) as raised:
        price(model, **fields)
    assert faults_in(raised.value) == faults


@pytest.mark.parametrize(
    ("tiers", "faults"),
    [
        ((tier("A", "10", "1"), tier("B", "20", "1")), ["tiers[1].up_to"]),
        ((tier("A", None, "1"), OPEN), ["tiers[0].up_to"]),
        ((tier("A", "10", "1"), tier("B", "10", "1"), OPEN), ["tiers[1].up_to"]),
        ((tier("A", "10", "1"), tier("B", "9", "1"), OPEN), ["tiers[1].up_to"]),
        ((tier("A", "0", "1"), OPEN), ["tiers[0].up_to"]),
        ((tier("A", "10", "1"), tier("A", None, "1")), ["tiers"]),
        ((tier("", "10", "-1", "-2"), OPEN),
         ["tiers[0].name", "tiers[0].unit_price", "tiers[0].flat_fee"]),
        ((tier("A", "NaN", "1"), OPEN), ["tiers[0].up_to"]),
        ((tier("A", "-1", "1"), OPEN), ["tiers[0].up_to", "tiers[0].up_to"]),
    ],
)  # fmt: skip
def test_tiers_are_contiguous_ascending_and_open_at_the_end(
    tiers: tuple[Any, ...], faults: list[str]
) -> None:
    with pytest.raises(Faults) as raised:
        price("graduated", tiers=tiers)
    assert faults_in(raised.value) == faults


def test_all_faults_of_a_price_are_raised_at_once() -> None:
    with pytest.raises(Faults, match="minimum: -1 is below zero; discount_rate: is above 1") as got:
        price("unit", code="", minimum="-1", discount_rate="2", tiers=(tier("A", "1", "1"),))
    assert faults_in(got.value) == [
        *("code", "unit_price", "tiers", "minimum", "discount_rate", "tiers[0].up_to"),
    ]


def test_a_fee_may_be_a_rebate() -> None:
    assert price("one_off", fee="-50", reason="Outage").fee == Decimal(-50)
    assert price("flat", fee="-50").fee == Decimal(-50)


@pytest.mark.parametrize(
    ("model", "given", "counts"),
    [
        ("unit", None, True),
        ("unit", False, False),
        ("flat", None, False),
        ("flat", True, True),
        ("one_off", None, False),
    ],
)
def test_usage_counts_toward_the_commitment_unless_agreed_otherwise(
    model: str, given: bool | None, counts: bool
) -> None:
    needed = {"unit_price": "1"} if model == "unit" else {"fee": "1"}
    assert price(model, counts_toward_commitment=given, **needed).counts is counts


def test_a_version_is_valid_from_its_start_to_before_its_end() -> None:
    version = price("flat", fee="1", starts_on=date(2026, 2, 1), ends_on=date(2026, 3, 1))
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
    assert [version.is_in_force(day) for day in days] == [False, True, True, False]


def test_models_and_intervals_know_what_they_are() -> None:
    assert [each.value for each in ChargeModel if not each.is_metered] == ["flat", "one_off"]
    assert [each.value for each in ChargeModel if each.is_tiered] == ["graduated", "volume"]
    assert [each.months for each in Interval] == [1, 3, 12]
