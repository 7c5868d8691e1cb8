from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.invoicing.credits import credit_note
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, Interval
from tests.billing_core.invoicing.test_document import FERNHILL, HARBOUR
from tests.billing_core.made import AMSTERDAM, NOVEMBER, OCTOBER, agreement, price

JANUARY = month_period("2026-01", AMSTERDAM)
DECEMBER = NOVEMBER.next()
BASE = price("flat", code="base", fee="300")


def built(of: Agreement, period: BillingPeriod, *billed: InvoiceLine) -> Invoice:
    return build_invoice(
        agreement=of, period=period, usage={}, as_of=period.ends_at, billed_fees=billed
    )


def told(invoice: Invoice) -> list[tuple[str, str]]:
    return [
        (f"{line.service_from:%m-%d} to {line.service_to:%m-%d}", str(line.amount))
        for line in invoice.lines
    ]


def billed_in_october(of: Agreement) -> tuple[InvoiceLine, ...]:
    return built(of, OCTOBER).lines


def ending(of: Agreement, day: int) -> Agreement:
    return replace(of, ends_on=date(2026, 11, day))


def test_a_price_that_ends_is_credited_like_an_agreement() -> None:
    of = agreement(BASE)
    ended = agreement(replace(BASE, ends_on=date(2026, 11, 21)))
    assert told(built(ended, NOVEMBER, *billed_in_october(of))) == [("11-21 to 11-30", "-100.00")]


def test_a_price_that_ends_before_it_is_served_is_credited_whole() -> None:
    of = agreement(BASE)
    ended = agreement(replace(BASE, ends_on=date(2026, 11, 1)))
    (line,) = built(ended, NOVEMBER, *billed_in_october(of)).lines
    assert (str(line.amount), line.detailed_lines[0].days) == ("-300.00", None)
    assert line.detailed_lines[0].text == (
        "Unused from 2026-11-01 to 2026-11-30, credited: Flat: 2026-11-01 to 2026-11-30"
    )


def test_an_end_after_what_was_paid_credits_nothing() -> None:
    of = agreement(BASE)
    ended = replace(of, ends_on=date(2026, 12, 1))
    assert told(built(ended, NOVEMBER, *billed_in_october(of))) == []


def test_a_year_that_is_left_when_the_month_ends_is_credited_with_that_month() -> None:
    # 1 December to 31 December of a year paid from January: 31 of 365 days of 3,650.00.
    of = agreement(price("flat", code="year", fee="3650", interval=Interval.YEAR))
    year = built(of, OCTOBER).lines
    assert year == ()
    paid = build_invoice(agreement=of, period=JANUARY, usage={}, as_of=JANUARY.ends_at).lines
    ended = replace(of, ends_on=date(2026, 12, 1))
    final = built(ended, NOVEMBER, *paid)
    assert told(final) == [("12-01 to 12-31", "-310.00")]
    assert (final.is_final, final.title) == (True, "November usage and fee, final invoice")


def test_an_end_in_a_later_month_waits_for_the_document_of_that_month() -> None:
    # 21 to 31 December of a year paid from January: 11 of 365 days of 3,650.00.
    year = price("flat", code="year", fee="3650", interval=Interval.YEAR)
    paid = built(agreement(year), JANUARY).lines
    ended = agreement(replace(year, ends_on=date(2026, 12, 21)))
    assert told(built(ended, OCTOBER, *paid)) == []
    assert told(built(ended, DECEMBER, *paid)) == [("12-21 to 12-31", "-110.00")]


def test_a_fee_of_another_agreement_is_left_alone() -> None:
    old = billed_in_october(agreement(BASE))
    new = agreement(
        price("flat", code="base", fee="400", starts_on=date(2026, 11, 2)),
        starts_on=date(2026, 11, 2),
        ends_on=date(2026, 11, 12),
    )
    foreign = agreement(price("flat", code="other", fee="1"), ends_on=date(2026, 11, 12))
    assert [line.amount for line in built(new, NOVEMBER, *old).lines if line.amount < 0] == []
    assert [line.amount for line in built(foreign, NOVEMBER, *old).lines if line.amount < 0] == []


def test_an_earlier_end_credits_the_days_between() -> None:
    of = agreement(BASE)
    billed = billed_in_october(of)
    first = built(ending(of, 21), NOVEMBER, *billed).lines
    assert told(built(ending(of, 11), NOVEMBER, *billed, *first)) == [
        ("11-11 to 11-30", "-200.00"),
        ("11-21 to 11-30", "100.00"),
    ]


