"""What documents of earlier months billed, told from the documents.

October was billed with HARB-2026-0010 (storage 120.00) and corrected by 4.00 in HARB-2026-0011 of
November; a dispute took 20.00 off the one and 1.00 off the other.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing_core.invoicing import SHORTFALL_CODE, BilledAmount, Invoice, InvoiceLine, LineKind
from billing_core.invoicing.billed_before import (
    billed_for,
    credited_for,
    credited_of,
    fees_billed_beyond,
    standing,
)
from billing_core.invoicing.document import Document
from billing_core.invoicing.invoice import Timing
from billing_core.period import BillingPeriod
from billing_core.prices import ChargeModel
from billing_core.rating import DetailedLine, DetailKind
from tests.billing_core.made import NOVEMBER, OCTOBER
from tests.scenarios.worked import document


def line(code: str, amount: str, **fields: Any) -> InvoiceLine:  # noqa: ANN401 - any field
    detail = DetailedLine(
        kind=DetailKind.USAGE,
        text=code,
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        flat_fee=Decimal(0),
        amount=Decimal(amount),
    )
    values: dict[str, Any] = {
        "number": 1,
        "kind": LineKind.VARIABLE,
        "model": ChargeModel.UNIT,
        "timing": Timing.IN_ARREARS,
        "service_from": OCTOBER.first_day,
        "service_to": OCTOBER.last_day,
        "meter": "gb",
    }
    return InvoiceLine(
        price_code=code,
        name=code,
        detailed_lines=(detail,),
        amount=Decimal(amount),
        **{**values, **fields},
    )


def issued(
    number: str,
    lines: Iterable[InvoiceLine],
    period: BillingPeriod = OCTOBER,
    *,
    agreement: str = "main",
    **fields: Any,  # noqa: ANN401 - of a document
) -> Document:
    invoice = Invoice(
        client="harbour",
        agreement=agreement,
        period=period,
        currency="EUR",
        as_of=period.ends_at,
        lines=tuple(lines),
    )
    return document(invoice, number, **fields)


FEE: dict[str, Any] = {
    "meter": None,
    "kind": LineKind.FIXED,
    "model": ChargeModel.FLAT,
    "service_from": NOVEMBER.first_day,
    "service_to": NOVEMBER.last_day,
}
ORIGINAL = issued(
    "HARB-2026-0010",
    [
        line("base", "1000.00", **FEE),
        line("storage", "120.00", number=2),
        line("setup", "50.00", number=3, meter=None),
        line(SHORTFALL_CODE, "30.00", number=4, meter=None, model=None),
    ],
)
NEXT = issued(
    "HARB-2026-0011",
    [line("storage", "99.00"), line("storage", "4.00", number=2, adjusts="2026-10")],
    NOVEMBER,
)
REASON: dict[str, Any] = {"reason": "Disputed"}
NOTE = issued(
    "HARB-2026-0012",
    [line("storage", "-20.00", credits_line=2)],
    corrects="HARB-2026-0010",
    **REASON,
)
NOTE_OF_NEXT = issued(
    "HARB-2026-0013",
    [line("storage", "-1.00", credits_line=2), line("x", "-2.00", number=2, credits_line=1)],
    NOVEMBER,
    corrects="HARB-2026-0011",
    **REASON,
)
REPLACEMENT = issued(
    "HARB-2026-0014", [line("storage", "96.00")], replaces="HARB-2026-0010", **REASON
)
ALL = (ORIGINAL, NEXT, NOTE, NOTE_OF_NEXT)


def billed(number: str, amount: str) -> BilledAmount:
    return BilledAmount(document=number, amount=Decimal(amount))


def test_a_month_was_billed_by_its_own_document_and_those_that_adjust_it() -> None:
    assert billed_for("2026-10", ALL) == {
        "storage": (billed("HARB-2026-0010", "120.00"), billed("HARB-2026-0011", "4.00")),
        SHORTFALL_CODE: (billed("HARB-2026-0010", "30.00"),),
    }
    assert billed_for("2026-11", ALL) == {"storage": (billed("HARB-2026-0011", "99.00"),)}


def test_what_credit_notes_took_off_a_month_is_told_apart() -> None:
    assert credited_for("2026-10", ALL) == {"storage": Decimal("21.00")}
    assert credited_for("2026-11", ALL) == {"storage": Decimal("2.00")}


def test_what_credit_notes_took_off_a_document_is_told_by_line() -> None:
    again = issued(
        "HARB-2026-0015",
        [line("storage", "-5.00", credits_line=2)],
        corrects="HARB-2026-0010",
        **REASON,
    )
    assert credited_of(ORIGINAL, (*ALL, again)) == {2: Decimal("25.00")}
    assert credited_of(NEXT, ALL) == {2: Decimal("1.00"), 1: Decimal("2.00")}
    odd = issued("HARB-2026-0016", [line("a", "-5.00")], corrects="HARB-2026-0010", **REASON)
    assert credited_of(ORIGINAL, [odd]) == {}


def test_a_document_that_was_billed_again_stands_no_more_nor_does_its_credit_note() -> None:
    kept = standing((*ALL, REPLACEMENT))
    assert [each.number for each in kept] == [
        "HARB-2026-0011",
        "HARB-2026-0013",
        "HARB-2026-0014",
    ]
    assert billed_for("2026-10", kept)["storage"] == (
        billed("HARB-2026-0011", "4.00"),
        billed("HARB-2026-0014", "96.00"),
    )
    assert credited_for("2026-10", kept) == {"storage": Decimal("1.00")}


def test_fees_billed_beyond_are_fixed_lines_of_the_same_agreement() -> None:
    other = issued("OTHER-2026-0001", [line("base", "7.00", **FEE)], agreement="other")
    found = fees_billed_beyond(NOVEMBER, "main", (ORIGINAL, other))
    assert [(each.price_code, str(each.amount)) for each in found] == [("base", "1000.00")]
    assert fees_billed_beyond(NOVEMBER.next(), "main", (ORIGINAL, other)) == ()
