"""What an amount is more than another, by hand."""

from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.difference import Difference, difference


@pytest.mark.parametrize(
    ("now", "before", "more", "share"),
    [
        ("1050.00", "1000.00", "50.00", Fraction(1, 20)),
        ("950.00", "1000.00", "-50.00", Fraction(-1, 20)),
        ("1000.00", "1000.00", "0.00", Fraction(0)),
        ("-80.00", "-100.00", "20.00", Fraction(1, 5)),
        ("50.00", "-100.00", "150.00", Fraction(3, 2)),
        ("10.00", "0.00", "10.00", None),
        ("12345678901234567.01", "0.02", "12345678901234566.99", Fraction(1234567890123456699, 2)),
    ],
)  # fmt: skip
def test_the_difference_and_its_share_of_what_was_before(
    now: str, before: str, more: str, share: Fraction | None
) -> None:
    found = difference(Decimal(now), Decimal(before))
    assert found == Difference(amount=Decimal(more), share=share)
    assert str(found.amount) == more
