"""A correction that turns an invoice into a credit note, worked by hand.

September 2026 was billed with 12,000 GB, a slip of the decimal point. In October an event takes its
place that says 1,200. October itself has 2,000 GB and November's fee of 1,000.00::

    storage, October             2,000 × 0.50                                       1,000.00
    base-platform, November                                                         1,000.00
    storage, September as known now                  1,200 × 0.50 =   600.00
                       less HARB-2026-0009          12,000 × 0.50 = 6,000.00       -5,400.00
    net                                                                            -3,400.00
    VAT                         -3,400.00 × 0.21                                     -714.00
    gross                                                                          -4,114.00
"""

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice, build_invoice
from billing_core.invoicing.document import DocumentKind
from billing_core.period import month_period
from tests.billing_core.made import (
    AMSTERDAM,
    OCTOBER,
    agreement,
    event,
    faults_in,
    meter,
    price,
)
from tests.scenarios.worked import VAT, adjusting, amounts_of, document, metered, totals_of

SEPTEMBER = month_period("2026-09", AMSTERDAM)
GB = meter()
HARBOUR = agreement(
    price("flat", code="base-platform", fee="1000"),
    price("unit", code="storage", unit_price="0.50"),
    tax_code="NL-21",
)
WRONG = event(1, "2026-09-10T08:00", "12000")
RIGHT = event(2, "2026-09-10T08:00", "1200")


def september() -> Invoice:
    return build_invoice(
        agreement=HARBOUR,
        period=SEPTEMBER,
        usage=metered(HARBOUR, SEPTEMBER, {GB: [WRONG]}),
        as_of=SEPTEMBER.ends_at,
        tax_rates=[VAT],
    )


def october() -> Invoice:
    issued = {"HARB-2026-0009": september()}
    return build_invoice(
        agreement=HARBOUR,
        period=OCTOBER,
        usage=metered(HARBOUR, OCTOBER, {GB: [event(3, "2026-10-02T08:00", "2000")]}),
        as_of=OCTOBER.ends_at,
        adjusted=[adjusting(HARBOUR, SEPTEMBER, {GB: [RIGHT]}, issued, "gb")],
        tax_rates=[VAT],
    )


def test_a_correction_is_credited_in_full_on_the_next_document() -> None:
    assert amounts_of(september()) == [("base-platform", "1000.00"), ("storage", "6000.00")]
    assert amounts_of(october()) == [
        ("base-platform", "1000.00"),
        ("storage", "1000.00"),
        ("storage", "-5400.00"),
    ]
    assert totals_of(october()) == ("-3400.00", "-714.00", "-4114.00")


def test_a_document_below_zero_is_a_credit_note_and_nothing_else() -> None:
    assert document(october()).kind is DocumentKind.CREDIT_NOTE
    with pytest.raises(Faults) as raised:
        document(october(), kind=DocumentKind.INVOICE)
    assert faults_in(raised.value) == ["kind"]
