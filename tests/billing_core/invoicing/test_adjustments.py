from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_core.adjustment_rows import line_now
from billing_core.faults import Faults
from billing_core.invoicing import (
    SHORTFALL_CODE,
    AdjustedPeriod,
    BilledAmount,
    Invoice,
    build_invoice,
)
from billing_core.money import CurrencyMismatch
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from tests.billing_core.invoicing.test_build_invoice import line_with
from tests.billing_core.made import NOVEMBER, OCTOBER, agreement, faults_in, price, tier, usage

STORAGE = price("unit", code="storage", unit_price="1")
DECEMBER = NOVEMBER.next()


def billed(**amounts: str) -> dict[str, tuple[BilledAmount, ...]]:
    return {
        code.replace("_", "-"): (BilledAmount(document="HARB-2026-0010", amount=Decimal(amount)),)
        for code, amount in amounts.items()
    }


def october(of: Agreement, *totals: str, **fields: Any) -> AdjustedPeriod:  # noqa: ANN401 - of a period
    """October as it is known now; its totals are those of meter gb."""
    aggregation = fields.pop("aggregation", "sum")
    values: dict[str, Any] = {"billed": {}, "touched": frozenset({"gb"})}
    return AdjustedPeriod(
        agreement=of,
        period=OCTOBER,
        usage=usage(of, *totals, aggregation=aggregation),
        **{**values, **fields},
    )


def november(*adjusted: AdjustedPeriod, period: BillingPeriod = NOVEMBER) -> Invoice:
    """A document of an agreement with nothing of its own."""
    return build_invoice(
        agreement=agreement(), period=period, usage={}, as_of=period.ends_at, adjusted=adjusted
    )


def told(invoice: Invoice) -> list[tuple[str, str]]:
    return [(line.price_code, str(line.amount)) for line in invoice.lines]


def test_a_late_event_under_volume_reprices_what_came_before() -> None:
    # 100 × 2.00 = 200.00 was billed; 101 × 1.00 = 101.00.
    tiers = (tier("Small", "100", "2"), tier("Large", None, "1"))
    of = agreement(price("volume", code="storage", tiers=tiers))
    assert told(november(october(of, "101", billed=billed(storage="200.00")))) == [
        ("storage", "-99.00")
    ]


def test_a_late_event_may_start_another_package() -> None:
    of = agreement(price("package", code="storage", package_size="10", package_price="7"))
    assert told(november(october(of, "20.5", billed=billed(storage="14.00")))) == [
        ("storage", "7.00")
    ]


@pytest.mark.parametrize("aggregation", ["max", "last", "time_weighted_mean", "unique_count"])
def test_any_aggregation_is_adjusted_by_its_quantity(aggregation: str) -> None:
    adjusted = october(
        agreement(STORAGE), "12.5", aggregation=aggregation, billed=billed(storage="10.00")
    )
    (line,) = november(adjusted).lines
    assert (str(line.amount), line.quantity, line.meter) == ("2.50", Decimal("12.5"), "gb")


def test_two_prices_of_one_meter_are_both_adjusted() -> None:
    both = agreement(STORAGE, price("unit", code="transfer", unit_price="0.5"))
    adjusted = october(both, "12", billed=billed(storage="10.00", transfer="5.00"))
    assert told(november(adjusted)) == [("storage", "2.00"), ("transfer", "1.00")]


def test_a_level_that_is_carried_in_adjusts_a_month_without_events_of_its_own() -> None:
    untouched = october(
        agreement(STORAGE), "12", billed=billed(storage="10.00"), touched=frozenset()
    )
    (line,) = november(untouched).lines
    assert str(line.amount) == "2.00"
    assert line.reason == "Records of an earlier month carry another level into October 2026"


def test_a_line_that_nothing_touched_and_nothing_changed_is_left_out() -> None:
    untouched = october(
        agreement(STORAGE), "10", billed=billed(storage="10.00"), touched=frozenset()
    )
    assert november(untouched).lines == ()


def test_what_was_never_billed_is_billed_whole() -> None:
    (line,) = november(october(agreement(STORAGE), "10")).lines
    assert [each.kind.value for each in line.detailed_lines] == ["recomputed"]
    assert str(line.amount) == "10.00"


def test_a_price_of_another_time_is_not_adjusted() -> None:
    later = price("unit", code="storage", unit_price="1", starts_on=date(2026, 11, 1))
    adjusted = october(agreement(later, STORAGE_UNTIL_OCTOBER), "10")
    assert november(adjusted).lines == ()


STORAGE_UNTIL_OCTOBER = price("unit", code="storage", unit_price="1", ends_on=date(2026, 10, 1))


