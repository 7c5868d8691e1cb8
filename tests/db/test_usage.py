"""Usage read from rollups is what the events themselves come to."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from fractions import Fraction
from zlib import crc32

import pytest
from sqlalchemy import Connection, event

from billing_core.event import UsageEvent
from billing_core.period import BillingPeriod, month_period
from db.commands.ingest import record
from db.queries.usage import (
    freshness,
    gaps_of,
    levels_before,
    periods_of,
    usage_at,
)
from db.queries.usage_days import month_usage_at
from tests.support.database import Database
from tests.support.usage import METERS, SOURCE, Ground, by_resource, ground, straight_from


def random_events(ground: Ground, *, seed: int, month: str, count: int) -> list[UsageEvent]:
    """Events of all meters over a month and four days before it; many close, some at bounds."""
    choose = random.Random(seed)  # noqa: S311 - seeded events, not secrets
    period = month_period(month, ground.zone)
    start = period.starts_at - timedelta(days=4)
    seconds = int((period.ends_at - start).total_seconds())
    events: list[UsageEvent] = []
    for number in range(count):
        at = start + timedelta(seconds=choose.randrange(seconds))
        if events and choose.random() < 0.4:
            at = choose.choice(events[-5:]).occurred_at + timedelta(seconds=choose.randrange(2000))
        elif choose.random() < 0.3:
            at = choose.choice(period.day_starts()) + timedelta(
                microseconds=choose.choice([-1, 0, 1])
            )
        meter = choose.choice(list(METERS.values()))
        quantity = f"{choose.randrange(100000)}.{choose.randrange(1, 10**6):06d}"
        events.append(
            ground.event(
                at.isoformat(),
                f"-{quantity}" if meter.allows_credits and choose.random() < 0.3 else quantity,
                meter=meter.code,
                resource=f"vm-{choose.randrange(4)}",
                counted=f"user-{choose.randrange(30)}" if meter.code == "users" else None,
                id_=str(number),
            )
        )
    return events


def asked_instants(period: BillingPeriod, events: list[UsageEvent]) -> list[datetime]:
    """Day starts, the end, and some instants inside hours: also events' own."""
    own = [each.occurred_at for each in events if period.contains(each.occurred_at)]
    odd = [*own[::29], *(each + timedelta(microseconds=1) for each in own[::31])]
    return sorted({*period.day_starts(), period.ends_at, *odd})


@pytest.mark.parametrize(
    ("zone", "month"),
    [
        ("Europe/Amsterdam", "2026-03"),
        ("Europe/Amsterdam", "2026-10"),
        ("Asia/Kolkata", "2026-10"),
        ("America/St_Johns", "2026-03"),
        ("Australia/Lord_Howe", "2026-04"),
        ("Australia/Lord_Howe", "2026-10"),
        ("UTC", "2026-02"),
    ],
)
def test_rollups_give_what_the_events_give(database: Database, zone: str, month: str) -> None:
    client = ground(database, zone=zone)
    events = random_events(client, seed=crc32(f"{zone}{month}".encode()), month=month, count=900)
    period = month_period(month, zone)
    ordered = sorted(events, key=lambda each: (each.occurred_at, each.event_id))
    as_of = period.ends_at
    record(database.writer, client.client_id, SOURCE, ordered, as_of=as_of)
    instants = asked_instants(period, events)
    with database.as_writer(client.client_id) as connection:
        found = usage_at(connection, client.client_id, period, METERS.values(), instants)
        days, rated = instants[::2], instants[1::2]
        whole = month_usage_at(connection, client.client_id, period, METERS.values(), (rated, days))
    for meter in METERS.values():
        expected = straight_from(events, meter, period, instants)
        assert by_resource(found[meter.code]) == by_resource(expected), meter.code
        rated_from = straight_from(events, meter, period, rated)
        assert by_resource(whole.rated[meter.code]) == by_resource(rated_from), meter.code
        by_day = [each.quantity for each in whole.by_day[meter.code].checkpoints]
        assert by_day == [each.quantity for each in expected.checkpoints[::2]], meter.code


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_arrival_changes_nothing(database: Database, seed: int) -> None:
    """F4: what arrives out of order, in small batches, comes to the same."""
    client = ground(database)
    events = random_events(client, seed=seed, month="2026-10", count=400)
    random.Random(seed).shuffle(events)  # noqa: S311 - a seeded order
    period = month_period("2026-10", client.zone)
    for start in range(0, len(events), 37):
        part = events[start : start + 37]
        record(database.writer, client.client_id, SOURCE, part, as_of=period.ends_at)
    instants = asked_instants(period, events)
    with database.as_writer(client.client_id) as connection:
        found = usage_at(connection, client.client_id, period, METERS.values(), instants)
    for meter in METERS.values():
        expected = straight_from(events, meter, period, instants)
        assert by_resource(found[meter.code]) == by_resource(expected), meter.code
    totals = client.rows(
        "SELECT m.code, t.quantity::text FROM billing.usage_total t JOIN billing.meter m "
        "USING (meter_id) WHERE client_id = :client AND billing_period = '2026-10-01'"
    )
    for code, total in totals:
        if code in {"egress", "vendor", "users", "peak"}:
            assert Fraction(str(total)) == found[str(code)].quantity, code


