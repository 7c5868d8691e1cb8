"""Which events the included quantity covers."""

from datetime import date
from decimal import Decimal

import pytest

from billing_core.metering import Aggregation, Measurement
from billing_core.proof.included import IncludedEvents, included_quantity
from tests.billing_core.made import OCTOBER, agreement, event, price


def counted(aggregation: Aggregation, included: str, *events: Measurement) -> int:
    found = IncludedEvents(aggregation, Decimal(included))
    for each in events:
        found.pass_by(each)
    return found.count


def amounts(*quantities: str) -> list[Measurement]:
    return [
        event(number, f"2026-10-{number:02}T10:00", quantity)
        for number, quantity in enumerate(quantities, start=1)
    ]


def test_an_event_is_covered_while_the_running_quantity_is_within() -> None:
    # 60, 100, 110, 90: the bound itself is within, and a credit may lead back
    assert counted(Aggregation.SUM, "100", *amounts("60", "40", "10", "-20")) == 3


def test_nothing_included_covers_nothing() -> None:
    assert counted(Aggregation.SUM, "0", *amounts("0", "5")) == 0


@pytest.mark.parametrize("aggregation", [each for each in Aggregation if each.is_level])
def test_a_level_has_no_part_that_is_included(aggregation: Aggregation) -> None:
    assert counted(aggregation, "100", *amounts("5", "6")) == 0


def test_a_value_counted_again_leaves_the_running_quantity_as_it_was() -> None:
    events = [
        event(1, "2026-10-01T10:00", "1", "site-a", "anna"),
        event(2, "2026-10-02T10:00", "1", "site-a", "anna"),
        event(3, "2026-10-03T10:00", "1", "site-b", "anna"),
        event(4, "2026-10-04T10:00", "1", "site-a", "anna"),
    ]
    # 1, 1, 2, 2 with 1 included
    assert counted(Aggregation.UNIQUE_COUNT, "1", *events) == 2


def test_what_every_price_of_the_meter_includes_is_included() -> None:
    of = agreement(
        price("unit", code="a", unit_price="1", included_quantity="100"),
        price("unit", code="b", unit_price="1", included_quantity="70"),
        price("unit", code="c", unit_price="1", meter="calls"),
    )
    assert included_quantity(of, "gb", OCTOBER) == 70
    assert included_quantity(of, "calls", OCTOBER) == 0
    assert included_quantity(of, "nobody-asks", OCTOBER) == 0


def test_in_a_part_month_less_is_included() -> None:
    # from the 15th on 17 of 31 days: 310 × 17 ÷ 31 = 170
    of = agreement(
        price("unit", unit_price="1", included_quantity="310"), starts_on=date(2026, 10, 15)
    )
    assert included_quantity(of, "gb", OCTOBER) == 170