def test_what_a_credit_note_took_off_a_fee_is_not_credited_again() -> None:
    # 300.00 were billed, 30.00 credited; a third is unused: 100.00 less 10.00.
    of = agreement(BASE)
    november = built(of, OCTOBER)
    issued = Document(
        number="HARB-2026-0010",
        kind=DocumentKind.INVOICE,
        issuer=FERNHILL,
        client=HARBOUR,
        issued_at=OCTOBER.ends_at,
        issued_on=NOVEMBER.month,
        due_on=NOVEMBER.month,
        invoice=november,
    )
    note = credit_note(
        issued,
        credits={1: Decimal(30)},
        credited={},
        reason="Goodwill",
        as_of=OCTOBER.ends_at,
        tax_rates=[],
    )
    (line,) = built(ending(of, 21), NOVEMBER, *november.lines, *note.lines).lines
    assert [(each.kind.value, str(each.amount)) for each in line.detailed_lines] == [
        ("change_credit", "-100.00"),
        ("change_charge", "10.00"),
    ]
    assert str(line.amount) == "-90.00"


def test_a_rebate_beyond_the_end_is_taken_back() -> None:
    of = agreement(price("flat", code="rebate", fee="-30"))
    assert told(built(ending(of, 21), NOVEMBER, *billed_in_october(of))) == [
        ("11-21 to 11-30", "10.00")
    ]


def test_the_credit_of_a_fee_does_not_lower_the_commitment_that_its_days_met() -> None:
    # Fees count: 20 days of November are 200.00, as is the commitment of 300.00 for 20 of 30 days.
    counted = replace(BASE, counts_toward_commitment=True)
    of = agreement(counted, minimum_commitment=Decimal(300))
    billed = built(of, OCTOBER).lines
    assert told(built(ending(of, 21), NOVEMBER, *billed)) == [("11-21 to 11-30", "-100.00")]


def test_a_month_after_the_end_is_not_final() -> None:
    of = ending(agreement(BASE), 21)
    assert [built(of, each).is_final for each in (OCTOBER, NOVEMBER, DECEMBER)] == [
        False,
        True,
        False,
    ]


def test_a_price_that_came_back_is_not_credited_for_its_first_end() -> None:
    of = agreement(
        replace(BASE, ends_on=date(2026, 10, 1)), replace(BASE, starts_on=date(2026, 11, 1))
    )
    billed = billed_in_october(of)
    assert [str(line.amount) for line in billed] == ["300.00"]
    assert told(built(of, NOVEMBER, *billed)) == [("12-01 to 12-31", "300.00")]


def test_each_discount_is_taken_back_for_the_days_of_its_own_fee() -> None:
    # From 15 September quarters take the place of a year from April; 24 October is the last day:
    # of the year 158 days of 365 are left, charged on both sides; of the quarter 7 of 92.
    changed = date(2026, 9, 15)
    year = price("flat", fee="3650", interval=Interval.YEAR, anchor_month=4, discount_rate="0.1")
    quarter = price(
        "flat",
        fee="920",
        interval=Interval.QUARTER,
        anchor_month=2,
        discount_rate="0.1",
        starts_on=changed,
    )
    april = agreement(year, starts_on=date(2026, 4, 1))
    of = agreement(replace(year, ends_on=changed), quarter, starts_on=date(2026, 4, 1))
    (paid,) = built(april, month_period("2026-04", AMSTERDAM)).lines
    (change,) = built(of, month_period("2026-09", AMSTERDAM)).lines
    assert [str(each.amount) for each in change.detailed_lines] == [
        *("-1980.00", "198.00", "470.00", "-47.00"),
    ]
    ended = replace(of, ends_on=date(2026, 10, 25))
    (line,) = built(ended, OCTOBER, paid, change).lines
    assert [(each.kind.value, each.days, str(each.amount)) for each in line.detailed_lines] == [
        ("change_credit", 158, "-1580.00"),
        ("discount", 158, "158.00"),
        ("change_charge", 158, "1580.00"),
        ("discount", 158, "-158.00"),
        ("change_credit", 7, "-70.00"),
        ("discount", 7, "7.00"),
    ]


def test_a_part_of_a_change_that_was_served_is_left_as_it_is() -> None:
    # The year gave way to quarters on 15 September, and 9 November is the last day: what is left of
    # the year was credited then, and the quarter's first 47 days are served: nothing of that change
    # is left. Of the 92 days from November on 83 are not served.
    changed = date(2026, 9, 15)
    year = price("flat", fee="3650", interval=Interval.YEAR, anchor_month=4)
    quarter = price("flat", fee="920", interval=Interval.QUARTER, anchor_month=2, starts_on=changed)
    april = agreement(year, starts_on=date(2026, 4, 1))
    of = agreement(replace(year, ends_on=changed), quarter, starts_on=date(2026, 4, 1))
    (paid,) = built(april, month_period("2026-04", AMSTERDAM)).lines
    (change,) = built(of, month_period("2026-09", AMSTERDAM)).lines
    (winter,) = built(of, OCTOBER).lines
    assert str(winter.amount) == "920.00"
    ended = replace(of, ends_on=date(2026, 11, 10))
    (line,) = built(ended, NOVEMBER, paid, change, winter).lines
    assert [(each.kind.value, each.days, str(each.amount)) for each in line.detailed_lines] == [
        ("change_credit", 83, "-830.00"),
    ]
