"""Disorder between writers: neither misses what the other stored, and neither waits for ever."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing_core.event import UsageEvent
from db.commands.ingest import begin_run, encoded, notice_crossings, offered_event, store_offered
from db.commands.ingest.renewing import renew_crossings
from db.commands.ingest.runs import Origin
from db.commands.usage_batch import Batch
from tests.support.corrections import (
    AS_OF,
    correction,
    crossings,
    recorded,
    state,
    totals,
    withdrawal,
)
from tests.support.database import Database, until_it_waits
from tests.support.usage import METERS, SOURCE, Ground, ground

WAITING = "SELECT count(*)::int FROM pg_locks WHERE NOT granted"


def stored_beside(client: Ground, first: UsageEvent, second: UsageEvent) -> None:
    """Store two events by two writers; the second begins before the first has ended."""
    source_id = begin_run(client.database.writer, client.client_id, SOURCE, Origin()).source_id
    batch = Batch(lines=encoded([offered_event(1, first)]), count=1)
    other = threading.Thread(target=recorded, args=(client, second))
    with client.database.as_writer(client.client_id) as connection:
        store_offered(connection, client.client_id, source_id, batch, AS_OF)
        other.start()
        while client.rows(WAITING) == [(0,)] and other.is_alive():
            time.sleep(0.01)
    other.join()


@pytest.mark.parametrize("is_first", [True, False], ids=["original first", "correction first"])
def test_an_original_and_its_correction_meet_in_two_writers(
    database: Database,
    is_first: bool,
) -> None:
    """Neither sees the other's event as it stores its own, and they are of different months."""
    client = ground(database)
    for month in ("10", "11"):
        recorded(client, client.event(f"2026-{month}-05T10:00:00+00:00", "1"))
    wrong = client.event("2026-11-02T10:00:00+00:00", "150")
    right = correction(wrong, at="2026-10-02T10:00:00+00:00", quantity="7")
    stored_beside(client, *((wrong, right) if is_first else (right, wrong)))
    assert totals(client) == {"egress": (1, "05 10:00", "05 10:00", "1")}
    assert totals(client, "2026-10") == {"egress": (2, "02 10:00", "05 10:00", "8")}
    assert state(client)["crossings"] == []


@pytest.mark.parametrize("is_first", [True, False], ids=["October first", "November first"])
def test_a_level_and_the_month_it_is_carried_into_meet_in_two_writers(
    database: Database,
    is_first: bool,
) -> None:
    client = ground(database)
    recorded(client, client.event("2026-10-05T10:00:00+00:00", "1"))
    october = client.event("2026-10-31T20:00:00+00:00", "12", meter="peak")
    november = client.event("2026-11-02T12:00:00+00:00", "4", meter="peak", resource="vm-2")
    stored_beside(client, *((october, november) if is_first else (november, october)))
    assert totals(client)["peak"] == (1, "02 12:00", "02 12:00", "16")
    assert [row[4:6] for row in state(client)["crossings"] if row[1] == "2026-11-01"] != []


def test_a_change_of_prices_and_a_batch_meet(database: Database) -> None:
    """The batch read the prices before they changed, and is held against them as they are now."""
    client = ground(database)
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "30"))
    later = client.event("2026-11-02T12:00:00+00:00", "15")
    other = threading.Thread(target=recorded, args=(client, later))
    with database.as_owner() as connection:
        connection.exec_driver_sql(
            f"UPDATE billing.price_tier SET up_to = 50 WHERE client_id = {client.client_id} "
            "AND up_to = 100"
        )
        renew_crossings(connection, client.client_id)
        other.start()
        until_it_waits(database, other.is_alive)
    other.join()
    assert crossings(client) == ["threshold 40 at 02 12:00:00: 30 -> 45"]


def stream(client: Ground, *, seed: int) -> list[UsageEvent]:
    """Events about the turn of a month, a third of them corrections or withdrawals."""
    choose = random.Random(seed)  # noqa: S311 - seeded events, not secrets
    events: list[UsageEvent] = []
    for number in range(240):
        at = AS_OF.replace(day=1) + timedelta(minutes=choose.randrange(-300, 300))
        meter = choose.choice(["egress", "peak", "storage", "users"])
        event = client.event(
            at.isoformat(),
            str(choose.randrange(20)),
            meter=meter,
            resource=f"vm-{choose.randrange(3)}",
            counted=f"user-{choose.randrange(9)}" if METERS[meter].code == "users" else None,
            id_=str(number),
        )
        open_to = [each for each in events if each.meter == meter and choose.random() < 0.5]
        taken = {each.supersedes for each in events}
        wrong = next((each for each in open_to if each.event_id not in taken), None)
        if wrong is not None and choose.random() < 0.4:
            event = correction(wrong, at=at.isoformat(), resource=event.resource)
            if choose.random() < 0.3:
                event = withdrawal(wrong)
        events.append(event)
    return events


def test_four_writers_come_to_what_one_comes_to(database: Database) -> None:
    states = []
    for slug, count in (("one", 1), ("four", 4)):
        client = ground(database, slug=slug)
        events = stream(client, seed=7)
        if count > 1:
            random.Random(8).shuffle(events)  # noqa: S311 - a seeded order
        batches = [events[start : start + 12] for start in range(0, len(events), 12)]
        with ThreadPoolExecutor(count) as writers:
            results = [*writers.map(lambda batch: recorded(client, *batch), batches)]  # noqa: B023 - ends within the round
        assert sum(each.accepted for each in results) == 240
        notice_crossings(database.writer, client.client_id, AS_OF)
        states.append(state(client))
    assert states[0] == states[1]
