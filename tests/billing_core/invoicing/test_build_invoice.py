from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import (
    SHORTFALL_CODE,
    DetailedLine,
    DetailKind,
    Invoice,
    InvoiceLine,
    LineKind,
    Timing,
    build_invoice,
    rating_instants,
)
from billing_core.prices import Agreement, Price
from tests.billing_core.made import DAY, OCTOBER, agreement, faults_in, price, tier, usage, utc

TIERS = (tier("Base", "100", "2", "10"), tier("Burst", None, "1", "5"))
STORAGE = price("graduated", tiers=TIERS)


def built(of: Agreement, *totals: str, aggregation: str = "sum") -> Invoice:
    metered = usage(of, *totals, aggregation=aggregation) if of.metered_codes() else {}
    return build_invoice(agreement=of, period=OCTOBER, usage=metered, as_of=OCTOBER.ends_at)


def amounts(line: InvoiceLine) -> list[tuple[str, str]]:
    return [(detail.kind.value, str(detail.amount)) for detail in line.detailed_lines]


def test_a_hybrid_invoice_has_usage_in_arrears_and_fees_in_advance() -> None:
    invoice = built(agreement(STORAGE, price("flat", fee="1000")), "120")
    fee, metered = invoice.lines
    assert (fee.number, fee.kind, fee.timing) == (1, LineKind.FIXED, Timing.IN_ADVANCE)
    assert (metered.number, metered.kind) == (2, LineKind.VARIABLE)
    assert (metered.service_from, metered.service_to) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (metered.meter, metered.quantity) == ("gb", Decimal(120))
    assert amounts(metered) == [("usage", "210.00"), ("usage", "25.00")]
    assert (invoice.fixed, invoice.variable) == (Decimal("1000.00"), Decimal("235.00"))
    assert invoice.net == Decimal("1235.00")
    assert invoice.title == "October usage + November fee"
    assert invoice.issue_date == date(2026, 11, 1)
    assert not invoice.is_draft


def test_the_title_names_what_the_invoice_holds() -> None:
    assert built(agreement(STORAGE), "1").title == "October usage"
    both = agreement(price("flat", fee="1"), starts_on=date(2026, 10, 15))
    assert built(both).title == "October usage and fee + November fee"


def test_the_quantity_is_rounded_once_to_fifteen_decimals_before_rating() -> None:
    line = built(agreement(price("unit", unit_price="3")), "1/3").lines[0]
    assert line.quantity == Decimal("0.333333333333333")
    assert line.detailed_lines[0].quantity == Decimal("0.333333333333333")
    assert line.amount == Decimal("1.00")


def test_a_price_that_changes_inside_the_period_rates_each_part_of_the_way() -> None:
    # 80 at the old price, then from 80 to 120 at the new: 20 × 4 in Base, 20 × 3 + 7 in Burst.
    old = price("graduated", tiers=TIERS, ends_on=date(2026, 10, 16))
    dearer = (tier("Base", "100", "4", "20"), tier("Burst", None, "3", "7"))
    new = price("graduated", tiers=dearer, starts_on=date(2026, 10, 16))
    of = agreement(old, new)
    assert rating_instants(of, OCTOBER, OCTOBER.ends_at) == (
        utc("2026-10-15T22:00"),
        OCTOBER.ends_at,
    )
    line = built(of, "80", "120").lines[0]
    assert amounts(line) == [("usage", "170.00"), ("usage", "80.00"), ("usage", "67.00")]
    assert line.amount == Decimal("317.00")
    assert line.quantity == Decimal(120)


def test_a_draft_counts_up_to_now_and_leaves_later_versions_out() -> None:
    old = price("unit", unit_price="1", ends_on=date(2026, 10, 16))
    new = price("unit", unit_price="2", starts_on=date(2026, 10, 16))
    of = agreement(old, new)
    now = utc("2026-10-10T12:00")
    assert rating_instants(of, OCTOBER, now) == (now,)
    draft = build_invoice(agreement=of, period=OCTOBER, usage=usage(of, "80", as_of=now), as_of=now)
    assert draft.is_draft
    assert draft.net == Decimal("80.00")


