"""What changed against last month: each effect worked by hand, and all of them add up."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_core.comparison import Billed, Comparison, Effect, LineChange, Occurrence, compare
from billing_core.faults import Faults
from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.money import CurrencyMismatch
from billing_core.prices import Agreement, AgreementQuantity, Price
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, price, tier, usage

FLAT = price("flat", fee="1000")


def billed(of: Agreement, total: str, *more: str, month: str = "october") -> Billed:
    period = OCTOBER if month == "october" else NOVEMBER
    used = usage(of, total, *more, period=period)
    invoice = build_invoice(agreement=of, period=period, usage=used, as_of=period.ends_at)
    return Billed(invoice=invoice, agreement=of)


def change(of: Comparison, code: str) -> dict[str, str]:
    """The effects of one charge, as text."""
    line = next(each for each in of.lines if each.price_code == code)
    return {effect.value: str(amount) for effect, amount in line.effects.items()}


def steps(of: Comparison) -> list[tuple[str, str, str]]:
    return [(each.effect.value, str(each.amount), str(each.reached)) for each in of.steps]


def two_months(october: Price, november: Price, first: str, second: str) -> Comparison:
    old, new = agreement(october), agreement(november)
    return compare(billed(old, first), billed(new, second, month="november"))


def test_the_worked_example_of_the_docstring() -> None:
    cheap = price("unit", unit_price="0.10")
    dear = price("unit", unit_price="0.12")
    found = two_months(cheap, dear, "500", "600")
    assert (found.before.net, found.now.net) == (Decimal("50.00"), Decimal("72.00"))
    assert steps(found) == [
        ("price", "10.00", "60.00"),
        ("volume", "10.00", "70.00"),
        ("mix", "2.00", "72.00"),
    ]


def test_more_of_the_same_at_the_same_price_is_volume_alone() -> None:
    same = price("unit", unit_price="0.10")
    assert change(two_months(same, same, "500", "600"), "unit") == {"volume": "10.00"}


def test_nothing_that_changed_has_no_step() -> None:
    same = price("unit", unit_price="0.10")
    assert steps(two_months(same, same, "500", "500")) == []


def test_a_dearer_tier_is_mix() -> None:
    """100 at 0.10 are 10.00; 200 are 10.00 + 100 × 0.30 = 40.00, of which volume is 10.00."""
    tiers = (tier("Base", "100", "0.10"), tier("Burst", None, "0.30"))
    same = price("graduated", tiers=tiers)
    found = change(two_months(same, same, "100", "200"), "graduated")
    assert found == {"volume": "10.00", "mix": "20.00"}


def test_what_is_included_is_mix_beside_the_average_price() -> None:
    """100 included: 150 are 5.00, 0.0333… each; 300 are 20.00: 150 × 0.0333… = 5.00, rest 10.00."""
    same = price("unit", unit_price="0.10", included_quantity="100")
    found = change(two_months(same, same, "150", "300"), "unit")
    assert found == {"volume": "5.00", "mix": "10.00"}


@pytest.mark.parametrize("before", ["0", "50", "100"])
def test_a_use_that_begins_where_nothing_was_charged_is_all_volume(before: str) -> None:
    same = price("unit", unit_price="0.10", included_quantity="100")
    assert change(two_months(same, same, before, "170"), "unit") == {"volume": "7.00"}


def test_a_price_that_changes_inside_the_month_counts_by_its_days() -> None:
    """300 at 0.10, then 0.13 from the 21st: for 10 of 30 days 300 × 0.03 × 10 ÷ 30 = 3.00."""
    old = price("unit", unit_price="0.10", ends_on=date(2026, 11, 21))
    new = price("unit", unit_price="0.13", starts_on=date(2026, 11, 21))
    of = agreement(old, new)
    november = billed(of, "200", "300", month="november")
    assert november.invoice.net == Decimal("33.00")
    found = compare(billed(of, "300"), november)
    assert steps(found) == [("price", "3.00", "33.00")]


def test_a_discount_that_begins_is_a_price() -> None:
    whole = price("unit", unit_price="1")
    less = price("unit", unit_price="1", discount_rate="0.1")
    assert change(two_months(whole, less, "50", "50"), "unit") == {"price": "-5.00"}


def test_a_dearer_fee_is_a_price_and_more_seats_are_volume() -> None:
    """3 seats at 20.00, then 5 at 22.00: 3 × 2.00 = 6.00, 2 × 20.00 = 40.00, 2 × 2.00 = 4.00."""
    seats = (
        AgreementQuantity(price_code="flat", starts_on=date(2026, 1, 1), quantity=Decimal(3)),
        AgreementQuantity(price_code="flat", starts_on=date(2026, 12, 1), quantity=Decimal(5)),
    )
    old = price("flat", fee="20", per_agreement_quantity=True, ends_on=date(2026, 12, 1))
    new = price("flat", fee="22", per_agreement_quantity=True, starts_on=date(2026, 12, 1))
    of = agreement(old, new, quantities=seats)
    found = compare(without_use(of), without_use(of, month="november"))
    assert (found.before.net, found.now.net) == (Decimal("60.00"), Decimal("110.00"))
    assert change(found, "flat") == {"price": "6.00", "volume": "40.00", "mix": "4.00"}


def without_use(of: Agreement, month: str = "october") -> Billed:
    period = OCTOBER if month == "october" else NOVEMBER
    invoice = build_invoice(agreement=of, period=period, usage={}, as_of=period.ends_at)
    return Billed(invoice=invoice, agreement=of)


def test_the_fee_from_the_start_day_of_the_first_invoice_goes() -> None:
    of = agreement(FLAT, starts_on=date(2026, 10, 1))
    found = compare(without_use(of), without_use(of, month="november"))
    assert steps(found) == [("gone", "-1000.00", "1000.00")]


def test_seats_added_inside_a_month_are_new_and_gone_in_the_next() -> None:
    """2 more from 16 November: 15 of 30 days × 2 × 20.00 = 20.00, and a credit of the old three."""
    seats = (
        AgreementQuantity(price_code="flat", starts_on=date(2026, 1, 1), quantity=Decimal(3)),
        AgreementQuantity(price_code="flat", starts_on=date(2026, 11, 16), quantity=Decimal(5)),
    )
    of = agreement(price("flat", fee="20", per_agreement_quantity=True), quantities=seats)
    found = compare(without_use(of), without_use(of, month="november"))
    assert steps(found) == [("volume", "40.00", "100.00"), ("new", "20.00", "120.00")]
    assert [each.occurrence for each in found.lines] == [Occurrence.ONCE, Occurrence.MONTHLY]


def test_a_charge_that_comes_is_new_and_one_that_goes_is_gone() -> None:
    october = price("unit", unit_price="1", code="old", name="Old")
    november = price("unit", unit_price="2", code="new", name="New")
    found = two_months(october, november, "10", "30")
    assert steps(found) == [("new", "60.00", "70.00"), ("gone", "-10.00", "60.00")]
    assert [(each.name, each.before, each.now) for each in found.lines] == [
        ("New", Decimal("0.00"), Decimal("60.00")),
        ("Old", Decimal("10.00"), Decimal("0.00")),
    ]
    assert [each.difference for each in found.lines] == [Decimal("60.00"), Decimal("-10.00")]


def test_a_picture_of_the_way_reaches_from_zero_or_below_to_the_highest_total() -> None:
    october = price("unit", unit_price="1", code="old", name="Old")
    november = price("unit", unit_price="2", code="new", name="New")
    assert two_months(october, november, "10", "30").extent == (Decimal(0), Decimal("70.00"))


def test_a_one_off_charge_comes_and_goes_even_under_one_code() -> None:
    each = [price("one_off", fee="70", starts_on=date(2026, month, 5)) for month in (10, 11)]
    of = agreement(replace(each[0], ends_on=date(2026, 11, 5)), replace(each[1], fee=Decimal(80)))
    found = compare(without_use(of), without_use(of, month="november"))
    assert steps(found) == [("new", "80.00", "150.00"), ("gone", "-70.00", "80.00")]


def test_a_shortfall_in_both_months_is_mix() -> None:
    same = price("unit", unit_price="1")
    of = agreement(same, minimum_commitment=Decimal(100))
    found = compare(billed(of, "40"), billed(of, "70", month="november"))
    assert change(found, "commitment-shortfall") == {"mix": "-30.00"}
    assert steps(found) == [("volume", "30.00", "130.00"), ("mix", "-30.00", "100.00")]


def adjusting(line: InvoiceLine, amount: str) -> InvoiceLine:
    """The same charge for an earlier month, corrected by an amount."""
    detail = replace(
        line.detailed_lines[0],
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        flat_fee=Decimal(0),
        amount=Decimal(amount),
    )
    return replace(
        line, number=2, adjusts="2026-09", detailed_lines=(detail,), amount=Decimal(amount)
    )


def test_adjustments_are_told_apart_from_the_charge_that_they_correct() -> None:
    """October had one of -4.00, November has one of 9.00: 13.00 more."""
    same = price("unit", unit_price="0.10")
    of = agreement(same)
    october, november = billed(of, "500"), billed(of, "600", month="november")
    with_both = (
        replace(october, invoice=_with_adjustment(october.invoice, "-4.00")),
        replace(november, invoice=_with_adjustment(november.invoice, "9.00")),
    )
    found = compare(*with_both)
    assert steps(found) == [("volume", "10.00", "56.00"), ("adjustments", "13.00", "69.00")]
    assert [each.occurrence for each in found.lines] == [
        Occurrence.MONTHLY,
        Occurrence.ADJUSTMENT,
    ]


def _with_adjustment(invoice: Invoice, amount: str) -> Invoice:
    return replace(invoice, lines=(*invoice.lines, adjusting(invoice.lines[0], amount)))


def test_two_currencies_are_not_compared() -> None:
    same = price("unit", unit_price="0.10")
    euros, dollars = agreement(same), agreement(same, currency="USD")
    with pytest.raises(CurrencyMismatch, match="EUR and USD"):
        compare(billed(euros, "1"), billed(dollars, "1", month="november"))


def test_a_price_without_a_version_in_the_lines_days_has_no_price_effect() -> None:
    same = price("unit", unit_price="0.10")
    october = billed(agreement(same), "500")
    november = billed(agreement(same), "600", month="november")
    unknown = replace(november, agreement=agreement(price("unit", unit_price="9", code="other")))
    assert change(compare(october, unknown), "unit")["price"] == "-50.00"


def test_a_change_whose_parts_do_not_lead_to_its_end_is_refused() -> None:
    with pytest.raises(Faults, match="do not lead from before to now"):
        LineChange(
            price_code="a",
            name="A",
            occurrence=Occurrence.MONTHLY,
            before=Decimal(1),
            now=Decimal(3),
            effects={Effect.PRICE: Decimal(1)},
        )


@given(
    first=st.integers(0, 2000),
    second=st.integers(0, 2000),
    old=st.integers(1, 300),
    new=st.integers(1, 300),
)
def test_the_steps_always_lead_from_last_months_total_to_this_months(
    first: int, second: int, old: int, new: int
) -> None:
    def graduated(base: int) -> Price:
        tiers = (tier("Base", "500", f"0.{base:03d}"), tier("More", None, "0.007", "3"))
        return price("graduated", tiers=tiers, included_quantity="100", minimum="5")

    found = two_months(graduated(old), graduated(new), str(first), str(second))
    reached = found.steps[-1].reached if found.steps else found.before.net
    assert reached == found.now.net
