"""A legal invoice of another system beside what is computed here."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing.legal import LegalInvoice, difference_from
from billing_core.money import CurrencyMismatch
from tests.billing_core.invoicing.test_document import invoice

LEGAL = LegalInvoice(
    client="harbour",
    period="2026-10",
    number="2026/1044",
    issued_on=date(2026, 11, 5),
    currency="EUR",
    net=Decimal("30.25"),
    gross=Decimal("36.60"),
)
COMPUTED = invoice("10.10", "20.15")  # net 30.25, tax 6.35


def test_the_same_totals_differ_by_nothing() -> None:
    difference = difference_from(LEGAL, COMPUTED)
    assert (difference.net, difference.gross) == (Decimal(0), Decimal(0))
    assert difference.is_none


def test_totals_below_the_computed_ones_differ_by_less_than_zero() -> None:
    lower = replace(LEGAL, net=Decimal("30.15"), gross=Decimal("36.48"))
    difference = difference_from(lower, COMPUTED)
    assert (difference.net, difference.gross) == (Decimal("-0.10"), Decimal("-0.12"))
    assert not difference.is_none


def test_a_difference_in_tax_alone_is_one() -> None:
    assert not difference_from(replace(LEGAL, gross=Decimal("36.61")), COMPUTED).is_none


def test_two_currencies_are_not_compared() -> None:
    with pytest.raises(CurrencyMismatch, match="USD and EUR can't be compared"):
        difference_from(replace(LEGAL, currency="USD"), COMPUTED)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"client": ""}, "client: is empty"),
        ({"number": " "}, "number: is empty"),
        ({"currency": "EURO"}, "currency: 'EURO' is not an ISO 4217 code"),
        ({"net": Decimal("1.005")}, "net: has more than 2 decimals"),
        ({"gross": Decimal("NaN")}, "gross: is not a finite number"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        replace(LEGAL, **fields)  # type: ignore[arg-type]  # what is wrong is the point