def test_a_draft_before_its_period_has_no_usage_yet() -> None:
    of = agreement(price("unit", unit_price="1", minimum="5"))
    before = OCTOBER.starts_at - DAY
    assert rating_instants(of, OCTOBER, before) == (OCTOBER.starts_at,)
    draft = build_invoice(
        agreement=of, period=OCTOBER, usage=usage(of, "0", as_of=before), as_of=before
    )
    assert amounts(draft.lines[0]) == [("usage", "0.00"), ("minimum", "5.00")]


def test_a_price_that_is_yet_to_start_has_used_nothing_so_far() -> None:
    of = agreement(price("unit", unit_price="1", starts_on=date(2026, 10, 20)))
    now = utc("2026-10-10T12:00")
    draft = build_invoice(agreement=of, period=OCTOBER, usage=usage(of, "80", as_of=now), as_of=now)
    assert amounts(draft.lines[0]) == [("usage", "0.00")]
    assert draft.lines[0].quantity == Decimal(0)


def test_what_was_used_before_the_first_day_is_not_billed() -> None:
    of = agreement(price("unit", unit_price="1"), starts_on=date(2026, 10, 15))
    line = built(of, "30", "100").lines[0]
    assert (line.quantity, line.amount) == (Decimal(70), Decimal("70.00"))
    assert line.service_from == date(2026, 10, 15)


@pytest.mark.parametrize("aggregation", ["max", "last", "unique_count"])
def test_a_level_held_since_before_the_first_day_is_billed_whole(aggregation: str) -> None:
    of = agreement(price("unit", unit_price="1"), starts_on=date(2026, 10, 15))
    line = built(of, "30", "100", aggregation=aggregation).lines[0]
    assert line.amount == Decimal("100.00")


@pytest.mark.parametrize(("used", "amount"), [("0", "10.00"), ("30", "70.00")])
def test_a_fee_at_zero_usage_is_due_in_a_part_month_too(used: str, amount: str) -> None:
    due = price("graduated", tiers=TIERS, flat_on_zero=True)
    of = agreement(due, starts_on=date(2026, 10, 15))
    assert built(of, "0", used).lines[0].amount == Decimal(amount)


@pytest.mark.parametrize(
    ("old_due", "new_due", "used", "amount"),
    [
        (True, True, "0", "10.00"),  # the old version's fee, once
        (True, False, "0", "10.00"),
        (False, True, "0", "20.00"),  # the new version's, from its first day on
        (False, False, "0", "0.00"),
        (True, False, "30", "130.00"),  # 10, and 30 x 4
        (False, True, "30", "140.00"),  # 20, and 30 x 4
        (False, False, "30", "140.00"),
    ],
)
def test_a_fee_at_zero_usage_is_charged_once_by_the_version_it_first_falls_due_in(
    old_due: bool,
    new_due: bool,
    used: str,
    amount: str,
) -> None:
    dearer = (tier("Base", "100", "4", "20"), tier("Burst", None, "3", "7"))
    day = date(2026, 10, 16)
    of = agreement(
        price("graduated", tiers=TIERS, flat_on_zero=old_due, ends_on=day),
        price("graduated", tiers=dearer, flat_on_zero=new_due, starts_on=day),
    )
    assert built(of, "0", used).lines[0].amount == Decimal(amount)


def test_a_fee_at_zero_usage_that_was_due_does_not_follow_into_another_model() -> None:
    of = agreement(
        price("graduated", code="x", tiers=TIERS, flat_on_zero=True, ends_on=date(2026, 10, 16)),
        price("unit", code="x", unit_price="1", starts_on=date(2026, 10, 16)),
    )
    assert built(of, "0", "30").lines[0].amount == Decimal("40.00")


def test_the_end_of_an_agreement_ends_the_usage() -> None:
    of = agreement(price("unit", unit_price="1"), ends_on=date(2026, 10, 11))
    line = built(of, "30", "100").lines[0]
    assert (line.amount, line.service_to) == (Decimal("30.00"), date(2026, 10, 10))


def test_a_part_month_prorates_included_quantity_and_limits_but_not_bounds() -> None:
    # 17 of 31 days: 170 of 310 included; 300 - 170 = 130 rated; minimum 620 × 17 ÷ 31 = 340.
    of = agreement(
        price("graduated", tiers=TIERS, included_quantity="310", minimum="620"),
        starts_on=date(2026, 10, 15),
    )
    line = built(of, "0", "300").lines[0]
    assert amounts(line) == [
        ("included", "0.00"),
        ("usage", "210.00"),
        ("usage", "35.00"),
        ("minimum", "95.00"),
    ]
    assert line.detailed_lines[-1].text == "Minimum of 620 × 17 ÷ 31 days"


