"""An agreement that ends with 20 November 2026, worked by hand.

**Known before** October's invoice: November's fee is charged for 20 of 30 days there, and the final
invoice has the usage to the 20th::

    October    base-platform   930.00 × 20 ÷ 30 = 620.00, less 10 %: -62.00              558.00
               m365-e3         7 × 11.00 × 20 ÷ 30 = 51.333…                              51.33
    November   compute-hours   1,200.5 to the 20th, 300 × 20 ÷ 30 = 200 included
                               1,000.5 × 0.10                                            100.05
               commitment      150.00 × 20 ÷ 30 = 100.00, met

**Learnt after** November's fee was billed: what is paid and unused is credited on November's
document, 10 of 30 days, and 41 of the 365 that a yearly fee paid for::

    October    base-platform   930.00, less 10 %: -93.00                                 837.00
               m365-e3         7 × 11.00                                                  77.00
    January    support-year    3,650.00 for the year                                   3,650.00
    November   base-platform   -930.00 × 10 ÷ 30 = -310.00, and 93.00 × 10 ÷ 30 = 31.00 -279.00
               m365-e3         -77.00 × 10 ÷ 30 = -25.666…                               -25.67
               support-year    -3,650.00 × 41 ÷ 365                                     -410.00
               compute-hours   as above                                                  100.05
               net                                                                      -614.62

Both ways the client has paid for the same days: 837.00 - 279.00 = 558.00, 77.00 - 25.67 = 51.33.

December has a document only because an event of the 18th came late: +50 h, 50 × 0.10 = 5.00.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing_core.invoicing import Invoice, InvoiceLine, LineKind, Timing, build_invoice
from billing_core.invoicing.document import DocumentKind
from billing_core.metering import Measurement
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, AgreementQuantity, Interval
from tests.billing_core.made import AMSTERDAM, NOVEMBER, OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import (
    adjusting,
    amounts_of,
    days_of,
    document,
    metered,
    services_of,
)

ENDS = date(2026, 11, 21)  # the first day no longer in the agreement
DECEMBER = NOVEMBER.next()
JANUARY = month_period("2027-01", AMSTERDAM)
BEFORE_THE_YEAR = month_period("2025-12", AMSTERDAM)
COMPUTE = meter(code="compute-hours", name="Compute", unit="h")

OPEN = agreement(
    price("flat", code="base-platform", fee="930", discount_rate="0.1", reason="Framework 2026"),
    price("flat", code="m365-e3", fee="11", per_agreement_quantity=True),
    price(
        "unit",
        code="compute-hours",
        meter="compute-hours",
        unit_price="0.10",
        included_quantity="300",
    ),
    starts_on=date(2025, 1, 1),
    quantities=(
        AgreementQuantity(price_code="m365-e3", starts_on=date(2025, 1, 1), quantity=Decimal(7)),
    ),
    minimum_commitment=Decimal(150),
)
ENDED = replace(OPEN, ends_on=ENDS)
YEARLY = price("flat", code="support-year", fee="3650", interval=Interval.YEAR)
OPEN_WITH_YEAR = replace(OPEN, prices=(*OPEN.prices, YEARLY))
ENDED_WITH_YEAR = replace(OPEN_WITH_YEAR, ends_on=ENDS)

USED = [
    event(1, "2026-11-20T22:59:59.999999", "1200.5"),  # the last instant of the 20th
    event(2, "2026-11-20T23:00", "99"),  # the first of the 21st: nobody's
]
LATE = event(3, "2026-11-18T08:00", "50")


def built(
    of: Agreement,
    period: BillingPeriod,
    used: list[Measurement],
    **told: Any,  # noqa: ANN401 - what else is told of an invoice
) -> Invoice:
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {COMPUTE: used}),
        as_of=period.ends_at,
        **told,
    )


def billed_fees() -> list[InvoiceLine]:
    """The fixed lines that go on beyond the 20th, as they were billed while no end was known."""
    earlier = [built(OPEN_WITH_YEAR, each, []) for each in (BEFORE_THE_YEAR, OCTOBER)]
    lines = (line for invoice in earlier for line in invoice.lines)
    return [line for line in lines if line.kind is LineKind.FIXED and line.service_to >= ENDS]


def final() -> Invoice:
    return built(ENDED_WITH_YEAR, NOVEMBER, USED, billed_fees=billed_fees())


def test_an_end_that_is_known_is_charged_to_its_day() -> None:
    assert services_of(built(ENDED, OCTOBER, []))[:2] == [
        ("base-platform", "2026-11-01 to 2026-11-20", "558.00"),
        ("m365-e3", "2026-11-01 to 2026-11-20", "51.33"),
    ]
    november = built(ENDED, NOVEMBER, USED)
    assert services_of(november) == [
        ("compute-hours", "2026-11-01 to 2026-11-20", "100.05"),
    ]
    assert november.title == "November usage, final invoice"


def test_an_end_learnt_later_credits_what_is_paid_and_unused() -> None:
    assert [(line.price_code, str(line.amount)) for line in billed_fees()] == [
        ("support-year", "3650.00"),
        ("base-platform", "837.00"),
        ("m365-e3", "77.00"),
    ]
    assert services_of(final()) == [
        ("support-year", "2026-11-21 to 2026-12-31", "-410.00"),
        ("base-platform", "2026-11-21 to 2026-11-30", "-279.00"),
        ("m365-e3", "2026-11-21 to 2026-11-30", "-25.67"),
        ("compute-hours", "2026-11-01 to 2026-11-20", "100.05"),
    ]
    assert str(final().net) == "-614.62"
    assert final().title == "November usage and fee, final invoice"
    assert document(final()).kind is DocumentKind.CREDIT_NOTE


def test_the_credit_shows_days_and_discount() -> None:
    base = final().lines[1]
    assert days_of(base) == [
        ("change_credit", "-1", "930", 10, 30, "-310.00"),
        ("discount", "-930", "-0.1", 10, 30, "31.00"),
    ]
    assert [each.text for each in base.detailed_lines] == [
        "Unused from 2026-11-21 to 2026-11-30, credited: Flat: 2026-11-01 to 2026-11-30",
        "Unused from 2026-11-21 to 2026-11-30, taken back: Discount of 10 %: Framework 2026",
    ]
    assert base.reason == "Paid in advance, not served from 2026-11-21"
    assert (base.kind, base.timing) == (LineKind.FIXED, Timing.IN_ARREARS)


def test_after_the_end_a_document_only_adjusts_and_credits_nothing_twice() -> None:
    documents = {"HARB-2026-0012": final()}
    known = [*USED, LATE]
    credited = [line for line in final().lines if line.kind is LineKind.FIXED]
    later = build_invoice(
        agreement=ENDED_WITH_YEAR,
        period=DECEMBER,
        usage={},
        as_of=DECEMBER.ends_at,
        adjusted=[
            adjusting(ENDED_WITH_YEAR, NOVEMBER, {COMPUTE: known}, documents, "compute-hours")
        ],
        billed_fees=[*billed_fees(), *credited],
    )
    assert amounts_of(later) == [("compute-hours", "5.00")]
    assert later.title == "Adjustments of November 2026"


def test_an_end_in_a_later_month_waits_for_its_document() -> None:
    # Known in November to end with 10 December: 21 of 365 days of the year are left.
    later = replace(OPEN_WITH_YEAR, ends_on=date(2026, 12, 11))
    november = built(later, NOVEMBER, [], billed_fees=billed_fees())
    assert [str(line.amount) for line in november.lines if line.amount < 0] == []
    december = built(later, DECEMBER, [], billed_fees=billed_fees())
    assert services_of(december)[0] == (*("support-year", "2026-12-11 to 2026-12-31", "-210.00"),)


def test_a_month_after_the_end_has_nothing_of_its_own() -> None:
    assert (
        build_invoice(
            agreement=ENDED_WITH_YEAR, period=JANUARY, usage={}, as_of=JANUARY.ends_at
        ).lines
        == ()
    )
