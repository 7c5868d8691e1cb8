from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing_core.explanation import (
    CompletingKind,
    added,
    added_by_day,
    completing_rows,
    shares_by_resource,
)
from billing_core.invoicing import InvoiceLine, build_invoice
from billing_core.metering import MeterUsage, ResourceQuantity
from billing_core.prices import Agreement
from tests.billing_core.made import OCTOBER, agreement, checkpoint, meter, price, tier, usage, utc

GRADUATED = price("graduated", tiers=(tier("Base", "100", "0.10"), tier("Burst", None, "0.05")))
VOLUME = price("volume", tiers=(tier("Base", "100", "2"), tier("More", None, "1")))
NOON = utc("2026-10-02T12:00")


@pytest.mark.parametrize(
    ("before", "after", "amount"),
    [("95", "105", "0.75"), ("105", "95", "-0.75"), ("0", "0", "0"), ("1/3", "2/3", "1/30")],
)
def test_an_event_adds_the_difference_of_two_rates(before: str, after: str, amount: str) -> None:
    of = agreement(GRADUATED)
    exact = added(of, "graduated", OCTOBER, Fraction(before), Fraction(after), NOON)
    assert abs(exact - Fraction(amount)) < Fraction(1, 10**15)


def test_under_volume_an_event_may_take_away_what_others_added() -> None:
    of = agreement(VOLUME)
    assert added(of, "volume", OCTOBER, Fraction(100), Fraction(101), NOON) == -99


def test_an_event_adds_at_the_version_of_its_own_day() -> None:
    of = agreement(
        price("unit", unit_price="1", ends_on=date(2026, 10, 16)),
        price("unit", unit_price="3", starts_on=date(2026, 10, 16)),
    )
    instants = [utc("2026-10-15T21:59:59"), utc("2026-10-15T22:00")]
    amounts = [added(of, "unit", OCTOBER, Fraction(0), Fraction(5), at) for at in instants]
    assert amounts == [5, 15]


def test_an_event_before_the_first_day_of_its_price_adds_nothing() -> None:
    of = agreement(price("unit", unit_price="1", starts_on=date(2026, 10, 16)))
    assert added(of, "unit", OCTOBER, Fraction(0), Fraction(5), NOON) == 0


def test_an_event_of_a_part_month_has_its_part_of_what_is_included() -> None:
    of = agreement(
        price("unit", unit_price="1", included_quantity="310"), starts_on=date(2026, 10, 15)
    )
    at = utc("2026-10-20T00:00")
    assert added(of, "unit", OCTOBER, Fraction(100), Fraction(180), at) == 10


def daily(*totals: str, aggregation: str = "sum", last: datetime | None = None) -> MeterUsage:
    """A total at the end of each day, from the first; the last at `last` if given."""
    ends = [*OCTOBER.day_starts()[1:], OCTOBER.ends_at]
    instants = ends[: len(totals)]
    if last is not None:
        instants[-1] = last
    checkpoints = tuple(
        checkpoint(at, vm_1=total) for at, total in zip(instants, totals, strict=True)
    )
    return MeterUsage(meter=meter(aggregation), period=OCTOBER, checkpoints=checkpoints)


def days(of: Agreement, code: str, metered: MeterUsage) -> list[tuple[int, str, str]]:
    return [
        (each.day.day, str(each.quantity), str(each.added))
        for each in added_by_day(of, code, metered)
    ]


def test_each_day_adds_its_difference() -> None:
    metered = daily("60", "60", "120", last=utc("2026-10-03T09:00"))
    assert days(agreement(GRADUATED), "graduated", metered) == [
        (1, "60", "6"),
        (2, "0", "0"),
        (3, "60", "5"),
    ]


def test_the_first_day_carries_the_fee_at_zero_usage_and_levels_carried_in() -> None:
    due = price("volume", tiers=(tier("All", None, "1", "9"),), flat_on_zero=True)
    assert days(agreement(due), "volume", daily("0", "5", aggregation="last")) == [
        (1, "0", "9"),
        (2, "5", "5"),
    ]


def test_a_fee_at_zero_usage_is_added_on_the_first_day_of_a_price() -> None:
    due = price("graduated", tiers=(tier("All", None, "1", "9"),), flat_on_zero=True)
    of = agreement(due, starts_on=date(2026, 10, 3))
    assert days(of, "graduated", daily("0", "0", "0", "5")) == [(3, "0", "9"), (4, "5", "5")]


def test_days_before_a_price_add_nothing_and_its_first_day_counts_from_there() -> None:
    of = agreement(price("unit", unit_price="2", starts_on=date(2026, 10, 3)))
    assert days(of, "unit", daily("10", "20", "25", "26")) == [(3, "5", "10"), (4, "1", "2")]
    assert days(of, "unit", daily("10", "20", "25", "26", aggregation="max")) == [
        (3, "25", "50"),
        (4, "1", "2"),
    ]


