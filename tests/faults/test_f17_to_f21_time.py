"""When something happened: closed months, clocks that are wrong, that jump and that change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.collector import Collector
from tests.faults.drafts import amounts, draft
from tests.support.closing import books
from tests.support.corrections import recorded, withdrawal
from tests.support.database import Database

BILLED = """
    SELECT source_event_id, usage_period::text, billing_period::text FROM billing.usage_event
    WHERE client_id = :client ORDER BY occurred_at, source_event_id
"""
NAIVE = """
name = "naive"
kind = "csv"
id = ["id"]
[time]
column = "time"
zone = "Europe/Amsterdam"
[resource]
constant = "site"
[[meters]]
meter = "egress"
quantity = "gb"
"""


def in_utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_f17_an_event_of_an_issued_month_is_late_and_leaves_that_month_as_it_was(
    collector: Collector,
) -> None:
    collector.ingest(
        collector.rows(
            "2026-10-02T10:00:00Z,egress,vm,60,a",
            "2026-10-02T10:00:00Z,storage,vol,15,s",
            "2026-11-01T10:00:00Z,egress,vm,10,b",
        )
    )
    collector.ground.close("2026-10")
    before, issued = collector.kept(), draft(collector.ground, "2026-10")
    told = collector.ingest(
        collector.rows("2026-10-03T10:00:00Z,egress,vm,70,c", "2026-10-02T10:00:00Z,egress,vm,60,a")
    )
    assert (told.code, told.counts) == (0, {"accepted": 1, "late": 1, "duplicate": 1})
    assert collector.ground.rows(BILLED) == [
        ("a", "2026-10-01", "2026-10-01"),
        ("s", "2026-10-01", "2026-10-01"),
        ("c", "2026-10-01", "2026-11-01"),
        ("b", "2026-11-01", "2026-11-01"),
    ]
    after = collector.kept()
    assert after["totals"] == before["totals"]
    assert after["crossings"] == before["crossings"]
    assert amounts(issued)[0] == ("egress", "60.00")
    assert draft(collector.ground, "2026-10") == issued


def test_f18_each_odd_time_has_a_rule(collector: Collector) -> None:
    present = datetime.now(UTC)
    times = [
        in_utc(present + timedelta(minutes=3)),  # within the five minutes that a clock may be off
        in_utc(present + timedelta(minutes=15)),
        in_utc(present + timedelta(days=1)),
        "9999-12-31T23:59:59Z",
        "infinity",
        "1970-01-01T00:00:00Z",
        "2026-10-01T12:00:00",
        "2026-02-29T12:00:00Z",
        "2024-02-29T12:00:00Z",
        "2026-10-01T24:00:00Z",
        "2026-10-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "",
    ]
    rows = [f"{time},egress,vm,1,{at}" for at, time in enumerate(times)]
    told = collector.ingest(collector.rows(*rows))
    assert (told.code, told.counts) == (1, {"accepted": 2, "rejected": 11})
    assert sorted(collector.rejected()) == [
        (3, "future"),
        (4, "future"),
        (5, "future"),
        (6, "time"),
        (7, "agreement"),
        (8, "time"),
        (9, "time"),
        (11, "time"),
        (12, "time"),
        (13, "time"),
        (14, "time"),
    ]


def test_f19_where_clocks_change_an_offset_is_asked_for_and_the_days_add_up(
    collector: Collector,
) -> None:
    profile = collector.file(NAIVE, "naive.toml")
    path = collector.file(
        "time,gb,id\n"
        "2026-03-29 02:30:00,1,never\n"
        "2026-10-25 02:30:00,1,twice\n"
        "2026-10-25 00:30:00,1,before\n"
        "2026-10-25 02:30:00+02:00,2,first\n"
        "2026-10-25 02:30:00+01:00,4,second\n"
        "2026-10-25 03:30:00,8,after\n"
        "2026-10-26 00:00:00,16,tomorrow\n"
    )
    told = collector.ingest(path, str(profile))
    assert (told.code, told.counts) == (1, {"accepted": 5, "rejected": 2})
    assert "never happened in Europe/Amsterdam (the clocks changed); give an offset" in told.out
    assert "happened twice in Europe/Amsterdam (the clocks changed); give an offset" in told.out
    by_day = """
        SELECT to_char(hour AT TIME ZONE 'Europe/Amsterdam', 'DD'), count(*)::int,
            sum(quantity_sum)::int
        FROM billing.usage_hour WHERE client_id = :client GROUP BY 1 ORDER BY 1"""
    assert collector.ground.rows(by_day) == [("25", 4, 15), ("26", 1, 16)]
    assert collector.sums() == (5, 31, 5, 31, 5, 31)


def test_f20_a_month_is_half_open_to_the_microsecond(collector: Collector) -> None:
    collector.ingest(
        collector.rows(
            "2026-09-30T21:59:59.999999Z,egress,vm,1,before",
            "2026-09-30T22:00:00Z,egress,vm,1,start",
            "2026-09-30T22:00:00.000001Z,egress,vm,1,just after",
            "2026-10-31T22:59:59.999999Z,egress,vm,1,just before",
            "2026-10-31T23:00:00Z,egress,vm,1,end",
            "2026-10-31T23:00:00.000001Z,egress,vm,1,after",
        )
    )
    assert collector.ground.rows(BILLED) == [
        ("before", "2026-09-01", "2026-09-01"),
        ("start", "2026-10-01", "2026-10-01"),
        ("just after", "2026-10-01", "2026-10-01"),
        ("just before", "2026-10-01", "2026-10-01"),
        ("end", "2026-11-01", "2026-11-01"),
        ("after", "2026-11-01", "2026-11-01"),
    ]
    totals = [(row[1], row[2]) for row in collector.kept()["totals"]]
    assert totals == [("2026-09-01", 1), ("2026-10-01", 3), ("2026-11-01", 2)]


def test_f21_a_clock_that_jumps_back_changes_the_order_of_arrival_only(
    collector: Collector,
) -> None:
    collector.ingest(collector.rows("2026-10-01T12:00:00Z,peak,vm,9,later"))
    collector.ingest(
        collector.rows("2026-10-01T11:00:00Z,peak,vm,4,earlier", name="jumped back.csv")
    )
    order = """
        SELECT source_event_id FROM billing.usage_event WHERE client_id = :client ORDER BY {}"""
    assert collector.ground.rows(order.format("occurred_at, event_id")) == [
        ("earlier",),
        ("later",),
    ]
    assert collector.ground.rows(order.format("recorded_at")) == [("later",), ("earlier",)]
    levels = """
        SELECT to_char(hour AT TIME ZONE 'UTC', 'HH24'), first_level::int, last_level::int
        FROM billing.usage_hour WHERE client_id = :client ORDER BY 1"""
    assert collector.ground.rows(levels) == [("11", 4, 4), ("12", 9, 9)]
    passed = """
        SELECT kind, to_char(crossed_at AT TIME ZONE 'UTC', 'HH24'), total_before::int,
            total_after::int
        FROM billing.crossing c WHERE client_id = :client AND NOT EXISTS (
            SELECT FROM billing.crossing n WHERE n.replaces_crossing_id = c.crossing_id)"""
    assert collector.ground.rows(passed) == [("threshold", "12", 4, 9)]


def test_f17_what_comes_late_goes_to_the_next_document_and_the_issued_one_stays(
    database: Database, tmp_path: Path
) -> None:
    """60 GB late at 1 in November; then all 210 GB of October are taken back: a credit note."""
    own = books(database)
    collector = Collector(ground=own.ground, folder=tmp_path)
    collector.ingest(collector.rows("2026-10-02T10:00:00Z,egress,vm,150,a"))
    own.close("2026-10")
    document = "SELECT document, manifest FROM billing.invoice WHERE number = 'HARBOUR-2026-0001'"
    issued, drafted = own.ground.rows(document), draft(own.ground, "2026-10")
    told = collector.ingest(collector.rows("2026-10-03T10:00:00Z,egress,vm,60,b"))
    assert told.counts == {"accepted": 1, "late": 1}
    november = own.close("2026-11").number
    assert ("egress of 2026-10", "60.00") in own.lines(november)
    for own_id in ("a", "b"):
        wrong = own.ground.event("2026-10-02T10:00:00+00:00", "150", resource="vm", id_=own_id)
        recorded(own.ground, withdrawal(wrong), as_of=datetime(2026, 12, 6, tzinfo=UTC))
    december = own.close("2026-12", datetime(2027, 1, 9, tzinfo=UTC)).number
    assert ("egress of 2026-10", "-210.00") in own.lines(december)
    assert own.document(december).kind == "credit_note"
    assert own.ground.rows(document) == issued
    assert draft(own.ground, "2026-10") == drafted
