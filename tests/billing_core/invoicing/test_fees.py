from datetime import date
from decimal import Decimal
from typing import Any

from billing_core.invoicing import InvoiceLine, build_invoice
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement, AgreementQuantity, Interval, Price
from tests.billing_core.made import AMSTERDAM, NOVEMBER, OCTOBER, agreement, price


def lines_of(of: Agreement, period: BillingPeriod = OCTOBER) -> list[InvoiceLine]:
    built = build_invoice(agreement=of, period=period, usage={}, as_of=period.ends_at)
    return list(built.lines)


def told(of: Agreement, period: BillingPeriod = OCTOBER) -> list[tuple[str, str, str]]:
    return [
        (
            f"{line.service_from:%m-%d} to {line.service_to:%m-%d}",
            line.timing.value,
            str(line.amount),
        )
        for line in lines_of(of, period)
    ]


def details(line: InvoiceLine) -> list[tuple[str, str, str, int | None, int | None, str]]:
    return [
        (
            each.kind.value,
            str(each.quantity),
            str(each.unit_price),
            each.days,
            each.period_days,
            str(each.amount),
        )
        for each in line.detailed_lines
    ]


def base(**fields: Any) -> Price:  # noqa: ANN401 - of a price
    return price("flat", **{"fee": "310", **fields})


def seats(*dated: tuple[int, int, str]) -> tuple[AgreementQuantity, ...]:
    return tuple(
        AgreementQuantity(
            price_code="flat", starts_on=date(2026, month, day), quantity=Decimal(quantity)
        )
        for month, day, quantity in dated
    )


def test_a_fee_is_charged_in_advance_for_the_month_after() -> None:
    assert told(agreement(base())) == [("11-01 to 11-30", "in advance", "310.00")]


def test_the_first_invoice_also_has_the_fee_from_the_start_to_the_end_of_the_month() -> None:
    # 17 of 31 days: 310 × 17 ÷ 31 = 170.
    assert told(agreement(base(), starts_on=date(2026, 10, 15))) == [
        ("10-15 to 10-31", "in arrears", "170.00"),
        ("11-01 to 11-30", "in advance", "310.00"),
    ]


def test_an_agreement_that_starts_with_the_month_pays_both_months_on_its_first_invoice() -> None:
    of = agreement(base(), starts_on=date(2026, 10, 1))
    assert told(of) == [
        ("10-01 to 10-31", "in arrears", "310.00"),
        ("11-01 to 11-30", "in advance", "310.00"),
    ]
    assert told(of, OCTOBER.previous()) == []


def test_a_fee_runs_only_while_the_agreement_does() -> None:
    # November has 10 of 30 days: 310 × 10 ÷ 30 = 103.33; then nothing more.
    of = agreement(base(), ends_on=date(2026, 11, 11))
    assert told(of) == [("11-01 to 11-10", "in advance", "103.33")]
    assert told(of, NOVEMBER) == []
    assert told(of, NOVEMBER.next()) == []


def test_a_fee_that_ends_before_its_interval_is_charged_for_its_days() -> None:
    of = agreement(base(ends_on=date(2026, 11, 16)))
    assert told(of) == [("11-01 to 11-15", "in advance", "155.00")]


def test_a_new_fee_of_a_running_agreement_starts_in_mid_month() -> None:
    of = agreement(base(starts_on=date(2026, 10, 22)))
    assert told(of) == [
        ("10-22 to 10-31", "in arrears", "100.00"),
        ("11-01 to 11-30", "in advance", "310.00"),
    ]


def test_a_new_fee_that_starts_with_the_next_month_is_charged_in_advance_once() -> None:
    of = agreement(base(starts_on=date(2026, 11, 1)))
    assert told(of) == [("11-01 to 11-30", "in advance", "310.00")]
    assert told(of, OCTOBER.previous()) == []


def test_more_seats_in_mid_month_are_a_credit_and_a_charge() -> None:
    # From 20 October, 12 of 31 days: -3 × 20 × 12 ÷ 31 = -23.23, 5 × 20 × 12 ÷ 31 = 38.71.
    of = agreement(
        base(fee="20", per_agreement_quantity=True), quantities=seats((1, 1, "3"), (10, 20, "5"))
    )
    changed, renewed = lines_of(of)
    assert details(changed) == [
        ("change_credit", "-3", "20", 12, 31, "-23.23"),
        ("change_charge", "5", "20", 12, 31, "38.71"),
    ]
    assert changed.amount == Decimal("15.48")
    assert [each.text for each in changed.detailed_lines] == [
        "Flat: unused from 2026-10-20 to 2026-10-31, credited",
        "Flat: changed, 2026-10-20 to 2026-10-31",
    ]
    assert details(renewed) == [("fee", "5", "20", None, None, "100.00")]


def test_no_seats_are_no_line() -> None:
    none = agreement(base(per_agreement_quantity=True))
    assert told(none) == []
    first = agreement(base(fee="31", per_agreement_quantity=True), quantities=seats((10, 22, "2")))
    assert told(first) == [
        ("10-22 to 10-31", "in arrears", "20.00"),
        ("11-01 to 11-30", "in advance", "62.00"),
    ]


