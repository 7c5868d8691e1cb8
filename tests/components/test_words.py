"""The agreement and its records in words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing_core.metering import Gap
from billing_core.prices import ChargeModel, Interval, Price
from billing_core.rating import DetailedLine, DetailKind
from components.detail_words import step_in_words
from components.explanation import fee_in_words, records_in_words
from components.format import Format
from components.meter import gaps_in_words

WRITING = Format(locale="en_NL", zone="UTC", currency="EUR")
START = datetime(2026, 11, 3, 12, tzinfo=UTC)


def fee(interval: Interval, anchor_month: int) -> Price:
    return Price(
        code="review",
        name="Review",
        model=ChargeModel.FLAT,
        starts_on=date(2026, 1, 1),
        fee=Decimal(6000),
        interval=interval,
        anchor_month=anchor_month,
    )


@pytest.mark.parametrize(
    ("interval", "anchor_month", "words"),
    [
        (Interval.MONTH, 1, "per month, billed in advance"),
        (Interval.QUARTER, 11, "per quarter from February, May, August and November, billed in"),
        (Interval.YEAR, 10, "per year from October, billed in advance"),
    ],
)
def test_a_fee_says_in_which_months_its_intervals_begin(
    interval: Interval, anchor_month: int, words: str
) -> None:
    assert words in fee_in_words(fee(interval, anchor_month), WRITING)


def test_records_that_add_up_alone_say_so() -> None:
    words = records_in_words(3118, "€ 184,20", WRITING, held=False)
    assert words == "3.118 records add up to € 184,20"


def test_levels_held_around_the_records_are_named() -> None:
    words = records_in_words(66, "€ 2.363,60", WRITING, held=True)
    assert words == "66 records, and the levels held around them, add up to € 2.363,60"


def gap(hours: int, resource: str | None = None) -> Gap:
    return Gap(resource=resource, starts_at=START, ends_at=START + timedelta(hours=hours))


def test_one_gap_is_told_with_its_bounds() -> None:
    words = gaps_in_words([gap(2, "vm-1")], WRITING)
    assert words.startswith("No records of vm-1 from 3 Nov 2026, 12:00 to 3 Nov 2026, 14:00")


def test_of_many_gaps_the_count_and_the_longest_are_told() -> None:
    words = gaps_in_words([gap(1), gap(3, "vm-2"), gap(2)], WRITING)
    assert words.startswith("3 gaps without records, the longest of vm-2 from 3 Nov 2026, 12:00")
    assert words.count(" from ") == 1


def step(text: str, tier: str | None, kind: DetailKind = DetailKind.USAGE) -> DetailedLine:
    return DetailedLine(
        kind=kind,
        text=text,
        tier=tier,
        quantity=Decimal(1),
        unit_price=Decimal(1),
        amount=Decimal("1.00"),
    )


def test_numbers_of_a_step_are_written_as_the_client_writes_and_names_are_kept() -> None:
    tier = step("Tier 2000: above 25000, up to 50000.5", "Tier 2000")
    assert step_in_words(tier, "Storage", WRITING) == "Tier 2000: above 25.000, up to 50.000,5"
    named = step("Shelf 1187 (CHG-1187)", None, DetailKind.ONE_OFF)
    assert step_in_words(named, "Shelf 1187", WRITING) == "Shelf 1187 (CHG-1187)"


def test_the_reason_of_a_discount_is_no_number() -> None:
    plain = step("Discount of 12.5 %", None, DetailKind.DISCOUNT)
    assert step_in_words(plain, "Storage", WRITING) == "Discount of 12,5 %"
    reasoned = step("Discount of 12.5 %: Framework 2026: § 4.2", None, DetailKind.DISCOUNT)
    said = "Discount of 12,5 %: Framework 2026: § 4.2"
    assert step_in_words(reasoned, "Storage", WRITING) == said