def test_a_shortfall_counts_fees_and_one_off_charges_of_its_month_again() -> None:
    # 300.00 fee and 50.00 charge count; 400.00 - 350.00 - 20.00 = 30.00, 40.00 was billed.
    of = agreement(
        price("flat", fee="300", counts_toward_commitment=True),
        price("one_off", fee="50", starts_on=OCTOBER.month, counts_toward_commitment=True),
        STORAGE,
        minimum_commitment=Decimal(400),
    )
    before = billed(storage="10.00", commitment_shortfall="40.00")
    assert told(november(october(of, "20", billed=before))) == [
        ("storage", "10.00"),
        (SHORTFALL_CODE, "-10.00"),
    ]


def test_each_month_is_adjusted_in_its_own_lines() -> None:
    first = october(agreement(STORAGE), "12", billed=billed(storage="10.00"))
    second = AdjustedPeriod(
        agreement=agreement(STORAGE),
        period=NOVEMBER,
        usage=usage(agreement(STORAGE), "7", period=NOVEMBER),
        billed=billed(storage="4.00"),
        touched=frozenset({"gb"}),
    )
    document = november(first, second, period=DECEMBER)
    assert [(line.adjusts, str(line.amount)) for line in document.lines] == [
        ("2026-10", "2.00"),
        ("2026-11", "3.00"),
    ]
    assert document.title == "Adjustments of October 2026 and November 2026"


def test_a_line_below_zero_may_be_credited_though_nothing_was_billed() -> None:
    # Credits of a meter: -5.00 now, nothing before; a credit note took 2.00 off long ago.
    of = agreement(STORAGE)
    credited = {"storage": Decimal("2.00")}
    adjusted = october(of, "-5", billed=billed(storage="2.00"), credited=credited)
    (line,) = november(adjusted).lines
    assert [(each.kind.value, str(each.amount)) for each in line.detailed_lines] == [
        ("recomputed", "-5.00"),
        ("billed_before", "-2.00"),
        ("credit", "2.00"),
    ]


@pytest.mark.parametrize("period", [OCTOBER, OCTOBER.previous()])
def test_a_month_is_adjusted_on_a_later_document_only(period: BillingPeriod) -> None:
    with pytest.raises(
        ValueError, match=f"2026-10 can't be adjusted on a document of {period.name}"
    ):
        november(october(agreement(STORAGE), "1"), period=period)


def test_a_month_is_adjusted_in_its_own_currency_only() -> None:
    dollars = agreement(STORAGE, currency="USD")
    sentence = "2026-10 was billed in USD, so it can't be adjusted on a document in EUR"
    with pytest.raises(CurrencyMismatch, match=sentence):
        november(october(dollars, "1"))


@pytest.mark.parametrize(
    ("days", "used", "amount", "kinds"),
    [
        (30, "12", "2.00", ["recomputed", "billed_before"]),
        (29, "12", "0.00", ["recomputed", "billed_before", "too_late"]),
        (29, "7", "-3.00", ["recomputed", "billed_before"]),
    ],
)
def test_past_the_back_billing_limit_nothing_is_charged_and_credits_are_given(
    days: int, used: str, amount: str, kinds: list[str]
) -> None:
    # From 31 October to 30 November it is 30 days; 10.00 was billed.
    of = agreement(STORAGE, back_billing_days=days)
    (line,) = november(october(of, used, billed=billed(storage="10.00"))).lines
    assert [each.kind.value for each in line.detailed_lines] == kinds
    assert (str(line.amount), line.is_too_late) == (amount, "too_late" in kinds)
    assert ("29 days after October 2026" in line.reason) is line.is_too_late


def test_an_adjustment_names_what_it_is_the_sum_of() -> None:
    (line,) = november(october(agreement(STORAGE), "12", billed=billed(storage="10.00"))).lines
    with pytest.raises(Faults) as raised:
        line_with("3.00", recomputed=line.recomputed)
    assert faults_in(raised.value) == ["lines[1].recomputed"]


@pytest.mark.parametrize(
    "fields", [{"is_too_late": True}, {"is_too_late": True, "adjusts": "2026-09"}]
)
def test_only_an_adjustment_that_charges_nothing_is_too_late(fields: dict[str, Any]) -> None:
    with pytest.raises(Faults) as raised:
        line_with("3.00", **fields)
    assert faults_in(raised.value) == ["lines[1].is_too_late"]


@pytest.mark.parametrize("used", ["15", "20"])
def test_a_commitment_that_is_met_now_comes_to_nothing(used: str) -> None:
    of = agreement(STORAGE, minimum_commitment=Decimal(15))
    before = billed(storage="10.00", commitment_shortfall="5.00")
    shortfall = november(october(of, used, billed=before)).lines[-1]
    now = line_now(shortfall)
    assert (str(shortfall.amount), str(now.amount), now.detailed_lines) == ("-5.00", "0.00", ())
