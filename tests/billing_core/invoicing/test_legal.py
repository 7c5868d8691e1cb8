"""A legal invoice of another system: what it has to say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing.legal import LegalInvoice

LEGAL = LegalInvoice(
    client="harbour",
    period="2026-10",
    number="2026/1044",
    issued_on=date(2026, 11, 5),
    currency="EUR",
    net=Decimal("30.25"),
    gross=Decimal("36.60"),
)


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
