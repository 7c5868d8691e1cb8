"""Crossings under disorder: they move, are withdrawn, and come by themselves.

`egress` has tiers up to 100 and 200, `peak` and `storage` up to 10 and 20; each is warned of at
80 % and 100 %. November has 720 hours: 7,200 GB of `storage` add 10 GB to its mean an hour.
"""

from datetime import UTC, datetime, timedelta

from billing_core.event import UsageEvent
from db.commands.ingest import notice_crossings
from db.commands.ingest.renewing import renew_crossings
from tests.support.corrections import correction, crossings, recorded, withdrawal
from tests.support.database import Database
from tests.support.usage import Ground, ground


def noticed(client: Ground, at: str) -> int:
    return notice_crossings(client.database.writer, client.client_id, datetime.fromisoformat(at))


def states(client: Ground) -> list[tuple[object, ...]]:
    return client.rows(
        "SELECT state, count(*)::int FROM billing.crossing WHERE client_id = :client "
        "GROUP BY 1 ORDER BY 1"
    )


def used(client: Ground, hour: int, quantity: str) -> UsageEvent:
    return client.event(f"2026-11-02T{hour:02d}:00:00+00:00", quantity)


def test_an_earlier_arrival_moves_a_crossing_or_only_its_totals(database: Database) -> None:
    client = ground(database)
    recorded(client, used(client, 10, "79"), used(client, 12, "2"))
    assert crossings(client) == ["threshold 80 at 02 12:00:00: 79 -> 81"]
    recorded(client, used(client, 9, "0.5"))
    assert crossings(client) == ["threshold 80 at 02 12:00:00: 79.5 -> 81.5"]
    recorded(client, used(client, 8, "1"))
    assert crossings(client) == ["threshold 80 at 02 10:00:00: 1.5 -> 80.5"]
    assert states(client) == [("crossed", 1), ("moved", 2)]


def test_what_comes_after_a_crossing_leaves_it_alone(database: Database) -> None:
    client = ground(database)
    recorded(client, used(client, 10, "85"))
    recorded(client, used(client, 14, "5"))
    recorded(client, used(client, 12, "2"))
    assert crossings(client) == ["threshold 80 at 02 10:00:00: 0 -> 85"]
    assert states(client) == [("crossed", 1)]


def test_a_correction_moves_a_crossing_and_a_withdrawal_takes_it_back(database: Database) -> None:
    client = ground(database)
    wrong = used(client, 10, "85")
    recorded(client, wrong, used(client, 11, "60"))
    assert crossings(client) == [
        "threshold 80 at 02 10:00:00: 0 -> 85",
        "threshold 100 at 02 11:00:00: 85 -> 145",
        "tier 100 at 02 11:00:00: 85 -> 145",
    ]
    right = correction(wrong, quantity="30")
    recorded(client, right)
    assert crossings(client) == ["threshold 80 at 02 11:00:00: 30 -> 90"]
    recorded(client, withdrawal(right))
    assert crossings(client) == []
    recorded(client, used(client, 12, "20"))
    assert crossings(client) == ["threshold 80 at 02 12:00:00: 60 -> 80"]
    assert states(client) == [("crossed", 3), ("moved", 2), ("withdrawn", 3)]


def test_an_event_moved_to_another_month_takes_its_crossing_along(database: Database) -> None:
    client = ground(database)
    wrong = used(client, 10, "85")
    recorded(client, wrong)
    moved = correction(wrong, at="2026-10-20T10:00:00+00:00")
    recorded(client, moved)
    assert crossings(client) == []
    assert crossings(client, month="2026-10") == ["threshold 80 at 20 10:00:00: 0 -> 85"]
    recorded(client, correction(moved, at="2026-11-03T10:00:00+00:00"))
    assert crossings(client) == ["threshold 80 at 03 10:00:00: 0 -> 85"]
    assert crossings(client, month="2026-10") == []


def test_a_mean_passes_its_bounds_by_itself_to_the_microsecond(database: Database) -> None:
    """10 GB an hour are 1/360,000,000 GB a microsecond: 8 is reached after 48 minutes.

    Above 10 it is a microsecond after the hour, when 10 is reached.
    """
    client = ground(database)
    recorded(
        client,
        client.event("2026-11-02T10:00:00+00:00", "7200", meter="storage"),
        client.event("2026-11-02T11:30:00+00:00", "0", meter="storage"),
    )
    assert crossings(client, "storage") == [
        "threshold 8 at 02 10:48:00: 7.999999997222222 -> 8 by itself",
        "threshold 10 at 02 11:00:00: 9.999999997222222 -> 10 by itself",
        "tier 10 at 02 11:00:00.000001: 10 -> 10.000000002777778 by itself",
    ]


def test_a_mean_is_watched_while_nothing_comes_in(database: Database) -> None:
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "7200", meter="storage"))
    assert crossings(client, "storage") == []
    version = "SELECT version FROM billing.client_version WHERE client_id = :client"
    assert noticed(client, "2026-11-02T10:47:59+00:00") == 0
    assert client.rows(version) == [(1,)]
    assert noticed(client, "2026-11-02T10:48:00+00:00") == 1
    assert client.rows(version) == [(2,)]
    assert noticed(client, "2026-11-02T10:59:00+00:00") == 0
    assert noticed(client, "2026-11-02T12:30:00+00:00") == 5
    assert crossings(client, "storage") == [
        "threshold 8 at 02 10:48:00: 7.999999997222222 -> 8 by itself",
        "threshold 10 at 02 11:00:00: 9.999999997222222 -> 10 by itself",
        "tier 10 at 02 11:00:00.000001: 10 -> 10.000000002777778 by itself",
        "threshold 16 at 02 11:36:00: 15.999999997222222 -> 16 by itself",
        "threshold 20 at 02 12:00:00: 19.999999997222222 -> 20 by itself",
        "tier 20 at 02 12:00:00.000001: 20 -> 20.000000002777778 by itself",
    ]


