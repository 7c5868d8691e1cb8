"""The records behind a line: running quantity, tier and what each added, to the line's amount."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from billing_core.invoicing import InvoiceLine
from billing_core.metering import Level, Meter
from billing_core.prices import Agreement
from billing_core.proof import Exclusion, ExclusionReason
from documents.line_records import EventSet, record_rows
from documents.records_csv import RecordRow
from tests.billing_core.made import OCTOBER, agreement, meter, price, tier
from tests.documents.made import detail, line, september


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An event as the database gives it."""

    event_id: UUID
    occurred_at: datetime
    quantity: Decimal
    resource: str = "vm-1"
    counted_value: str | None = None
    source: str = "collector"
    source_event_id: str = "r"
    supersedes: UUID | None = None
    reason: str | None = None


def stored(number: int, day: int, quantity: str, **fields: object) -> Stored:
    values = {
        "event_id": UUID(int=number),
        "occurred_at": datetime(2026, 10, day, 12, tzinfo=UTC),
        "quantity": Decimal(quantity),
        "source_event_id": f"r{number}",
    }
    return Stored(**{**values, **fields})  # type: ignore[arg-type]  # any of its fields


TIERED = agreement(
    price("graduated", tiers=(tier("Base", "100", "0.10"), tier("More", None, "0.05", "2.00")))
)


def behind(
    events: Sequence[Stored], counted: Meter | None = None, **fields: object
) -> Iterable[EventSet]:
    values = {"meter": counted or meter(), "period": OCTOBER, "events": events}
    return [EventSet(**{**values, **fields})]  # type: ignore[arg-type]  # any of its fields


def rows(
    only: InvoiceLine, card: Agreement, sets: Iterable[EventSet]
) -> list[tuple[str, str | None, str | None, str | None]]:
    """Give kind, running quantity, tier and what was added."""
    return [
        (row.kind, _text(row.running_quantity), row.tier, _text(row.added))
        for row in record_rows(only, card, sets)
    ]


