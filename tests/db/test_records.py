"""Pages of records: in order, with the running quantity of each aggregation, wherever they start.

November 2026 in UTC has 720 hours. Four records: r1 at hour 0, r1 at 20:00, r2 at 20:30, r1 at
30:30. Expected quantities after each are worked by hand beside each case.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import event as listened
from sqlalchemy import text

from billing_core.event import UsageEvent, event_id
from billing_core.metering import Aggregation, Meter, Step
from billing_core.period import month_period
from billing_core.prices import Agreement
from billing_core.setup import Client, Issuer, Setup, Source
from db.commands.ingest import record
from db.commands.setup.apply import apply_setup
from db.queries import records
from db.queries.record_details import record_of
from db.queries.record_values import RecordPage, RecordsAsked
from tests.support.database import Database

NOW = datetime(2026, 11, 20, tzinfo=UTC)
START = datetime(2026, 11, 1, tzinfo=UTC)
PERIOD = month_period("2026-11", "UTC")
AT = tuple(START + timedelta(hours=hours) for hours in (0, 20, 20.5, 30.5))
RESOURCES = ("r1", "r1", "r2", "r1")
METERS = tuple(
    Meter(code=each.value, name=each.value, unit="x", aggregation=each) for each in Aggregation
)
SETUP = Setup(
    issuer=Issuer(name="M", legal_name="M", country="NL"),
    clients=(Client(slug="c", name="C", zone="UTC", locale="en_GB", country="NL"),),
    people=(),
    meters=tuple(sorted(METERS, key=lambda meter: meter.code)),
    sources=(Source(client="c", code="s", name="S"),),
    agreements=(
        Agreement(code="A", client="c", currency="EUR", zone="UTC", starts_on=date(2026, 9, 1)),
    ),
)
#: amounts, and the quantity after each record
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sum": (("5", "7", "8", "1"), ("5", "12", "20", "21")),
    # r1 10; r1 falls to 5, its highest stays 10; r2 3 beside it; r1 rises to 12: 12 + 3
    "max": (("10", "5", "3", "12"), ("10", "10", "13", "15")),
    # levels now: 10; 5; 5 + 3; 12 + 3
    "last": (("10", "5", "3", "12"), ("10", "5", "8", "15")),
    # 0; 72 × 20 h / 720 = 2; + 144 × 0.5 / 720 = 2.1; + (144 + 36) × 10 / 720 = 4.6
    "time_weighted_mean": (("72", "144", "36", "0"), ("0", "2", "2.1", "4.6")),
    # r1 a; r1 a again; r2 a; r1 b
    "unique_count": (("1", "1", "1", "1"), ("1", "1", "2", "3")),
}
VALUES = ("a", "a", "a", "b")


def usage(
    meter: str, name: str, at: datetime, resource: str, quantity: str, value: str
) -> UsageEvent:
    return UsageEvent(
        client="c",
        source="s",
        source_event_id=name,
        meter=meter,
        occurred_at=at,
        quantity=Decimal(quantity),
        resource=resource,
        counted_value=value if meter == "unique_count" else None,
    )


@pytest.fixture
def client_id(database: Database) -> int:
    with database.as_owner() as connection:
        apply_setup(connection, SETUP, as_of=NOW, actor="test")
        found = connection.execute(text("SELECT client_id FROM billing.client")).scalar_one()
    for meter, (amounts, _) in CASES.items():
        names = [f"e{place}" for place in range(4)]
        given = zip(names, AT, RESOURCES, amounts, VALUES, strict=True)
        record(database.writer, found, "s", [usage(meter, *each) for each in given], as_of=NOW)
    return int(found)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(records, "PAGE", 2)
    return iter(())


def asked(meter: str, **more: Any) -> RecordsAsked:  # noqa: ANN401 - each test changes what it asks for
    by_code = {each.code: each for each in METERS}
    whole = RecordsAsked(
        meter=by_code[meter], period=PERIOD, starts_at=PERIOD.starts_at, ends_at=NOW
    )
    return replace(whole, **more)


def page(database: Database, client_id: int, question: RecordsAsked) -> RecordPage:
    with database.as_owner() as connection:
        return records.page_of_records(connection, client_id, question)


def steps(found: RecordPage) -> list[Step]:
    return [row.step for row in found.rows if row.step is not None]


def named(found: RecordPage) -> list[str]:
    return [row.record.source_event_id for row in found.rows]


@pytest.mark.parametrize("meter", CASES)
def test_each_page_carries_the_running_quantity_on(
    database: Database, client_id: int, meter: str
) -> None:
    after = [Fraction(each) for each in CASES[meter][1]]
    newest = page(database, client_id, asked(meter))
    older = page(database, client_id, asked(meter, older_than=newest.rows[-1].record.place))
    assert named(newest) == ["e3", "e2"]
    assert named(older) == ["e1", "e0"]
    shown = steps(newest) + steps(older)
    assert [step.after for step in shown] == after[::-1]
    assert [step.before for step in shown] == [after[2], after[1], after[0], 0]


@pytest.mark.parametrize("meter", CASES)
def test_a_resources_records_keep_the_running_quantity_of_all(
    database: Database, client_id: int, meter: str
) -> None:
    after = [Fraction(each) for each in CASES[meter][1]]
    found = page(database, client_id, asked(meter, resource="r2"))
    assert named(found) == ["e2"]
    assert steps(found) == [Step(before=after[1], after=after[2])]
    assert found.count == 1


def test_pages_lead_to_and_fro_without_a_record_twice_or_missing(
    database: Database, client_id: int
) -> None:
    oldest = page(database, client_id, asked("sum", oldest=True))
    assert named(oldest) == ["e1", "e0"]
    assert (oldest.has_newer, oldest.has_older) == (True, False)
    newer = page(database, client_id, asked("sum", newer_than=oldest.rows[0].record.place))
    assert named(newer) == ["e3", "e2"]
    assert (newer.has_newer, newer.has_older) == (False, True)
    assert newer.count == 4


def test_a_day_holds_its_own_records(database: Database, client_id: int) -> None:
    second = {"starts_at": START + timedelta(days=1), "ends_at": START + timedelta(days=2)}
    found = page(database, client_id, asked("sum", **second))
    assert named(found) == ["e3"]
    assert steps(found)[0].before == 20
    assert found.count == 1


def test_a_replaced_record_stands_beside_its_correction_and_counts_nothing(
    database: Database, client_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 10)
    right = UsageEvent(
        client="c",
        source="s",
        source_event_id="e1-right",
        meter="sum",
        occurred_at=AT[1],
        quantity=Decimal(4),
        resource="r1",
        counted_value=None,
        supersedes=event_id("s", "e1", "sum"),
        reason="read twice",
    )
    record(database.writer, client_id, "s", [right], as_of=NOW)
    found = page(database, client_id, asked("sum"))
    after = {row.record.source_event_id: row.step and row.step.after for row in found.rows}
    assert after == {"e3": 18, "e2": 17, "e1-right": 9, "e1": None, "e0": 5}
    assert found.count == 4
    counted = page(database, client_id, asked("sum", counted=True))
    assert named(counted) == ["e3", "e2", "e1-right", "e0"]
    with database.as_owner() as connection:
        wrong = record_of(connection, client_id, event_id("s", "e1", "sum"))
    assert wrong is not None
    assert wrong.record.superseded_by == event_id("s", "e1-right", "sum")


def test_a_level_held_since_before_the_month_is_carried_in(
    database: Database, client_id: int
) -> None:
    held = usage("time_weighted_mean", "before", datetime(2026, 10, 31, tzinfo=UTC), "r3", "72", "")
    record(database.writer, client_id, "s", [held], as_of=NOW)
    oldest = page(database, client_id, asked("time_weighted_mean", oldest=True))
    # r3 holds 72 from the month's start: 72 × 20 h / 720 = 2 beside r1's 2
    assert [step.after for step in steps(oldest)] == [4, 0]


def test_an_unknown_record_is_none(database: Database, client_id: int) -> None:
    with database.as_owner() as connection:
        assert record_of(connection, client_id, event_id("s", "nothing", "sum")) is None


def test_a_page_reads_no_more_records_wherever_it_stands(
    database: Database, client_id: int
) -> None:
    many = [
        usage("sum", f"m{hour}", START + timedelta(hours=hour, minutes=5), "r1", "1", "")
        for hour in range(400)
    ]
    record(database.writer, client_id, "s", many, as_of=NOW)
    read: list[int] = []

    def note(*given: object) -> None:
        cursor, statement = given[1], str(given[2])
        if "usage_event" in statement:
            read.append(int(getattr(cursor, "rowcount", 0)))

    listened.listen(database.owner, "after_cursor_execute", note)
    newest = page(database, client_id, asked("sum"))
    first = sum(read)
    read.clear()
    deep = page(database, client_id, asked("sum", oldest=True))
    listened.remove(database.owner, "after_cursor_execute", note)
    assert newest.count == deep.count == 404
    assert first <= 10
    assert sum(read) <= 10