def test_a_level_is_carried_in_and_ends_when_its_meter_says(database: Database) -> None:
    client = ground(database)
    record(
        database.writer,
        client.client_id,
        SOURCE,
        [
            client.event("2026-10-31T22:00:00+00:00", "20", meter="storage"),
            client.event("2026-11-10T00:00:00+01:00", "40", meter="storage"),
        ],
    )
    period = month_period("2026-11", client.zone)
    with database.as_writer(client.client_id) as connection:
        usage = usage_at(
            connection, client.client_id, period, [METERS["storage"]], [period.ends_at]
        )
        carried = levels_before(connection, client.client_id, period, METERS["storage"])
        gaps = gaps_of(connection, client.client_id, METERS["storage"], period, period.ends_at)
    # 20 GB from 22:00Z on 31 October hold 36 hours: 35 of them in November (which starts at
    # 23:00Z). 40 GB hold 36 hours too. November has 720 hours: (35 × 20 + 36 × 40) ÷ 720.
    assert usage["storage"].quantity == Fraction(35 * 20 + 36 * 40, 720)
    assert {resource: str(level.level.normalize()) for resource, level in carried.items()} == {
        "vm-1": "2E+1"
    }
    assert [(f"{gap.starts_at:%d %H:%M}", f"{gap.ends_at:%d %H:%M}") for gap in gaps] == [
        ("02 10:00", "09 23:00"),
        ("11 11:00", "30 23:00"),
    ]


def test_levels_stated_in_time_leave_no_gap(database: Database) -> None:
    client = ground(database)
    days = [*range(1, 12), *range(14, 31)]
    events = [
        client.event(f"2026-10-{day:02d}T03:00:00+00:00", "5", meter="storage", resource=resource)
        for day in days
        for resource in ("a", "b")
    ]
    record(database.writer, client.client_id, SOURCE, events)
    period = month_period("2026-10", client.zone)
    as_of = datetime.fromisoformat("2026-10-31T12:00:00+00:00")
    with database.as_writer(client.client_id) as connection:
        gaps = gaps_of(connection, client.client_id, METERS["storage"], period, as_of)
    # 36 hours after 03:00 on the 11th, until 03:00 on the 14th; the 30th holds beyond as_of.
    assert [
        (gap.resource, f"{gap.starts_at:%d %H:%M}", f"{gap.ends_at:%d %H:%M}") for gap in gaps
    ] == [("a", "12 15:00", "14 03:00"), ("b", "12 15:00", "14 03:00")]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (0, []),
        (34, []),
        (35, []),
        (36, [("17 12:00", "17 13:00")]),  # 00:00 + 36 hours; the next record is 37 hours later
        (50, [("17 12:00", "18 03:00")]),
    ],
)
def test_hourly_levels_are_missed_when_they_no_longer_hold(
    database: Database, missing: int, expected: list[tuple[str, str]]
) -> None:
    client = ground(database)
    first = datetime.fromisoformat("2026-10-10T00:00:00+00:00")
    silence = datetime.fromisoformat("2026-10-16T00:00:00+00:00")
    hours = [first + timedelta(hours=number) for number in range(400)]
    told = [at for at in hours if not silence < at <= silence + timedelta(hours=missing)]
    events = [client.event(at.isoformat(), "5", meter="storage") for at in told]
    record(database.writer, client.client_id, SOURCE, events)
    period = month_period("2026-10", client.zone)
    with database.as_writer(client.client_id) as connection:
        gaps = gaps_of(connection, client.client_id, METERS["storage"], period, told[-1])
    assert [(f"{gap.starts_at:%d %H:%M}", f"{gap.ends_at:%d %H:%M}") for gap in gaps] == expected


