"""A tax code has a rate on every day on which a line may be taxed by it."""

from datetime import date
from decimal import Decimal

import pytest

from billing_core.prices import Agreement, ChargeModel, Interval, Price
from billing_core.tax_days import TaxUse, other_day, reverse_charged_day, tax_uses, untaxed_day
from billing_core.taxes import TaxRate, TaxTreatment

JANUARY, MARCH, MAY, JULY = (date(2026, month, 1) for month in (1, 3, 5, 7))


def agreement(*prices: Price, tax_code: str = "", ends_on: date | None = None) -> Agreement:
    return Agreement(
        code="A",
        client="harbour",
        currency="EUR",
        zone="Europe/Amsterdam",
        starts_on=date(2025, 10, 1),
        ends_on=ends_on,
        prices=prices,
        tax_code=tax_code,
    )


def metered(starts_on: date, ends_on: date | None = None, *, tax_code: str = "") -> Price:
    return Price(
        code="storage",
        name="Storage",
        model=ChargeModel.UNIT,
        meter="gb",
        unit_price=Decimal(1),
        starts_on=starts_on,
        ends_on=ends_on,
        tax_code=tax_code,
    )


def quarterly(starts_on: date, ends_on: date | None = None, *, tax_code: str = "") -> Price:
    return Price(
        code="review",
        name="Review",
        model=ChargeModel.FLAT,
        fee=Decimal(900),
        interval=Interval.QUARTER,
        starts_on=starts_on,
        ends_on=ends_on,
        tax_code=tax_code,
    )


def rate(
    percent: str,
    starts_on: date = date(2012, 10, 1),
    ends_on: date | None = None,
    *,
    treatment: TaxTreatment = TaxTreatment.STANDARD,
    code: str = "VAT",
) -> TaxRate:
    return TaxRate(
        code=code,
        name=f"VAT {percent}",
        treatment=treatment,
        rate=Decimal(percent),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def use(starts_on: date = JANUARY, ends_on: date | None = None) -> TaxUse:
    return TaxUse(code="VAT", price="", starts_on=starts_on, ends_on=ends_on)


def days_of(signed: Agreement) -> list[tuple[str, str, date, date | None]]:
    return [(each.code, each.price, each.starts_on, each.ends_on) for each in tax_uses(signed)]


def test_an_agreement_uses_its_tax_code_from_its_first_day_to_its_last() -> None:
    signed = agreement(metered(JANUARY), tax_code="VAT", ends_on=JULY)
    assert days_of(signed) == [("VAT", "", date(2025, 10, 1), JULY)]


def test_without_a_tax_code_there_is_none_to_use() -> None:
    assert days_of(agreement(metered(JANUARY))) == []


def test_a_price_uses_its_own_tax_code_while_its_version_runs() -> None:
    signed = agreement(
        metered(JANUARY, MARCH, tax_code="LOW"), metered(MARCH, tax_code="VAT"), ends_on=JULY
    )
    assert days_of(signed) == [
        ("LOW", "storage", JANUARY, MARCH),
        ("VAT", "storage", MARCH, JULY),
    ]


def test_a_version_without_an_end_uses_its_code_for_good() -> None:
    assert days_of(agreement(metered(JANUARY, tax_code="VAT"))) == [
        ("VAT", "storage", JANUARY, None)
    ]


def test_a_one_off_charge_is_taxed_on_its_day() -> None:
    hardware = Price(
        code="shelf",
        name="Shelf",
        model=ChargeModel.ONE_OFF,
        fee=Decimal(4150),
        starts_on=date(2026, 6, 18),
        reference="CHG-1187",
        tax_code="VAT",
    )
    assert days_of(agreement(hardware)) == [("VAT", "shelf", date(2026, 6, 18), date(2026, 6, 19))]


def test_a_fee_paid_in_advance_is_taxed_on_the_last_day_that_it_pays_for() -> None:
    """The quarter from 1 January is paid to 31 March, whatever version February begins."""
    signed = agreement(
        quarterly(JANUARY, date(2026, 2, 10), tax_code="LOW"), quarterly(date(2026, 2, 10))
    )
    assert days_of(signed) == [("LOW", "review", JANUARY, date(2026, 4, 1))]


def test_a_fee_that_nothing_follows_is_taxed_on_its_last_day() -> None:
    signed = agreement(quarterly(JANUARY, date(2026, 2, 10), tax_code="LOW"))
    assert days_of(signed) == [("LOW", "review", JANUARY, date(2026, 2, 10))]


def test_a_fee_that_changes_with_its_quarter_is_taxed_to_that_day() -> None:
    april = date(2026, 4, 1)
    signed = agreement(quarterly(JANUARY, april, tax_code="LOW"), quarterly(april))
    assert days_of(signed) == [("LOW", "review", JANUARY, april)]


@pytest.mark.parametrize(
    ("ends_on", "rates", "day"),
    [
        (None, [rate("0.21")], None),
        (None, [rate("0.19", ends_on=MARCH), rate("0.21", MARCH)], None),
        (None, [], JANUARY),
        (None, [rate("0.21", code="OTHER")], JANUARY),
        (None, [rate("0.21", MARCH)], JANUARY),
        (None, [rate("0.21", ends_on=MARCH)], MARCH),
        (MARCH, [rate("0.21", ends_on=MARCH)], None),
        (MARCH, [rate("0.21", ends_on=date(2026, 2, 28))], date(2026, 2, 28)),
        (None, [rate("0.19", ends_on=MARCH), rate("0.21", MAY)], MARCH),
    ],
)
def test_the_first_day_without_a_rate_is_found(
    ends_on: date | None, rates: list[TaxRate], day: date | None
) -> None:
    assert untaxed_day(use(ends_on=ends_on), rates) == day


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "day"),
    [
        (JANUARY, None, MARCH),
        (JANUARY, MARCH, None),
        (JANUARY, date(2026, 3, 2), MARCH),
        (MAY, None, None),
        (date(2026, 4, 30), None, date(2026, 4, 30)),
    ],
)
def test_a_use_is_reverse_charged_where_their_days_meet(
    starts_on: date, ends_on: date | None, day: date | None
) -> None:
    reverse = rate("0", MARCH, MAY, treatment=TaxTreatment.REVERSE_CHARGE)
    rates = [rate("0.21", ends_on=MARCH), reverse, rate("0.21", MAY)]
    assert reverse_charged_day(use(starts_on, ends_on), rates) == day