def test_what_came_by_itself_moves_with_an_event_that_comes_late(database: Database) -> None:
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "7200", meter="storage"))
    noticed(client, "2026-11-02T10:50:00+00:00")
    recorded(client, client.event("2026-11-02T10:24:00+00:00", "14400", meter="storage"))
    assert crossings(client, "storage") == [
        "threshold 8 at 02 10:36:00: 7.999999994444444 -> 8 by itself",
        "threshold 10 at 02 10:42:00: 9.999999994444444 -> 10 by itself",
        "tier 10 at 02 10:42:00.000001: 10 -> 10.000000005555556 by itself",
    ]
    recorded(client, client.event("2026-11-02T10:12:00+00:00", "0", meter="storage"))
    noticed(client, "2026-11-02T10:30:00+00:00")
    assert crossings(client, "storage") == []


def test_a_level_carried_in_passes_a_bound_as_the_month_starts(database: Database) -> None:
    client = ground(database)
    recorded(
        client,
        client.event("2026-10-31T10:00:00+00:00", "12", meter="peak"),
        client.event("2026-10-31T22:50:00+00:00", "7200", meter="storage"),
    )
    assert noticed(client, "2026-10-31T22:59:59+00:00") == 0
    assert noticed(client, "2026-10-31T23:00:00+00:00") == 3
    assert crossings(client, "peak") == [
        "threshold 8 at 31 23:00:00: 0 -> 12 by itself",
        "threshold 10 at 31 23:00:00: 0 -> 12 by itself",
        "tier 10 at 31 23:00:00: 0 -> 12 by itself",
    ]
    noticed(client, "2026-10-31T23:50:00+00:00")
    assert crossings(client, "storage") == [
        "threshold 8 at 31 23:48:00: 7.999999997222222 -> 8 by itself"
    ]
    recorded(client, client.event("2026-10-31T23:00:00+00:00", "9", meter="peak"))
    assert crossings(client, "peak") == ["threshold 8 at 31 23:00:00: 0 -> 9"]


def test_a_level_that_is_corrected_changes_what_the_next_month_starts_with(
    database: Database,
) -> None:
    client = ground(database)
    wrong = client.event("2026-10-31T10:00:00+00:00", "12", meter="peak")
    recorded(client, wrong)
    noticed(client, "2026-11-01T00:00:00+00:00")
    recorded(client, correction(wrong, quantity="9"))
    assert crossings(client, "peak") == ["threshold 8 at 31 23:00:00: 0 -> 9 by itself"]
    assert client.rows(
        "SELECT count(*)::int FROM billing.usage_total WHERE client_id = :client "
        "AND billing_period = '2026-11-01'"
    ) == [(0,)]


def test_what_stands_depends_on_the_events_and_the_present_only(database: Database) -> None:
    """What was noted beyond the present and the last event is taken back."""
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "7200", meter="storage"))
    last = client.event("2026-11-02T11:30:00+00:00", "0", meter="storage")
    recorded(client, last)
    recorded(client, withdrawal(last))
    assert len(crossings(client, "storage")) == 3
    assert noticed(client, "2026-11-02T10:50:00+00:00") == 2
    assert crossings(client, "storage") == [
        "threshold 8 at 02 10:48:00: 7.999999997222222 -> 8 by itself"
    ]
    assert noticed(client, "2026-11-02T10:50:00+00:00") == 0


def test_an_issued_month_is_not_looked_at(database: Database) -> None:
    client = ground(database)
    recorded(client, client.event("2026-10-31T10:00:00+00:00", "74500", meter="storage"))
    client.close("2026-10")
    assert noticed(client, "2026-10-31T20:00:00+00:00") == 0
    assert crossings(client, "storage", "2026-10") == []


def test_new_bounds_are_held_against_what_is_stored_already(database: Database) -> None:
    client = ground(database)
    recorded(client, used(client, 10, "60"), used(client, 11, "60"))
    with database.as_owner() as connection:
        connection.exec_driver_sql(
            f"UPDATE billing.price_tier SET up_to = 50 WHERE client_id = {client.client_id} "
            "AND up_to = 100"
        )
        assert renew_crossings(connection, client.client_id) == 6
        assert renew_crossings(connection, client.client_id) == 0
    assert crossings(client) == [
        "threshold 40 at 02 10:00:00: 0 -> 60",
        "threshold 50 at 02 10:00:00: 0 -> 60",
        "tier 50 at 02 10:00:00: 0 -> 60",
    ]


def test_a_long_silence_is_looked_at_once(database: Database) -> None:
    """The level ends 36 hours after it was stated: 7200 × 36 ÷ 720 is its part of the mean."""
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "360", meter="storage"))
    at = datetime(2026, 11, 12, tzinfo=UTC)
    found = [notice_crossings(database.writer, client.client_id, at) for _ in range(2)]
    assert found == [4, 0]
    later = at + timedelta(days=1)
    assert notice_crossings(database.writer, client.client_id, later) == 0
