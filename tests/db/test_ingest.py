"""Recording: each event once, what can't be stored kept with its reason, totals always right."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing_core.event import UsageEvent, event_id
from db.commands.ingest import Recorded, UnknownSourceError, record
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground, ground

AS_OF = datetime(2026, 11, 15, tzinfo=UTC)


def recorded(client: Ground, *events: UsageEvent, as_of: datetime = AS_OF) -> Recorded:
    return record(client.database.writer, client.client_id, SOURCE, events, as_of=as_of)


def test_f02_an_event_that_comes_twice_is_stored_once(database: Database) -> None:
    client = ground(database)
    event = client.event("2026-11-02T10:00:00+00:00", "5")
    assert recorded(client, event, event) == Recorded(accepted=1, duplicate=1)
    assert recorded(client, event) == Recorded(duplicate=1)
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(1, 5)]


def test_f02_two_writers_at_once_store_it_once(database: Database) -> None:
    client = ground(database)
    events = [
        client.event(f"2026-11-02T{hour:02d}:{minute:02d}:00+00:00", "1", resource=f"vm-{minute}")
        for hour in range(24)
        for minute in range(0, 60, 2)
    ]
    with ThreadPoolExecutor(4) as writers:
        results = [*writers.map(lambda _: recorded(client, *events), range(4))]
    assert sum(each.accepted for each in results) == 720
    assert sum(each.duplicate for each in results) == 3 * 720
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(720, 720)]
    assert client.rows(
        "SELECT sum(event_count)::int FROM billing.usage_hour WHERE client_id = :client"
    ) == [(720,)]


def test_f03_other_content_under_the_same_id_is_rejected_with_both_hashes(
    database: Database,
) -> None:
    client = ground(database)
    first = client.event("2026-11-02T10:00:00+00:00", "5", id_="a")
    other = client.event("2026-11-02T10:00:00+00:00", "6", id_="a")
    assert recorded(client, first, other) == Recorded(accepted=1, rejected=1)
    assert recorded(client, other) == Recorded(rejected=1)
    kept = client.rows(
        "SELECT code, event_id, encode(stored_leaf_hash, 'hex'), encode(offered_leaf_hash, 'hex')"
        " FROM billing.rejected_record WHERE client_id = :client"
    )
    assert {len(str(each[2])) for each in kept} == {64}
    assert {each[2] == each[3] for each in kept} == {False}
    assert [each[0] for each in kept] == ["conflict", "conflict"]
    assert {each[1] for each in kept} == {first.event_id}
    assert client.rows(
        "SELECT quantity::int FROM billing.usage_event WHERE client_id = :client"
    ) == [(5,)]


def test_f05_a_negative_quantity_needs_a_meter_that_allows_credits(database: Database) -> None:
    client = ground(database)
    refused = client.event("2026-11-02T10:00:00+00:00", "-5")
    credit = client.event("2026-11-02T10:00:00+00:00", "-5", meter="vendor")
    assert recorded(client, refused, credit) == Recorded(accepted=1, rejected=1)
    assert client.rows(
        "SELECT line::int, code FROM billing.rejected_record WHERE client_id = :client"
    ) == [(1, "negative")]


def test_a_wrong_event_is_superseded_once_and_its_hours_are_computed_anew(
    database: Database,
) -> None:
    client = ground(database)
    wrong = client.event("2026-11-02T10:10:00+00:00", "500")
    right = client.event("2026-11-02T10:20:00+00:00", "30")
    other = client.event("2026-11-02T12:00:00+00:00", "7")
    assert recorded(client, wrong, other).accepted == 2
    assert standing_crossings(client) == [
        ("threshold", "crossed", "10:10"),
        ("threshold", "crossed", "10:10"),
        ("threshold", "crossed", "10:10"),
        ("threshold", "crossed", "10:10"),
        ("tier", "crossed", "10:10"),
        ("tier", "crossed", "10:10"),
    ]
    correcting = superseding(right, wrong, "meter was reset")
    again = superseding(client.event("2026-11-02T10:30:00+00:00", "1"), wrong, "twice")
    assert recorded(client, correcting, again) == Recorded(accepted=1, rejected=1)
    assert recorded(client, correcting) == Recorded(duplicate=1)
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(2, 37)]
    assert client.rows(
        "SELECT event_count, quantity_sum::int, quantity_max::int FROM billing.usage_hour "
        "WHERE client_id = :client ORDER BY hour"
    ) == [(1, 30, 30), (1, 7, 7)]
    assert {state for _, state, _ in standing_crossings(client)} == {"withdrawn"}


def test_an_event_that_withdraws_is_stored_as_such_and_counts_nowhere(database: Database) -> None:
    client = ground(database)
    wrong = client.event("2026-11-02T10:00:00+00:00", "500", id_="wrong")
    recorded(client, wrong, client.event("2026-11-02T11:00:00+00:00", "7"))
    assert recorded(client, withdrawing(wrong)) == Recorded(accepted=1)
    assert client.rows(
        "SELECT quantity::int, withdraws FROM billing.usage_event WHERE client_id = :client"
        " AND supersedes_event_id IS NOT NULL"
    ) == [(0, True)]
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(1, 7)]
    assert recorded(client, withdrawing(wrong)) == Recorded(duplicate=1)


def test_f14_unknown_meters_are_kept_apart_and_the_rest_is_stored(database: Database) -> None:
    client = ground(database)
    unknown = client.event("2026-11-02T10:00:00+00:00", meter="egres")
    known = client.event("2026-11-02T10:00:00+00:00")
    assert recorded(client, unknown, known) == Recorded(accepted=1, rejected=1)
    ((line, reason),) = client.rows(
        "SELECT line::int, reason FROM billing.rejected_record WHERE client_id = :client"
    )
    assert line == 1
    assert reason == "there is no meter 'egres'; add it to the setup, then load again"
    with pytest.raises(UnknownSourceError):
        record(database.writer, client.client_id, "colector", [known])


def test_f17_an_event_of_a_closed_month_is_late_and_goes_to_the_earliest_open_one(
    database: Database,
) -> None:
    client = ground(database)
    on_time = client.event("2026-10-02T10:00:00+00:00", "60")
    recorded(client, on_time, client.event("2026-11-02T10:00:00+00:00", "10"))
    client.close("2026-10")
    late = client.event("2026-10-03T10:00:00+00:00", "70")
    assert recorded(client, late, on_time) == Recorded(accepted=1, late=1, duplicate=1)
    assert client.rows(
        "SELECT usage_period::text, billing_period::text, quantity::int FROM billing.usage_event "
        "WHERE client_id = :client ORDER BY occurred_at"
    ) == [
        ("2026-10-01", "2026-10-01", 60),
        ("2026-10-01", "2026-11-01", 70),
        ("2026-11-01", "2026-11-01", 10),
    ]
    assert client.rows(
        "SELECT billing_period::text, quantity::int FROM billing.usage_total "
        "WHERE client_id = :client ORDER BY 1"
    ) == [("2026-10-01", 60), ("2026-11-01", 10)]


def test_f17_a_late_event_goes_to_no_month_before_the_first_that_is_billed_here(
    database: Database,
) -> None:
    client = ground(database)
    recorded(client, client.event("2026-09-02T10:00:00+00:00", "5"))  # billed elsewhere: stays open
    recorded(client, client.event("2026-10-02T10:00:00+00:00", "60"))
    client.close("2026-10")
    late = client.event("2026-10-03T10:00:00+00:00", "70")
    assert recorded(client, late) == Recorded(accepted=1, late=1)
    assert client.rows(
        "SELECT usage_period::text, billing_period::text FROM billing.usage_event "
        "WHERE client_id = :client ORDER BY occurred_at"
    ) == [
        ("2026-09-01", "2026-09-01"),
        ("2026-10-01", "2026-10-01"),
        ("2026-10-01", "2026-11-01"),
    ]


def test_f18_times_of_the_future_and_of_before_the_agreement_are_rejected(
    database: Database,
) -> None:
    client = ground(database)
    events = [
        client.event((AS_OF + timedelta(minutes=5)).isoformat()),
        client.event((AS_OF + timedelta(minutes=5, microseconds=1)).isoformat()),
        client.event((AS_OF + timedelta(days=1)).isoformat()),
        client.event("9999-12-31T23:59:59+00:00"),
        client.event("1970-01-01T00:00:00+00:00"),
        client.event("2019-12-31T22:59:59+00:00"),
        client.event("2019-12-31T23:00:00+00:00"),
    ]
    assert recorded(client, *events) == Recorded(accepted=2, rejected=5)
    assert client.rows(
        "SELECT line::int, code FROM billing.rejected_record WHERE client_id = :client ORDER BY 1"
    ) == [(2, "future"), (3, "future"), (4, "future"), (5, "agreement"), (6, "agreement")]


def test_f20_a_month_is_half_open_to_the_microsecond(database: Database) -> None:
    client = ground(database)
    bounds = [
        "2026-09-30T21:59:59.999999+00:00",
        "2026-09-30T22:00:00+00:00",
        "2026-10-31T22:59:59.999999+00:00",
        "2026-10-31T23:00:00+00:00",
    ]
    recorded(client, *(client.event(at) for at in bounds))
    assert client.rows(
        "SELECT billing_period::text FROM billing.usage_event WHERE client_id = :client "
        "ORDER BY occurred_at"
    ) == [("2026-09-01",), ("2026-10-01",), ("2026-10-01",), ("2026-11-01",)]


def test_bounds_and_thresholds_are_noted_as_they_are_passed(database: Database) -> None:
    client = ground(database)
    events = [
        client.event(f"2026-11-02T{hour:02d}:00:00+00:00", "30", id_=str(hour))
        for hour in range(10)
    ]
    for event in events:
        recorded(client, event)
        recorded(client, event)
    assert client.rows(
        "SELECT kind, tier_ordinal, bound::int, to_char(crossed_at, 'HH24'), "
        "total_before::int, total_after::int, state FROM billing.crossing "
        "WHERE client_id = :client ORDER BY crossing_id"
    ) == [
        ("threshold", 1, 80, "02", 60, 90, "crossed"),
        ("threshold", 1, 100, "03", 90, 120, "crossed"),
        ("tier", 2, 100, "03", 90, 120, "crossed"),
        ("threshold", 2, 160, "05", 150, 180, "crossed"),
        ("threshold", 2, 200, "06", 180, 210, "crossed"),
        ("tier", 3, 200, "06", 180, 210, "crossed"),
    ]


def test_an_earlier_arrival_moves_a_crossing_and_edits_nothing(database: Database) -> None:
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "79"))
    recorded(client, client.event("2026-11-02T12:00:00+00:00", "1"))
    recorded(client, client.event("2026-11-02T08:00:00+00:00", "1"))
    assert client.rows(
        "SELECT to_char(crossed_at, 'HH24'), state, replaces_crossing_id IS NULL, "
        "total_before::int, total_after::int FROM billing.crossing "
        "WHERE client_id = :client ORDER BY crossing_id"
    ) == [("12", "crossed", True, 79, 80), ("10", "moved", False, 1, 80)]


def test_two_writers_at_once_do_not_both_miss_a_bound(database: Database) -> None:
    """Each brings 60; without the total's lock both would see 0 → 60, and nobody 100 passed."""
    client = ground(database)
    events = [
        client.event(f"2026-11-02T{hour}:00:00+00:00", "60", resource=f"vm-{hour}")
        for hour in (10, 11)
    ]
    with ThreadPoolExecutor(2) as writers:
        list(writers.map(lambda event: recorded(client, event), events))
    assert client.rows(
        "SELECT to_char(crossed_at, 'HH24'), total_before::int, total_after::int "
        "FROM billing.crossing c WHERE client_id = :client AND kind = 'tier' AND NOT EXISTS "
        "(SELECT FROM billing.crossing n WHERE n.client_id = c.client_id "
        "AND n.replaces_crossing_id = c.crossing_id)"
    ) == [("11", 60, 120)]