def test_all_days_of_a_month_with_a_change_add_up_to_the_line() -> None:
    of = agreement(
        price("unit", unit_price="2", ends_on=date(2026, 10, 16)),
        price("unit", unit_price="3", starts_on=date(2026, 10, 16)),
    )
    metered = daily(*[str(count) for count in range(1, 32)])
    line = line_of(of, {"gb": metered})
    assert len(days(of, "unit", metered)) == 31
    assert sum(each.added for each in added_by_day(of, "unit", metered)) == 78
    assert line.amount == Decimal("78.00")  # 15 × 2 + 16 × 3


@pytest.mark.parametrize(
    ("amount", "quantities", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.01", ["1", "1", "1"], ["0.01", "0.00", "0.00"]),
        ("-10.00", ["1", "1", "1"], ["-3.33", "-3.33", "-3.34"]),
        ("100.00", ["1/3", "2/3"], ["33.33", "66.67"]),
        ("5.00", ["0", "0"], ["2.50", "2.50"]),
        ("6.00", ["4", "-1"], ["8.00", "-2.00"]),
        ("0.00", [], []),
    ],
)
def test_a_line_is_shared_by_largest_remainder(
    amount: str, quantities: list[str], shares: list[str]
) -> None:
    by_resource = [
        ResourceQuantity(resource=f"vm-{index}", quantity=Fraction(quantity))
        for index, quantity in enumerate(quantities)
    ]
    found = shares_by_resource(Decimal(amount), by_resource, "EUR")
    assert sorted(str(each.share) for each in found) == sorted(shares)
    assert [each.resource for each in found] == [each.resource for each in by_resource]


def line_of(of: Agreement, metered: dict[str, MeterUsage]) -> InvoiceLine:
    return build_invoice(agreement=of, period=OCTOBER, usage=metered, as_of=OCTOBER.ends_at).lines[
        0
    ]


def rows(of: Agreement, quantity: str, total: str) -> list[tuple[str, str]]:
    line = line_of(of, dict(usage(of, quantity)))
    return [(each.kind.value, str(each.amount)) for each in completing_rows(line, Fraction(total))]


def test_a_minimum_and_rounding_complete_the_column() -> None:
    # 44.995 added: minimum 50.00 - 45.00, rounding 45.00 - 44.995.
    of = agreement(price("unit", unit_price="1", minimum="50"))
    assert rows(of, "44.995", "44.995") == [("minimum", "5"), ("rounding", "1/200")]


def test_included_quantity_has_a_row_of_nothing_and_a_maximum_takes_off() -> None:
    of = agreement(price("unit", unit_price="1", included_quantity="10", maximum="50"))
    assert rows(of, "70", "60") == [("included", "0"), ("maximum", "-10")]


def test_what_levels_held_outside_the_records_is_a_row() -> None:
    of = agreement(price("unit", unit_price="1"))
    assert rows(of, "70", "60") == [("held", "10")]
    assert rows(of, "70", "70") == []


def test_a_discount_is_in_the_added_amounts_already() -> None:
    # 3 × 0.333 = 0.999 → 1.00; 10 % of 1.00 = 0.10; line 0.90; added 0.999 × 0.9 = 0.8991.
    of = agreement(price("unit", unit_price="0.333", discount_rate="0.1"))
    assert rows(of, "3", "0.8991") == [("rounding", "9/10000")]


def test_two_versions_have_their_own_discounts_in_the_column() -> None:
    # 10 × 1 × 0.9 = 9; then 10 × 1 = 10, no discount.
    of = agreement(
        price("unit", unit_price="1", ends_on=date(2026, 10, 16), discount_rate="0.1"),
        price("unit", unit_price="1", starts_on=date(2026, 10, 16)),
    )
    line = line_of(of, dict(usage(of, "10", "20")))
    assert completing_rows(line, Fraction(19)) == ()
    assert line.amount == Decimal("19.00")


def test_each_discount_is_only_on_its_own_version() -> None:
    # 10 × 1 × 0.9 = 9; then 10 × 1 × 0.8 = 8.
    of = agreement(
        price("unit", unit_price="1", ends_on=date(2026, 10, 16), discount_rate="0.1"),
        price("unit", unit_price="1", starts_on=date(2026, 10, 16), discount_rate="0.2"),
    )
    line = line_of(of, dict(usage(of, "10", "20")))
    assert line.amount == Decimal("17.00")
    assert completing_rows(line, Fraction(17)) == ()


def test_completing_rows_are_named() -> None:
    of = agreement(price("unit", unit_price="1", minimum="50"))
    line = line_of(of, dict(usage(of, "45")))
    (row,) = completing_rows(line, Fraction(45))
    assert (row.kind, row.text) == (CompletingKind.MINIMUM, "Minimum of 50")


def test_days_go_on_over_the_change_of_the_clock() -> None:
    metered = daily(*[str(count) for count in range(1, 32)])
    instants = [each.at for each in metered.checkpoints]
    assert instants[24] - instants[23] == timedelta(hours=25)
    assert days(agreement(price("unit", unit_price="1")), "unit", metered)[24] == (25, "1", "1")
