"""Two connections for one file: what they store is what one would have stored."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event, Timer

import pytest

from billing_core.event import UsageEvent
from db.commands.ingest import (
    Batch,
    Origin,
    Recorded,
    Run,
    TwoWriters,
    begin_run,
    encoded,
    offered_event,
)
from db.commands.ingest.recording import record_batch
from db.commands.ingest.turns import Turn
from db.session import writer_transaction
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground, ground

AS_OF = datetime(2026, 11, 15, tzinfo=UTC)
HOURS = (
    "SELECT resource.code, hour, event_count, quantity_sum::int FROM billing.usage_hour"
    " JOIN billing.resource USING (client_id, resource_id) WHERE client_id = :client ORDER BY 1, 2"
)
TOTALS = (
    "SELECT event_count, quantity::int, first_at, last_at FROM billing.usage_total"
    " WHERE client_id = :client"
)
CROSSINGS = (
    "SELECT bound::int, state, crossed_at, total_before::int, total_after::int"
    " FROM billing.crossing WHERE client_id = :client AND kind = 'tier' ORDER BY 1, crossing_id"
)


class Watched(Event):
    """An event that tells when somebody begins to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited_for.set()
        return super().wait(timeout)


def stream(client: Ground) -> list[UsageEvent]:
    """240 events of one each: the bounds at 100 and 200 are passed."""
    return [
        client.event(f"2026-11-{day:02d}T{hour:02d}:00:00+00:00", "1", resource=f"vm-{hour % 7}")
        for day in range(2, 12)
        for hour in range(24)
    ]


def batch_of(events: Sequence[UsageEvent]) -> Batch:
    offered = [offered_event(line, event) for line, event in enumerate(events, start=1)]
    return Batch(lines=encoded(offered), count=len(offered))


def batches(events: Sequence[UsageEvent], size: int = 20) -> Iterator[Batch]:
    for first in range(0, len(events), size):
        yield batch_of(events[first : first + size])


def run_of(client: Ground) -> Run:
    return begin_run(client.database.writer, client.client_id, SOURCE, Origin())


def loaded(client: Ground, events: Sequence[UsageEvent]) -> Recorded:
    run = run_of(client)
    with TwoWriters(client.database.writer, as_of=AS_OF) as writers:
        for batch in batches(events):
            writers.record(run, batch)
        return writers.recorded(run)


def test_what_is_appended_by_turns_moves_no_crossing(database: Database) -> None:
    client = ground(database)
    assert loaded(client, stream(client)) == Recorded(accepted=240)
    assert client.rows(TOTALS) == [
        (
            240,
            240,
            datetime(2026, 11, 2, tzinfo=UTC),
            datetime(2026, 11, 11, 23, tzinfo=UTC),
        )
    ]
    assert client.rows(CROSSINGS) == [
        (100, "crossed", datetime(2026, 11, 6, 4, tzinfo=UTC), 100, 101),
        (200, "crossed", datetime(2026, 11, 10, 8, tzinfo=UTC), 200, 201),
    ]


def test_a_file_with_its_events_twice_in_neighbouring_batches_is_stored_once(
    database: Database,
) -> None:
    client = ground(database)
    events = stream(client)
    doubled = [each for first in range(0, 240, 20) for each in 2 * events[first : first + 20]]
    assert loaded(client, doubled) == Recorded(accepted=240, duplicate=240)
    assert loaded(client, events) == Recorded(duplicate=240)
    assert [row[:2] for row in client.rows(TOTALS)] == [(240, 240)]


def test_f02_two_loads_of_one_file_at_once_store_it_once(database: Database) -> None:
    client = ground(database)
    events = stream(client)
    with ThreadPoolExecutor(2) as loads:
        done = [*loads.map(lambda _: loaded(client, events), range(2))]
    assert sum(each.accepted for each in done) == 240
    assert sum(each.duplicate for each in done) == 240
    assert [row[:2] for row in client.rows(TOTALS)] == [(240, 240)]
    assert [row[2:] for row in client.rows(CROSSINGS)][-1] == (
        datetime(2026, 11, 10, 8, tzinfo=UTC),
        200,
        201,
    )


def test_two_connections_store_what_one_stores(database: Database) -> None:
    one, two = ground(database, slug="one"), ground(database, slug="two")
    run = run_of(one)
    for batch in batches(stream(one)):
        record_batch(one.database.writer, run, batch, as_of=AS_OF)
    loaded(two, stream(two))
    assert one.rows(HOURS) == two.rows(HOURS)
    assert one.rows(TOTALS) == two.rows(TOTALS)
    assert one.rows(CROSSINGS) == two.rows(CROSSINGS)


def test_a_batch_that_fails_is_told_and_the_next_ones_do_not_wait_for_it(
    database: Database,
) -> None:
    client = ground(database)
    run = run_of(client)
    good, bad = batch_of(stream(client)[:3]), Batch(lines=b"nonsense\n", count=1)
    with TwoWriters(client.database.writer, as_of=AS_OF) as writers:
        writers.record(run, bad)
        writers.record(run, good)
        with pytest.raises(Exception, match="invalid input syntax"):
            writers.recorded(run)
    assert [row[:2] for row in client.rows(TOTALS)] == [(3, 3)]


def test_a_batch_waits_for_the_one_before_it(database: Database) -> None:
    client = ground(database)
    before = Event()
    turn = Turn(after=before)
    with writer_transaction(client.database.writer, [client.client_id]) as connection:
        Timer(0.3, before.set).start()
        turn.wait(connection)
        assert before.is_set()


def test_of_two_batches_with_the_same_new_resource_the_earlier_one_is_counted_first(
    database: Database,
) -> None:
    client = ground(database)
    events, run = stream(client), run_of(client)
    first = Turn(begun=(began := Watched()))
    with ThreadPoolExecutor(1) as writers:
        second = writers.submit(
            record_batch, database.writer, run, batch_of(events[120:]), as_of=AS_OF,
            all_new=True, turn=first.following(),
        )  # fmt: skip
        try:
            assert began.waited_for.wait(10)
            earlier = batch_of(events[:120])
            record_batch(database.writer, run, earlier, as_of=AS_OF, all_new=True, turn=first)
        finally:
            first.end()
        assert second.result() == Recorded(accepted=120)
    assert [row[1] for row in client.rows(CROSSINGS)] == ["crossed", "crossed"]


def test_a_batch_that_somebody_waits_for_gives_up_its_turn(database: Database) -> None:
    client = ground(database)
    events = stream(client)[:3]
    run = run_of(client)
    never = Watched()
    with ThreadPoolExecutor(2) as writers:
        second = writers.submit(
            record_batch, database.writer, run, batch_of(events), as_of=AS_OF,
            all_new=True, turn=Turn(after=never),
        )  # fmt: skip
        assert never.waited_for.wait(30)
        first = writers.submit(record_batch, database.writer, run, batch_of(events), as_of=AS_OF)
        done = [second.result(), first.result()]
        never.set()
    assert sum(each.accepted for each in done) == 3
    assert sum(each.duplicate for each in done) == 3