def test_a_reverse_charge_without_an_end_and_that_of_another_code() -> None:
    reverse = rate("0", MARCH, treatment=TaxTreatment.REVERSE_CHARGE)
    assert reverse_charged_day(use(JULY), [reverse]) == JULY
    other = rate("0", MARCH, treatment=TaxTreatment.REVERSE_CHARGE, code="OTHER")
    assert reverse_charged_day(use(JULY), [other]) is None


NINETEEN_THEN_TWENTY_ONE = [rate("0.19", ends_on=MARCH), rate("0.21", MARCH)]


@pytest.mark.parametrize(
    ("after", "day"),
    [
        (NINETEEN_THEN_TWENTY_ONE, None),
        ([rate("0.19")], MARCH),
        ([rate("0.21")], JANUARY),
        ([rate("0.19", ends_on=MAY), rate("0.21", MAY)], MARCH),
        ([rate("0.19", ends_on=MARCH)], MARCH),
        ([rate("0.19", MARCH)], JANUARY),
        ([*NINETEEN_THEN_TWENTY_ONE[:1], rate("0.21", MARCH, JULY), rate("0.25", JULY)], None),
        ([rate("0.17", ends_on=date(2020, 1, 1)), rate("0.19", date(2020, 1, 1), MARCH),
          rate("0.21", MARCH)], None),
        ([rate("0.19", ends_on=MARCH), rate("0", MARCH, treatment=TaxTreatment.EXEMPT)], MARCH),
    ],
)  # fmt: skip
def test_the_first_day_taxed_otherwise_is_found(after: list[TaxRate], day: date | None) -> None:
    assert other_day(use(ends_on=JULY), NINETEEN_THEN_TWENTY_ONE, after) == day


def test_a_use_without_an_end_is_taxed_otherwise_from_any_day_on() -> None:
    later = [rate("0.19", ends_on=MARCH), rate("0.21", MARCH, JULY), rate("0.25", JULY)]
    assert other_day(use(), NINETEEN_THEN_TWENTY_ONE, later) == JULY


def test_the_days_of_a_use_before_a_day() -> None:
    assert use(ends_on=JULY).until(MAY) == use(ends_on=MAY)
    assert use(ends_on=MARCH).until(MAY) == use(ends_on=MARCH)
    assert use().until(MAY) == use(ends_on=MAY)