def test_a_maximum_in_a_part_month_is_for_its_days() -> None:
    of = agreement(
        price("unit", unit_price="1", maximum="310", maximum_per_resource="62"),
        starts_on=date(2026, 10, 15),
    )
    assert amounts(built(of, "0", "300").lines[0]) == [("usage", "300.00"), ("maximum", "-266.00")]


def versions(**limits: tuple[str | None, str | None]) -> Agreement:
    """Two versions of a price, 10 and 21 days of October, each with its own limits."""
    old, new = (
        {name: each[which] for name, each in limits.items() if each[which]} for which in (0, 1)
    )
    first = date(2026, 10, 11)
    return agreement(
        price("unit", unit_price="1", ends_on=first, **old),
        price("unit", unit_price="1", starts_on=first, **new),
    )


@pytest.mark.parametrize(
    ("limits", "amount"),
    [
        ({"minimum": ("31", "62")}, "52.00"),
        ({"minimum": (None, "62")}, "42.00"),
        ({"minimum": ("31", None)}, "20.00"),
        ({"maximum": ("3.1", "6.2")}, "5.20"),
        ({"maximum": (None, "6.2")}, "20.00"),
        ({"maximum": ("3.1", None)}, "20.00"),
    ],
)
def test_limits_of_two_versions_are_each_for_their_days(
    limits: dict[str, tuple[str | None, str | None]], amount: str
) -> None:
    assert built(versions(**limits), "10", "20").lines[0].amount == Decimal(amount)


def test_a_limit_of_two_versions_shows_its_arithmetic() -> None:
    line = built(versions(minimum=("31", "62")), "10", "20").lines[0]
    assert line.detailed_lines[-1].text == "Minimum of 31 × 10 ÷ 31 days + 62 × 21 ÷ 31 days"


def test_a_one_off_charge_is_on_the_invoice_of_its_month() -> None:
    charge = price(
        "one_off", fee="500", quantity="2", starts_on=date(2026, 10, 31), reference="PO 7, A. Smit"
    )
    later = price("one_off", code="later", fee="1", starts_on=date(2026, 11, 1))
    invoice = built(agreement(charge, later))
    (line,) = invoice.lines
    assert amounts(line) == [("one_off", "1000.00")]
    assert line.detailed_lines[0].text == "One_Off (PO 7, A. Smit)"
    assert (line.service_from, line.kind) == (date(2026, 10, 31), LineKind.VARIABLE)


def test_a_one_off_charge_after_the_end_of_the_agreement_is_not_due() -> None:
    charge = price("one_off", fee="500", starts_on=date(2026, 10, 31))
    assert built(agreement(charge, ends_on=date(2026, 10, 31))).lines == ()


def committed(amount: str, **fields: Any) -> Agreement:  # noqa: ANN401 - of an agreement
    flat = price("flat", fee="100")
    return agreement(
        flat, price("unit", unit_price="1"), minimum_commitment=Decimal(amount), **fields
    )


def test_what_usage_leaves_of_the_commitment_is_a_line_of_its_own() -> None:
    line = built(committed("250"), "180").lines[-1]
    assert (line.price_code, line.model, line.amount) == (SHORTFALL_CODE, None, Decimal("70.00"))
    (detail,) = line.detailed_lines
    assert (detail.kind, detail.unit_price, detail.flat_fee) == (
        DetailKind.COMMITMENT,
        Decimal("250.00"),
        Decimal("-180.00"),
    )


@pytest.mark.parametrize(("used", "lines"), [("249.99", 3), ("250", 2), ("251", 2)])
def test_a_commitment_that_is_met_has_no_line(used: str, lines: int) -> None:
    assert len(built(committed("250"), used).lines) == lines


def test_the_commitment_of_a_part_month_is_for_its_days() -> None:
    line = built(committed("310", starts_on=date(2026, 10, 15)), "0", "100").lines[-1]
    assert line.amount == Decimal("70.00")
    assert (line.service_from, line.service_to) == (date(2026, 10, 15), date(2026, 10, 31))