def test_a_silent_source_is_a_gap_and_never_filled(database: Database) -> None:
    client = ground(database)
    hours = [*range(6), *range(9, 12)]
    events = [client.event(f"2026-10-02T{hour:02d}:00:00+00:00") for hour in hours]
    record(database.writer, client.client_id, SOURCE, events)
    period = month_period("2026-10", client.zone)
    as_of = datetime.fromisoformat("2026-10-02T14:00:00+00:00")
    with database.as_writer(client.client_id) as connection:
        gaps = gaps_of(connection, client.client_id, METERS["egress"], period, as_of)
    assert [(f"{gap.starts_at:%H:%M}", f"{gap.ends_at:%H:%M}") for gap in gaps] == [
        ("06:00", "09:00"),
        ("12:00", "14:00"),
    ]
    assert {gap.resource for gap in gaps} == {None}


def test_screens_read_it_under_row_level_security(database: Database) -> None:
    mine, other = ground(database, slug="mine"), ground(database, slug="other")
    for client in (mine, other):
        events = [client.event("2026-10-02T10:00:00+00:00", "5")]
        record(database.writer, client.client_id, SOURCE, events)
    person = database.person("it@mine.example", "it", mine.client_id)
    session = database.session(person)
    period = month_period("2026-10", mine.zone)
    asked = (period, METERS.values(), [period.ends_at])
    with database.as_viewer(session, mine.client_id) as connection:
        assert usage_at(connection, mine.client_id, *asked)["egress"].quantity == 5
        assert usage_at(connection, other.client_id, *asked)["egress"].quantity == 0
        assert [each.name for each in periods_of(connection, mine.client_id)] == ["2026-10"]
        assert periods_of(connection, other.client_id) == ()
        (fresh,) = freshness(connection, mine.client_id)
    assert fresh.source == SOURCE
    assert f"{fresh.last_occurred_at:%d %H:%M}" == "02 10:00"


def test_the_number_of_statements_does_not_grow_with_the_events(database: Database) -> None:
    client = ground(database)
    period = month_period("2026-10", client.zone)
    instants = [*period.day_starts(), period.ends_at]
    counts = []
    for count in (10, 600):
        events = random_events(client, seed=count, month="2026-10", count=count)
        record(database.writer, client.client_id, SOURCE, events, as_of=period.ends_at)
        with database.as_writer(client.client_id) as connection:
            with listening(connection) as statements:
                usage_at(connection, client.client_id, period, METERS.values(), instants)
            counts.append(len(statements))
    assert counts == [5, 5]


@contextmanager
def listening(connection: Connection) -> Iterator[list[str]]:
    """The statements that the block executes."""
    statements: list[str] = []

    def note(*told: object) -> None:
        statements.append(str(told[2]))

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_a_meter_read_once_a_day_is_no_gap_while_its_source_speaks_of_another(
    database: Database,
) -> None:
    client = ground(database)
    hours = [*range(6), *range(9, 12)]
    events = [client.event(f"2026-10-02T{hour:02d}:00:00+00:00") for hour in hours]
    daily = client.event("2026-10-02T00:30:00+00:00", "3", meter="vendor")
    record(database.writer, client.client_id, SOURCE, [*events, daily])
    period = month_period("2026-10", client.zone)
    as_of = datetime.fromisoformat("2026-10-02T12:00:00+00:00")
    with database.as_writer(client.client_id) as connection:
        gaps = gaps_of(connection, client.client_id, METERS["vendor"], period, as_of)
    assert [(f"{gap.starts_at:%H:%M}", f"{gap.ends_at:%H:%M}") for gap in gaps] == [
        ("06:00", "09:00"),
    ]
