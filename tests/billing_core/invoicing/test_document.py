"""What a document must say of itself, and that an invoice's taxes fit its lines."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.taxes import tax_lines
from tests.billing_core.made import OCTOBER
from tests.billing_core.test_taxes import line, rate

FERNHILL = Party(name="Fernhill Managed Services, Inc.", country="US")
HARBOUR = Party(name="Harbour Freight B.V.", country="NL")
NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)


def invoice(*amounts: str) -> Invoice:
    lines = [replace(line(each, "NL-21"), number=n) for n, each in enumerate(amounts, start=1)]
    return Invoice(
        client="harbour",
        agreement="HARB-2026",
        period=OCTOBER,
        currency="EUR",
        as_of=NOON,
        lines=tuple(lines),
        taxes=tax_lines(lines, [rate()], "EUR"),
    )


def document(built: Invoice, **fields: Any) -> Document:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "number": "HARB-2026-0007",
        "kind": DocumentKind.INVOICE,
        "issuer": FERNHILL,
        "client": HARBOUR,
        "issued_at": NOON,
        "issued_on": date(2026, 11, 4),
        "due_on": date(2026, 12, 4),
        "invoice": built,
    }
    return Document(**{**values, **fields})


def test_net_and_tax_are_gross() -> None:
    built = invoice("10.10", "20.15")
    assert (built.net, built.tax, built.gross) == (
        Decimal("30.25"),
        Decimal("6.35"),
        Decimal("36.60"),
    )
    assert document(built).invoice is built


def test_a_tax_that_is_not_net_times_rate_is_refused() -> None:
    built = invoice("10.00")
    wrong = replace(built.taxes[0], tax=Decimal("2.11"))
    with pytest.raises(Faults, match=r"taxes\[0\]\.tax: is not net × rate, rounded"):
        replace(built, taxes=(wrong,))


def test_a_tax_on_other_lines_is_refused() -> None:
    built = invoice("10.00")
    wrong = replace(built.taxes[0], net=Decimal("20.00"), tax=Decimal("4.20"))
    with pytest.raises(Faults, match="taxes: are not on the sum of the lines that bear tax"):
        replace(built, taxes=(wrong,))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": ""}, "number: is empty"),
        ({"issued_at": NOON.replace(tzinfo=None)}, "issued_at: is not an instant in UTC"),
        ({"due_on": date(2026, 11, 3)}, "due_on: is before issued_on"),
        (
            {"corrects": "HARB-2026-0006", "reason": "Twice"},
            "corrects: only a credit note corrects",
        ),
        (
            {"kind": DocumentKind.CREDIT_NOTE, "corrects": "HARB-2026-0006"},
            "reason: is missing: say what was wrong",
        ),
    ],
)
def test_a_document_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Faults) as refused:
        document(invoice("1.00"), **fields)
    assert sentence in str(refused.value)


def test_lines_that_bear_tax_need_its_amounts() -> None:
    with pytest.raises(Faults, match=r"invoice\.taxes: are missing, though lines have a tax code"):
        document(replace(invoice("10.00"), taxes=()))


def test_a_negative_total_is_a_credit_note() -> None:
    with pytest.raises(Faults, match="kind: is invoice, but a negative total is a credit note"):
        document(invoice("-1.00"))
    assert document(invoice("-1.00"), kind=DocumentKind.CREDIT_NOTE).invoice.gross < 0
