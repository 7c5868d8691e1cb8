from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.taxes import TaxRate
from tests.billing_core.invoicing.test_document import NOON, document, invoice
from tests.billing_core.test_taxes import rate

WHY = "The seats were returned in September"
REMAIN = "remain of Base on HARB-2026-0007"
ITSELF = "HARB-2026-0007 is itself a credit note, of HARB-2026-0003"


def issued(*amounts: str) -> Document:
    return document(invoice(*amounts))


def credited(
    original: Document,
    named: dict[int, str] | None,
    before: dict[int, str] | None = None,
    reason: str = WHY,
    rates: tuple[TaxRate, ...] = (rate(),),
) -> Invoice:
    wanted = None if named is None else {n: Decimal(amount) for n, amount in named.items()}
    return credit_note(
        original,
        credits=wanted,
        credited={n: Decimal(amount) for n, amount in (before or {}).items()},
        reason=reason,
        as_of=NOON,
        tax_rates=rates,
    )


@pytest.mark.parametrize(
    ("named", "before", "fault"),
    [
        ({2: "20.16"}, {}, f"lines[2]: 20.16 is more than the 20.15 that {REMAIN}"),
        ({2: "0.16"}, {2: "20.00"}, f"lines[2]: 0.16 is more than the 0.15 that {REMAIN}"),
        ({2: "0.01"}, {2: "20.15"}, f"lines[2]: 0.01 is more than the 0.00 that {REMAIN}"),
        ({3: "1.00"}, {}, f"lines[3]: 1.00 is more than the 0 that {REMAIN}"),
        ({9: "1"}, {}, "lines[9]: HARB-2026-0007 has no such line"),
        ({1: "0"}, {}, "lines[1]: 0 is not above zero; a credit is written as a positive amount"),
        ({1: "-1"}, {}, "lines[1]: -1 is not above zero; a credit is written as a positive amount"),
        ({1: "0.001"}, {}, "lines[1]: 0.001 has more than 2 decimals"),
        ({1: "NaN"}, {}, "lines[1]: NaN is not a finite number"),
        ({}, {}, "credits: are none: name lines of HARB-2026-0007 of which something remains"),
    ],
)  # fmt: skip
def test_a_credit_that_can_not_be_says_what_and_where(
    named: dict[int, str], before: dict[int, str], fault: str
) -> None:
    with pytest.raises(Faults) as raised:
        credited(issued("10.10", "20.15", "-5.00"), named, before)
    assert [str(each) for each in raised.value.faults] == [fault]


def test_all_faults_of_a_credit_note_are_raised_at_once() -> None:
    original = document(
        invoice("10.10", "20.15"),
        kind=DocumentKind.CREDIT_NOTE,
        corrects="HARB-2026-0003",
        reason="Dispute",
    )
    with pytest.raises(Faults) as raised:
        credited(original, {1: "11", 9: "1"}, reason=" ")
    assert [str(each) for each in raised.value.faults] == [
        f"document: {ITSELF}: what is wrong in it is billed anew",
        "reason: is missing: say what was wrong",
        f"lines[1]: 11 is more than the 10.10 that {REMAIN}",
        "lines[9]: HARB-2026-0007 has no such line",
    ]


def test_a_reason_is_a_text_that_can_be_stored() -> None:
    with pytest.raises(Faults, match="reason: has a sign that can't be stored"):
        credited(issued("10.10"), None, reason="\x00")


def test_a_credit_note_is_named_after_the_month_that_it_credits() -> None:
    assert credited(issued("10.00"), None).title == "Credit for October 2026"


def test_lines_are_credited_in_the_order_of_the_document() -> None:
    note = credited(issued("10.10", "20.15", "30.00"), {3: "1", 1: "2"})
    assert [(line.number, line.credits_line, str(line.amount)) for line in note.lines] == [
        (1, 1, "-2.00"),
        (2, 3, "-1.00"),
    ]


def test_a_line_of_nothing_is_credited_once_with_the_rest() -> None:
    note = credited(issued("0.00", "20.15"), None)
    assert [str(line.amount) for line in note.lines] == ["0.00", "-20.15"]
    assert [
        str(line.amount) for line in credited(issued("0.00", "20.15"), None, {1: "0"}).lines
    ] == ["-20.15"]


def test_a_document_of_nothing_can_be_credited_to_be_billed_again() -> None:
    note = credited(issued("0.00"), None)
    assert [(line.credits_line, str(line.amount)) for line in note.lines] == [(1, "0.00")]
    empty = document(replace(invoice("1.00"), lines=(), taxes=()))
    assert credited(empty, None).lines == ()


def test_a_document_below_zero_can_be_credited_whole() -> None:
    original = document(invoice("-10.10", "5.00"), kind=DocumentKind.CREDIT_NOTE)
    assert str(credited(original, None).gross) == "6.17"  # 5.10 + 1.07


def test_a_credit_keeps_the_rate_of_the_service_days() -> None:
    risen = date(2026, 11, 1)
    rates = (
        replace(rate(), ends_on=risen),
        replace(rate(), name="VAT 22 %", rate=Decimal("0.22"), starts_on=risen),
    )
    note = credited(issued("100.00"), {1: "10"}, rates=rates)
    assert [(each.name, str(each.tax)) for each in note.taxes] == [("VAT NL-21", "-2.10")]


def test_a_credit_without_the_rate_of_its_line_is_refused() -> None:
    with pytest.raises(LookupError, match="NL-21 has no rate on 2026-10-31"):
        credited(issued("10.10"), None, rates=())