def test_a_dearer_version_in_mid_month_is_a_credit_and_a_charge() -> None:
    # From 22 October, 10 of 31 days: 620 × 10 ÷ 31 - 310 × 10 ÷ 31 = 200 - 100.
    of = agreement(base(ends_on=date(2026, 10, 22)), base(fee="620", starts_on=date(2026, 10, 22)))
    assert told(of) == [
        ("10-22 to 10-31", "in arrears", "100.00"),
        ("11-01 to 11-30", "in advance", "620.00"),
    ]


def test_a_version_that_starts_with_the_month_needs_no_credit() -> None:
    of = agreement(base(ends_on=date(2026, 11, 1)), base(fee="620", starts_on=date(2026, 11, 1)))
    assert told(of) == [("11-01 to 11-30", "in advance", "620.00")]


def test_a_version_that_changes_no_amount_is_no_change() -> None:
    of = agreement(
        base(ends_on=date(2026, 10, 22)), base(name="Renamed", starts_on=date(2026, 10, 22))
    )
    assert told(of) == [("11-01 to 11-30", "in advance", "310.00")]


def test_a_gap_between_versions_is_not_charged() -> None:
    # Charged to 10 October in September; from 22 October anew.
    of = agreement(base(ends_on=date(2026, 10, 11)), base(starts_on=date(2026, 10, 22)))
    assert told(of, OCTOBER.previous()) == [("10-01 to 10-10", "in advance", "100.00")]
    assert told(of) == [
        ("10-22 to 10-31", "in arrears", "100.00"),
        ("11-01 to 11-30", "in advance", "310.00"),
    ]


def test_a_quarter_is_charged_when_it_starts_by_its_anchor() -> None:
    of = agreement(base(fee="900", interval=Interval.QUARTER, anchor_month=2))
    assert told(of) == [("11-01 to 01-31", "in advance", "900.00")]
    assert told(of, NOVEMBER) == []


def test_a_quarter_that_starts_late_is_charged_for_the_days_it_has() -> None:
    # 15 October to 31 December: 78 of 92 days.
    of = agreement(base(fee="920", interval=Interval.QUARTER), starts_on=date(2026, 10, 15))
    assert told(of) == [("10-15 to 12-31", "in arrears", "780.00")]
    assert details(lines_of(of)[0]) == [("fee", "1", "920", 78, 92, "780.00")]


def test_a_year_is_charged_once() -> None:
    of = agreement(base(fee="3650", interval=Interval.YEAR, anchor_month=11))
    assert told(of) == [("11-01 to 10-31", "in advance", "3650.00")]
    assert told(of, NOVEMBER) == []


def test_a_change_inside_a_quarter_on_a_first_of_month_is_on_the_invoice_before() -> None:
    # From 1 November 61 of the quarter's 92 days remain: (10 - 4) × 92 × 61 ÷ 92.
    of = agreement(
        base(fee="92", interval=Interval.QUARTER, per_agreement_quantity=True),
        quantities=seats((1, 1, "4"), (11, 1, "10")),
    )
    assert told(of) == [("11-01 to 12-31", "in advance", "366.00")]
    assert details(lines_of(of)[0]) == [
        ("change_credit", "-4", "92", 61, 92, "-244.00"),
        ("change_charge", "10", "92", 61, 92, "610.00"),
    ]
    assert told(of, NOVEMBER) == []


def test_from_quarters_to_months_credits_the_quarter_and_charges_the_month() -> None:
    of = agreement(
        base(fee="92", interval=Interval.QUARTER, ends_on=date(2026, 11, 1)),
        base(fee="40", starts_on=date(2026, 11, 1)),
    )
    assert told(of) == [
        ("11-01 to 12-31", "in advance", "-61.00"),
        ("11-01 to 11-30", "in advance", "40.00"),
    ]


def test_a_discount_on_a_fee_is_a_detailed_line() -> None:
    (line,) = lines_of(agreement(base(discount_rate="0.1")))
    assert details(line) == [
        ("fee", "1", "310", None, None, "310.00"),
        ("discount", "310", "-0.1", None, None, "-31.00"),
    ]
    assert line.detailed_lines[1].text == "Discount of 10 %"


def test_the_months_of_a_changing_fee_add_up_to_its_days() -> None:
    # 2 seats × 31.00 for 14 days of October, 3 for 17: 28 + 51 = 79; November 3 × 31.00.
    of = agreement(
        base(fee="31", per_agreement_quantity=True),
        starts_on=date(2026, 10, 1),
        quantities=seats((1, 1, "2"), (10, 15, "3")),
    )
    assert [amount for _, _, amount in told(of)] == ["62.00", "17.00", "93.00"]


def test_an_agreement_of_another_time_has_no_lines() -> None:
    of = agreement(base(), starts_on=date(2027, 1, 1))
    assert told(of, month_period("2026-11", AMSTERDAM)) == []