def test_an_agreement_that_does_not_run_owes_no_commitment() -> None:
    assert built(agreement(minimum_commitment=Decimal(5), ends_on=date(2026, 9, 1))).lines == ()


def test_a_fee_that_counts_is_that_of_the_period_though_it_was_charged_before() -> None:
    # October's fee of 100 was charged in September and counts; November's, charged now, doesn't.
    of = agreement(
        price("flat", fee="100", counts_toward_commitment=True, ends_on=date(2026, 11, 1)),
        price("flat", fee="900", counts_toward_commitment=True, starts_on=date(2026, 11, 1)),
        price("unit", unit_price="1"),
        minimum_commitment=Decimal(250),
    )
    assert built(of, "30").lines[-1].amount == Decimal("120.00")


def test_the_first_months_fee_counts_once() -> None:
    of = agreement(
        price("flat", fee="310", counts_toward_commitment=True),
        starts_on=date(2026, 10, 15),
        minimum_commitment=Decimal(620),
    )
    assert built(of).lines[-1].amount == Decimal("170.00")


def test_the_fee_of_the_month_before_does_not_count() -> None:
    # Half of September (150) counted there; October's 300, charged in September, counts here.
    of = agreement(
        price("flat", fee="300", counts_toward_commitment=True),
        starts_on=date(2026, 9, 16),
        minimum_commitment=Decimal(400),
    )
    assert built(of).lines[-1].amount == Decimal("100.00")


def test_a_meter_without_its_usage_is_a_mistake_of_the_program() -> None:
    of = agreement(STORAGE)
    with pytest.raises(LookupError, match="graduated needs the usage of meter gb"):
        build_invoice(agreement=of, period=OCTOBER, usage={}, as_of=OCTOBER.ends_at)


def test_a_price_of_another_time_has_no_line() -> None:
    assert (
        built(agreement(price("unit", unit_price="1", ends_on=date(2026, 10, 1))), "5").lines == ()
    )


def line_with(amount: str, number: int = 1, **fields: Any) -> InvoiceLine:  # noqa: ANN401 - of a line
    detail = DetailedLine(
        kind=DetailKind.USAGE,
        text="Usage",
        quantity=Decimal(2),
        unit_price=Decimal("1.5"),
        amount=Decimal("3.00"),
    )
    values: dict[str, Any] = {
        "service_from": date(2026, 10, 1),
        "service_to": date(2026, 10, 31),
        "detailed_lines": (detail,),
    }
    return InvoiceLine(
        number=number,
        price_code="unit",
        name="Unit",
        kind=LineKind.VARIABLE,
        model=None,
        timing=Timing.IN_ARREARS,
        amount=Decimal(amount),
        **{**values, **fields},
    )


def test_a_line_is_the_sum_of_its_detailed_lines() -> None:
    with pytest.raises(Faults) as raised:
        line_with("3.01", service_to=date(2026, 9, 30))
    assert faults_in(raised.value) == ["lines[1].amount", "lines[1].service_to"]


def test_an_invoice_holds_only_amounts_that_can_be_computed_again() -> None:
    wrong = DetailedLine(
        kind=DetailKind.USAGE,
        text="Usage",
        quantity=Decimal(2),
        unit_price=Decimal("1.5"),
        amount=Decimal("3.01"),
    )
    with pytest.raises(Faults) as raised:
        Invoice(
            client="harbour",
            agreement="HARB-2026",
            period=OCTOBER,
            currency="EUR",
            as_of=OCTOBER.ends_at,
            lines=(line_with("3.00"), line_with("3.01", number=3, detailed_lines=(wrong,))),
        )
    assert faults_in(raised.value) == ["lines", "lines[3].detailed_lines[0].amount"]


def test_prices_in_a_currency_without_decimals_add_up() -> None:
    of = agreement(price("unit", unit_price="0.5"), currency="JPY")
    assert built(of, "5").net == Decimal(3)


def of_prices(*prices: Price) -> Agreement:
    return agreement(*prices)


def test_exact_shares_survive_from_meter_to_line() -> None:
    of = of_prices(price("unit", unit_price="1"))
    third = usage(of, "100/3")
    assert third["gb"].quantity == Fraction(100, 3)
    line = build_invoice(agreement=of, period=OCTOBER, usage=third, as_of=OCTOBER.ends_at).lines[0]
    assert line.amount == Decimal("33.33")