def _text(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def graduated(amount: str, *details: object) -> InvoiceLine:
    made = details or (detail("usage", "1", amount, amount),)
    return line(1, "graduated", *made, model="graduated", meter="gb")  # type: ignore[arg-type]  # detailed lines


def test_each_record_adds_at_the_tier_that_it_reaches() -> None:
    # 80 × 0.10 = 8.00; 20 × 0.10 + 10 × 0.05 + 2.00 = 4.50; together 12.50.
    events = [stored(1, 3, "80"), stored(2, 5, "30")]
    assert rows(graduated("12.50"), TIERED, behind(events)) == [
        ("event", "80", "Base", "8"),
        ("event", "110", "More", "4.5"),
    ]


def test_what_completes_the_column_follows_the_records() -> None:
    # 80 × 0.10 = 8.00, a minimum of 20.00 adds 12.00.
    details = (
        detail("usage", "80", "0.10", "8.00"),
        detail("minimum", "1", "20.00", "12.00", flat_fee="-8.00"),
    )
    found = rows(graduated("20.00", *details), TIERED, behind([stored(1, 3, "80")]))
    assert found == [("event", "80", "Base", "8"), ("minimum", None, None, "12")]


def test_fractions_of_a_cent_are_exact_and_rounding_is_a_row() -> None:
    # 0.045 × 0.10 = 0.0045: the line is 0.00.
    found = rows(
        graduated("0.00", detail("usage", "0.045", "0.10", "0.00")),
        TIERED,
        behind([stored(1, 3, "0.045")]),
    )
    assert found == [("event", "0.045", "Base", "0.0045"), ("rounding", None, None, "-0.0045")]


def test_an_excluded_record_stands_at_its_place_and_adds_nothing() -> None:
    events = [stored(1, 3, "80"), stored(2, 4, "999"), stored(3, 5, "10", supersedes=UUID(int=2))]
    gone = Exclusion(
        event_id=UUID(int=2),
        meter="gb",
        usage_period="2026-10",
        reason=ExclusionReason.SUPERSEDED,
        by=UUID(int=3),
    )
    sets = behind(events, excluded={gone.event_id: gone})
    first, second, third = record_rows(graduated("9.00"), TIERED, sets)
    assert [_text(each) for each in (first.added, third.running_quantity, third.added)] == [
        "8",
        "90",
        "1",
    ]
    assert (second.added, second.running_quantity) == (None, None)
    assert (second.excluded, second.superseded_by) == ("superseded", UUID(int=3))
    assert third.supersedes == UUID(int=2)


def test_levels_that_were_carried_in_count_from_the_start() -> None:
    # 40 GB until 16 October 12:00 UTC, 0 then: 15 days and 14 hours of 745 hours, 374 of them.
    card = agreement(price("unit", unit_price="1"))
    carried = {"vm-1": Level(level=Decimal(40), since=datetime(2026, 9, 30, tzinfo=UTC))}
    sets = behind([stored(1, 16, "0")], meter("time_weighted_mean"), carried_in=carried)
    only = line(1, "unit", detail("usage", "20.080536912751678", "1", "20.08"), meter="gb")
    event, *completing = record_rows(only, card, sets)
    assert event.running_quantity == Decimal("20.080536912751678")  # 40 × 374 ÷ 745
    assert [row.kind for row in completing] == ["rounding"]
    assert sum(row.added or 0 for row in (event, *completing)) == Decimal("20.08")


def test_late_records_of_an_earlier_month_stand_behind_its_adjustment() -> None:
    found = list(record_rows(september(1), TIERED, behind([stored(1, 3, "12")])))
    assert [(row.kind, row.added) for row in found] == [
        ("event", None),
        ("others", Decimal(250)),
        ("billed_before", Decimal("-240.50")),
    ]
    shown = september(1)
    late = replace(
        shown,
        detailed_lines=(*shown.detailed_lines, detail("too_late", "1", "-9.50", "-9.50")),
        amount=Decimal("0.00"),
        is_too_late=True,
    )
    event, *completing = record_rows(late, TIERED, behind([stored(1, 3, "12")]))
    assert event.excluded == "too_late"
    assert [(row.kind, row.added) for row in completing] == [
        ("others", Decimal(250)),
        ("billed_before", Decimal("-240.50")),
        ("too_late", Decimal("-9.50")),
    ]


def test_a_line_that_no_record_stands_behind_says_so() -> None:
    assert list(record_rows(graduated("12.50"), TIERED, [])) == [
        RecordRow(kind="line", added=Decimal("12.50"), text="No metered record stands behind it")
    ]


def test_before_a_price_begins_nothing_is_added() -> None:
    later = agreement(price("unit", unit_price="2", starts_on=date(2026, 10, 10)))
    only = line(1, "unit", detail("usage", "5", "2", "10.00"), meter="gb")
    events = [stored(1, 3, "7"), stored(2, 12, "5")]
    assert rows(only, later, behind(events)) == [
        ("event", "7", None, "0"),
        ("event", "12", None, "10"),
    ]


@pytest.mark.parametrize("given", ["1.500000000000000", "1.5"])
def test_quantities_are_written_without_the_databases_zeros(given: str) -> None:
    (event, *_) = record_rows(graduated("0.15"), TIERED, behind([stored(1, 3, given)]))
    assert f"{event.quantity}" == "1.5"


def test_a_hundred_thousand_records_pass_by_one_at_a_time() -> None:
    taken = 0

    def events() -> Iterable[Stored]:
        nonlocal taken
        for number in range(100_000):
            taken += 1
            yield stored(number, 3, "0.001")

    stream = record_rows(graduated("10.00"), TIERED, behind(events()))  # type: ignore[arg-type]  # an iterator
    for _ in range(10):
        next(iter(stream))
    assert taken == 10
