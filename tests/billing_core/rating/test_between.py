from fractions import Fraction

import pytest

from billing_core.rating.models import amount_between, portions_between
from tests.billing_core.made import price, tier

TIERS = (tier("Base", "100", "2", "10"), tier("More", None, "1", "5"))


@pytest.mark.parametrize(
    ("model", "start", "end", "parts"),
    [
        ("graduated", "80", "120", [("Base", "20", "0"), ("More", "20", "5")]),
        ("graduated", "120", "80", [("Base", "-20", "0"), ("More", "-20", "-5")]),
        ("graduated", "100", "100", []),
        ("graduated", "100", "101", [("More", "1", "5")]),
        ("graduated", "0", "1", [("Base", "1", "10")]),
        ("volume", "80", "120", [("Base", "-80", "-10"), ("More", "120", "5")]),
    ],
)
def test_the_way_from_one_quantity_to_another_has_portions(
    model: str, start: str, end: str, parts: list[tuple[str, str, str]]
) -> None:
    found = portions_between(price(model, tiers=TIERS), Fraction(start), Fraction(end))
    assert [(each.tier, str(each.quantity), str(each.flat_fee)) for each in found] == parts


def test_from_nothing_counts_the_fee_at_zero_usage_and_from_zero_does_not() -> None:
    due = price("graduated", tiers=TIERS, flat_on_zero=True)
    assert amount_between(due, None, Fraction(5)) == 20
    assert amount_between(due, Fraction(0), Fraction(5)) == 10


def test_a_fee_at_zero_usage_that_falls_due_at_the_start_is_counted_once() -> None:
    due = price("graduated", tiers=TIERS, flat_on_zero=True)
    assert amount_between(due, Fraction(0), Fraction(0), fee_falls_due=True) == 10
    assert amount_between(due, Fraction(0), Fraction(5), fee_falls_due=True) == 20
    assert amount_between(due, Fraction(1), Fraction(5), fee_falls_due=True) == 8
