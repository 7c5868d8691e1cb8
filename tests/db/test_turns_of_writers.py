"""Writers that meet: one is held in mid-transaction until the other one waits or is done."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from psycopg2.errors import LockNotAvailable, UniqueViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from billing_core.event import UsageEvent, event_id
from db.commands.ingest import Batch, Recorded, encoded, offered_event, record, retries
from db.commands.ingest.storing import store_offered
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground, ground

AS_OF = datetime(2026, 11, 15, tzinfo=UTC)
WAITING = """
    SELECT count(*)::int FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
FORGET = "TRUNCATE pg_temp.offered, pg_temp.folded, pg_temp.added, pg_temp.anew"
TOTALS = "SELECT event_count, quantity::int FROM billing.usage_total WHERE client_id = :client"
HOURS = """
    SELECT to_char(hour AT TIME ZONE 'UTC', 'HH24'), event_count, quantity_sum::int
    FROM billing.usage_hour WHERE client_id = :client ORDER BY 1
"""
TIERS = """
    SELECT bound::int, to_char(crossed_at AT TIME ZONE 'UTC', 'HH24'), total_before::int,
        total_after::int
    FROM billing.crossing WHERE client_id = :client AND kind = 'tier' ORDER BY 1
"""


@pytest.fixture
def client(database: Database) -> Ground:
    return ground(database)


def store(connection: Connection, client: Ground, *events: UsageEvent) -> None:
    """Store events in a transaction that goes on."""
    offered = [offered_event(line, event) for line, event in enumerate(events, start=1)]
    batch = Batch(lines=encoded(offered), count=len(offered))
    ((source_id,),) = client.rows("SELECT source_id FROM billing.source WHERE client_id = :client")
    assert isinstance(source_id, int)
    store_offered(connection, client.client_id, source_id, batch, AS_OF)


@contextmanager
def storing(client: Ground, *events: UsageEvent) -> Iterator[Connection]:
    """A writer that has stored events and not committed yet; it commits at the end."""
    with client.database.as_writer(client.client_id) as connection:
        store(connection, client, *events)
        yield connection


def recorded(client: Ground, *events: UsageEvent) -> Recorded:
    """What another writer records, from its begin to its commit."""
    return record(client.database.writer, client.client_id, SOURCE, events, as_of=AS_OF)


def until_it_waits(client: Ground, other: "Future[Recorded]") -> None:
    """Go on once the other writer waits for a lock, or is done without one."""
    waiting = 0
    while not other.done() and not waiting:
        time.sleep(0.01)
        with client.database.administrator.begin() as connection:
            waiting = connection.exec_driver_sql(WAITING).scalar_one()


def test_a_writer_reads_the_total_only_after_the_one_before_it_has_committed(
    client: Ground,
) -> None:
    recorded(client, client.event("2026-11-02T09:00:00+00:00", "1"))
    first = client.event("2026-11-02T10:00:00+00:00", "60")
    second = client.event("2026-11-02T11:00:00+00:00", "60", resource="vm-2")
    with ThreadPoolExecutor(1) as aside:
        with storing(client, first):
            other = aside.submit(recorded, client, second)
            until_it_waits(client, other)
        assert other.result() == Recorded(accepted=1)
    assert client.rows(TOTALS) == [(3, 121)]
    assert client.rows(TIERS) == [(100, "11", 61, 121)]


def test_a_correction_and_its_original_that_come_at_once_see_each_other(client: Ground) -> None:
    recorded(client, client.event("2026-11-02T09:00:00+00:00", "1"))
    original = client.event("2026-11-02T10:00:00+00:00", "500", id_="wrong")
    correction = replace(
        client.event("2026-11-02T10:00:00+00:00", "30", id_="right"),
        supersedes=event_id(SOURCE, "wrong", "egress"),
        reason="The counter was reset",
    )
    with ThreadPoolExecutor(1) as aside:
        with storing(client, correction):
            other = aside.submit(recorded, client, original)
            until_it_waits(client, other)
        assert other.result() == Recorded(accepted=1)
    assert client.rows(HOURS) == [("09", 1, 1), ("10", 1, 30)]
    assert client.rows(TOTALS) == [(2, 31)]


def is_no_circle(error: DBAPIError) -> bool:
    """Whether to try again; a deadlock is a fault here, though one that mends itself."""
    return isinstance(error.orig, UniqueViolation)


def test_events_are_inserted_in_one_order_so_that_nobody_waits_in_a_circle(
    client: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writer holds the first of 60 events. Another that is to store all of them waits there.

    Had it stored any of the others before, the first one, going on to them, would wait for it.
    """
    monkeypatch.setattr(retries, "_is_passing", is_no_circle)
    recorded(client, client.event("2026-11-02T09:00:00+00:00"))
    events = [client.event(f"2026-11-02T10:{minute:02d}:00+00:00") for minute in range(60)]
    first, *others = sorted(events, key=lambda event: event.event_id)
    with ThreadPoolExecutor(1) as aside:
        with storing(client, first) as connection:
            other = aside.submit(recorded, client, *events)
            until_it_waits(client, other)
            connection.exec_driver_sql(FORGET)
            store(connection, client, *others)
        assert other.result() == Recorded(duplicate=60)
    assert client.rows(TOTALS) == [(61, 61)]


def test_a_month_can_not_be_closed_while_events_are_stored_in_it(client: Ground) -> None:
    recorded(client, client.event("2026-11-02T09:00:00+00:00"))
    event = client.event("2026-11-02T10:00:00+00:00")
    to_close = text(
        "SELECT FROM billing.billing_period WHERE client_id = :client FOR NO KEY UPDATE NOWAIT"
    )
    with storing(client, event), client.database.as_owner() as owner:
        with pytest.raises(OperationalError) as refused, owner.begin_nested():
            owner.execute(to_close, {"client": client.client_id})
        assert isinstance(refused.value.orig, LockNotAvailable)
    with client.database.as_owner() as owner:
        assert len(owner.execute(to_close, {"client": client.client_id}).all()) == 1


MONTHS = """
    SELECT to_char(billing_period, 'MM'), event_count FROM billing.usage_total
    WHERE client_id = :client ORDER BY 1
"""


def test_a_month_between_two_stored_ones_is_stored_when_its_events_come(client: Ground) -> None:
    assert recorded(client, client.event("2026-07-20T09:00:00+00:00", "1")).accepted == 1
    assert recorded(client, client.event("2026-10-20T09:00:00+00:00", "1")).accepted == 1
    assert recorded(client, client.event("2026-08-20T09:00:00+00:00", "1")).accepted == 1
    assert client.rows(MONTHS) == [("07", 1), ("08", 1), ("10", 1)]


def test_an_event_of_a_month_that_another_writer_is_storing_is_not_refused(client: Ground) -> None:
    recorded(client, client.event("2026-07-20T09:00:00+00:00", "1"))
    with ThreadPoolExecutor(max_workers=1) as apart:
        with storing(client, client.event("2026-11-02T09:00:00+00:00", "1")):
            other = apart.submit(recorded, client, client.event("2026-09-02T09:00:00+00:00", "1"))
            until_it_waits(client, other)
        assert other.result() == Recorded(accepted=1)
    assert client.rows(MONTHS) == [("07", 1), ("09", 1), ("11", 1)]