def test_levels_cross_bounds_too(database: Database) -> None:
    client = ground(database)
    recorded(
        client,
        client.event("2026-11-02T10:00:00+00:00", "7", meter="peak", resource="a"),
        client.event("2026-11-02T11:00:00+00:00", "9", meter="peak", resource="b"),
        client.event("2026-11-02T12:00:00+00:00", "8", meter="peak", resource="a"),
    )
    assert client.rows(
        "SELECT kind, bound::int, to_char(crossed_at, 'HH24'), total_before::int, "
        "total_after::int FROM billing.crossing WHERE client_id = :client ORDER BY crossing_id"
    ) == [
        ("threshold", 8, "11", 7, 16),
        ("threshold", 10, "11", 7, 16),
        ("tier", 10, "11", 7, 16),
        ("threshold", 16, "11", 7, 16),
    ]


def test_a_counted_value_counts_once_per_resource(database: Database) -> None:
    client = ground(database)
    events = [
        client.event("2026-11-02T10:00:00+00:00", meter="users", resource=site, counted=user)
        for site, user in (("a", "ann"), ("a", "bob"), ("b", "ann"))
    ]
    again = client.event("2026-11-03T10:00:00+00:00", meter="users", resource="a", counted="ann")
    nobody = client.event("2026-11-03T10:00:00+00:00", meter="users", resource="a")
    assert recorded(client, *events, again, nobody) == Recorded(accepted=4, rejected=1)
    assert client.rows(
        "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(4, 3)]


def test_each_transaction_raises_the_clients_version(database: Database) -> None:
    client = ground(database)
    event = client.event("2026-11-02T10:00:00+00:00")
    versions = []
    for _ in range(2):
        recorded(client, event)
        versions += client.rows(
            "SELECT version FROM billing.client_version WHERE client_id = :client"
        )
    assert versions == [(1,), (1,)]


def superseding(event: UsageEvent, wrong: UsageEvent, reason: str) -> UsageEvent:
    return UsageEvent(
        client=event.client,
        source=event.source,
        source_event_id=event.source_event_id,
        meter=event.meter,
        occurred_at=event.occurred_at,
        quantity=event.quantity,
        resource=event.resource,
        supersedes=event_id(wrong.source, wrong.source_event_id, wrong.meter),
        reason=reason,
    )


def withdrawing(wrong: UsageEvent) -> UsageEvent:
    return UsageEvent(
        client=wrong.client,
        source=wrong.source,
        source_event_id="withdraws-" + wrong.source_event_id,
        meter=wrong.meter,
        occurred_at=wrong.occurred_at,
        quantity=Decimal(0),
        resource=wrong.resource,
        supersedes=event_id(wrong.source, wrong.source_event_id, wrong.meter),
        reason="it never happened",
        withdraws=True,
    )


def standing_crossings(client: Ground) -> list[tuple[object, ...]]:
    return client.rows(
        "SELECT kind, state, to_char(crossed_at, 'HH24:MI') FROM billing.crossing c "
        "WHERE client_id = :client AND NOT EXISTS (SELECT FROM billing.crossing n "
        "WHERE n.client_id = c.client_id AND n.replaces_crossing_id = c.crossing_id) "
        "ORDER BY 1, 2, 3"
    )
