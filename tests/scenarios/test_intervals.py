"""Fees of a quarter and a year with their anchors, from March to October 2026, worked by hand.

The agreement starts on 11 March 2026. Quarters start in February, years in April; four seats are
ten from 15 June. Each document has what starts in its month, and what starts with the next::

    March      quarter   11 March to 30 April   51 of 89 days    890.00 × 51 ÷ 89         510.00
               seats                            4 × 92.00 × 51 ÷ 89 = 210.876…            210.88
               year      11 to 31 March         21 of 365 days  3,650.00 × 21 ÷ 365       210.00
               year      April to March 2027                                            3,650.00
    April      quarter   May to July                                                      890.00
               seats                            4 × 92.00                                 368.00
    May        nothing
    June       seats     15 June to 31 July     47 of 92 days
                         -4 × 92.00 × 47 ÷ 92 = -188.00,  10 × 92.00 × 47 ÷ 92 = 470.00   282.00
    July       quarter   August to October                                                890.00
               seats                            10 × 92.00                                920.00
    August     nothing

From 15 September the year is paid by quarters. September's document credits 15 September to
31 March, 198 of 365 days, and charges 15 September to 31 October, 47 of 92 days of the quarter::

               year      -3,650.00 × 198 ÷ 365                                         -1,980.00
                            920.00 ×  47 ÷  92                                            470.00
                                                                                       -1,510.00

When it is learnt in October that the agreement ends with the 24th, seven days of October are unused
of what is paid for the quarter, and the credit of the year's rest stays::

    October    quarter   25 to 31 October        7 of 92 days   -890.00 × 7 ÷ 92 = -67.717…   -67.72
               seats                            -10 × 92.00 × 7 ÷ 92                       -70.00
               year      -920.00 × 7 ÷ 92                                                  -70.00
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.period import month_period
from billing_core.prices import Agreement, AgreementQuantity, Interval
from tests.billing_core.made import AMSTERDAM, agreement, price
from tests.scenarios.worked import days_of, services_of

STARTS = date(2026, 3, 11)
CHANGE = date(2026, 9, 15)
SEATS = [(STARTS, 4), (date(2026, 6, 15), 10)]
HARBOUR = agreement(
    price("flat", code="quarter", fee="890", interval=Interval.QUARTER, anchor_month=2),
    price(
        "flat",
        code="seats",
        fee="92",
        interval=Interval.QUARTER,
        anchor_month=2,
        per_agreement_quantity=True,
    ),
    price("flat", code="year", fee="3650", interval=Interval.YEAR, anchor_month=4, ends_on=CHANGE),
    price(
        "flat",
        code="year",
        fee="920",
        interval=Interval.QUARTER,
        anchor_month=2,
        starts_on=CHANGE,
    ),
    starts_on=STARTS,
    quantities=tuple(
        AgreementQuantity(price_code="seats", starts_on=day, quantity=Decimal(count))
        for day, count in SEATS
    ),
)
#: As it was known before the change of the year's interval was agreed.
UNCHANGED = replace(
    HARBOUR,
    prices=(*HARBOUR.prices[:2], replace(HARBOUR.prices[2], ends_on=None)),
)


def document_of(month: int, *billed_fees: InvoiceLine, of: Agreement | None = None) -> Invoice:
    period = month_period(f"2026-{month:02}", AMSTERDAM)
    known = UNCHANGED if month < 9 else HARBOUR
    return build_invoice(
        agreement=of or known,
        period=period,
        usage={},
        as_of=period.ends_at,
        billed_fees=billed_fees,
    )


def test_the_first_document_has_the_rests_of_quarter_and_year() -> None:
    assert services_of(document_of(3)) == [
        ("quarter", "2026-03-11 to 2026-04-30", "510.00"),
        ("seats", "2026-03-11 to 2026-04-30", "210.88"),
        ("year", "2026-03-11 to 2026-03-31", "210.00"),
        ("year", "2026-04-01 to 2027-03-31", "3650.00"),
    ]


def test_a_quarter_is_charged_on_the_document_before_it() -> None:
    assert services_of(document_of(4)) == [
        ("quarter", "2026-05-01 to 2026-07-31", "890.00"),
        ("seats", "2026-05-01 to 2026-07-31", "368.00"),
    ]
    assert services_of(document_of(7)) == [
        ("quarter", "2026-08-01 to 2026-10-31", "890.00"),
        ("seats", "2026-08-01 to 2026-10-31", "920.00"),
    ]


def test_a_change_inside_a_quarter_is_for_the_days_left_of_it() -> None:
    (line,) = document_of(6).lines
    assert days_of(line) == [
        ("change_credit", "-4", "92", 47, 92, "-188.00"),
        ("change_charge", "10", "92", 47, 92, "470.00"),
    ]


def test_in_the_months_between_there_is_nothing_to_pay() -> None:
    assert [services_of(document_of(month)) for month in (5, 8)] == [[], []]


def test_a_year_that_becomes_quarters_credits_the_rest_of_the_year() -> None:
    (line,) = document_of(9).lines
    assert days_of(line) == [
        ("change_credit", "-1", "3650", 198, 365, "-1980.00"),
        ("change_charge", "1", "920", 47, 92, "470.00"),
    ]
    assert (line.service_from, line.service_to) == (CHANGE, date(2027, 3, 31))


def test_an_end_learnt_in_a_quarter_credits_the_days_that_are_left_of_all_that_was_paid() -> None:
    ended = replace(HARBOUR, ends_on=date(2026, 10, 25))
    billed = [line for month in (3, 6, 7, 9) for line in document_of(month).lines]
    october = document_of(10, *billed, of=ended)
    assert services_of(october) == [
        ("year", "2026-10-25 to 2027-03-31", "-70.00"),
        ("quarter", "2026-10-25 to 2026-10-31", "-67.72"),
        ("seats", "2026-10-25 to 2026-10-31", "-70.00"),
    ]
    assert days_of(october.lines[0]) == [
        ("change_credit", "-1", "3650", 158, 365, "-1580.00"),
        ("change_charge", "1", "3650", 158, 365, "1580.00"),
        ("change_credit", "-1", "920", 7, 92, "-70.00"),
    ]
