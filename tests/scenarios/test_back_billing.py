"""The back-billing limit, worked by hand: late charges lapse, credits never do.

A GB costs 1.00, the limit is 90 days. June 2026 was billed 100 GB::

    on the document of                               known now   billed   charged
    July        31 days after June's last day; +2       102         100       2.00
    September   92 days, so +12 is too late             114         102       0.00
    October     123 days; 5 are taken back              109         102       0.00  still above
    November    153 days; 20 are taken back              89         102     -13.00

The end of November 2026 is 90 days before that of February 2027: with a limit of 90 days that is
not yet too late; with one of 89 it is.

A late charge that stays uncharged takes nothing off a shortfall either: June with 150.00 committed
was billed 100.00 and a shortfall of 50.00, and both stay.
"""

from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.adjustment_rows import adjusting_rows
from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.metering import Measurement
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement
from tests.billing_core.made import AMSTERDAM, NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import adjusting, amounts_of, details_of, metered, totals_of

JUNE, JULY, AUGUST, SEPTEMBER = (
    month_period(f"2026-0{month}", AMSTERDAM) for month in (6, 7, 8, 9)
)
GB = meter()
STORAGE = price("unit", code="storage", unit_price="1")
HARBOUR = agreement(STORAGE)

BILLED = event(1, "2026-06-10T08:00", "100")
SOON = event(2, "2026-06-11T08:00", "2")
LATE = event(3, "2026-06-12T08:00", "12")
SMALLER = event(3, "2026-06-12T08:00", "7")  # takes the place of LATE
SMALLEST = event(1, "2026-06-10T08:00", "80")  # takes the place of BILLED


def issued(of: Agreement, period: BillingPeriod, *used: Measurement) -> Invoice:
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {GB: list(used)}),
        as_of=period.ends_at,
    )


def corrected(
    of: Agreement, period: BillingPeriod, known: list[Measurement], documents: dict[str, Invoice]
) -> Invoice:
    """A month without usage of its own that corrects June."""
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {GB: []}),
        as_of=period.ends_at,
        adjusted=[adjusting(of, JUNE, {GB: known}, documents, "gb")],
    )


def history() -> dict[str, Invoice]:
    """The documents of June to November."""
    documents = {"HARB-2026-0006": issued(HARBOUR, JUNE, BILLED)}
    for number, period, known in (
        (7, JULY, [BILLED, SOON]),
        (9, SEPTEMBER, [BILLED, SOON, LATE]),
        (10, OCTOBER, [BILLED, SOON, SMALLER]),
        (11, NOVEMBER, [SMALLEST, SOON, SMALLER]),
    ):
        documents[f"HARB-2026-{number:04}"] = corrected(HARBOUR, period, known, documents)
    return documents


def adjustments() -> list[InvoiceLine]:
    return [line for invoice in history().values() for line in invoice.lines if line.adjusts]


def test_each_document_charges_what_it_may_and_credits_what_it_must() -> None:
    assert [(str(line.amount), line.is_too_late) for line in adjustments()] == [
        ("2.00", False),
        ("0.00", True),
        ("0.00", True),
        ("-13.00", False),
    ]


def test_a_late_charge_is_shown_and_charges_nothing() -> None:
    late = adjustments()[1]
    assert details_of(late) == [
        ("recomputed", "1", "114.00", "0", "114.00"),
        ("billed_before", "1", "-100.00", "0", "-100.00"),
        ("billed_before", "1", "-2.00", "0", "-2.00"),
        ("too_late", "1", "-12.00", "0", "-12.00"),
    ]
    assert late.reason == "Too late: more than 90 days after June 2026, so nothing is charged"
    rows = adjusting_rows(late, Fraction(12))
    assert [(row.kind.value, str(row.amount)) for row in rows] == [
        ("others", "102"),
        ("billed_before", "-100"),
        ("billed_before", "-2"),
        ("too_late", "-12"),
    ]


def test_a_credit_has_no_limit_and_starts_from_what_was_billed() -> None:
    credited = adjustments()[-1]
    assert details_of(credited) == [
        ("recomputed", "1", "89.00", "0", "89.00"),
        ("billed_before", "1", "-100.00", "0", "-100.00"),
        ("billed_before", "1", "-2.00", "0", "-2.00"),
        ("billed_before", "1", "0.00", "0", "0.00"),
        ("billed_before", "1", "0.00", "0", "0.00"),
    ]


@pytest.mark.parametrize(("limit", "amount"), [(90, "5.00"), (89, "0.00")])
def test_the_last_day_of_the_limit_is_not_too_late(limit: int, amount: str) -> None:
    of = agreement(STORAGE, back_billing_days=limit)
    february = month_period("2027-02", AMSTERDAM)
    known = [event(1, "2026-11-10T08:00", "5")]
    again = adjusting(of, NOVEMBER, {GB: known}, {"HARB-2026-0011": issued(of, NOVEMBER)}, "gb")
    document = build_invoice(
        agreement=of,
        period=february,
        usage=metered(of, february, {GB: []}),
        as_of=february.ends_at,
        adjusted=[again],
    )
    assert str(document.lines[-1].amount) == amount


def test_the_limit_is_that_of_the_months_own_rate_card() -> None:
    strict = agreement(STORAGE, back_billing_days=0)
    documents = {"HARB-2026-0006": issued(HARBOUR, JUNE, BILLED)}
    again = adjusting(strict, JUNE, {GB: [BILLED, SOON]}, documents, "gb")
    document = build_invoice(
        agreement=HARBOUR,
        period=JULY,
        usage=metered(HARBOUR, JULY, {GB: []}),
        as_of=JULY.ends_at,
        adjusted=[again],
    )
    assert [line.is_too_late for line in document.lines] == [False, True]


def test_what_stays_uncharged_takes_nothing_off_the_shortfall() -> None:
    of = agreement(STORAGE, minimum_commitment=Decimal(150))
    documents = {"HARB-2026-0006": issued(of, JUNE, BILLED)}
    assert amounts_of(documents["HARB-2026-0006"]) == [
        ("storage", "100.00"),
        ("commitment-shortfall", "50.00"),
    ]
    september = corrected(of, SEPTEMBER, [BILLED, LATE], documents)
    assert [(line.price_code, line.is_too_late) for line in september.lines if line.adjusts] == [
        ("storage", True)
    ]
    assert totals_of(september)[0] == "150.00"


def test_a_shortfall_that_would_rise_too_late_is_shown_and_stays() -> None:
    # 20 GB less are credited; the shortfall would be 70.00 instead of 50.00.
    of = agreement(STORAGE, minimum_commitment=Decimal(150))
    documents = {"HARB-2026-0006": issued(of, JUNE, BILLED)}
    september = corrected(of, SEPTEMBER, [SMALLEST], documents)
    adjusted = [line for line in september.lines if line.adjusts]
    assert [(line.price_code, str(line.amount), line.is_too_late) for line in adjusted] == [
        ("storage", "-20.00", False),
        ("commitment-shortfall", "0.00", True),
    ]
