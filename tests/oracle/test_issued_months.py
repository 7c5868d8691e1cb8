"""What is recorded after a month was issued changes nothing of it, and is billed later."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.oracle.ground import Ground, new_ground
from tests.oracle.judgement import differences
from tests.oracle.plain.months import month_of, months_between
from tests.oracle.plain.verdict import Stream
from tests.oracle.profiles import bounded
from tests.oracle.strategies import Arrival, arrivals
from tests.support.database import Database

ROWS = (
    "SELECT * FROM billing.usage_hour WHERE client_id = :client AND billing_period < :open",
    "SELECT * FROM billing.usage_distinct WHERE client_id = :client AND billing_period < :open",
    "SELECT * FROM billing.usage_total WHERE client_id = :client AND billing_period < :open",
    "SELECT * FROM billing.crossing WHERE client_id = :client AND billing_period < :open",
)


@bounded(20)
@given(arrival=arrivals(), share=st.integers(0, 14))
def test_issued_months_stay_as_they_are_and_later_ones_take_what_comes_late(
    oracle_database: Database, arrival: Arrival, share: int
) -> None:
    ground = new_ground(oracle_database, arrival.stream.zone)
    early = arrival.batches[:share]
    for batch in early:
        ground.load(batch, arrival.stream.as_of)
    stream = closed_after(arrival.stream, early)
    for month in stream.closed:
        ground.issue(month)
    first_open = stream.closed[-1].following.first
    issued = rows_before(ground, first_open)
    for batch in arrival.batches[share:]:
        ground.post(batch, stream.as_of)
    ground.notice(stream.as_of)
    assert rows_before(ground, first_open) == issued
    assert differences(ground, stream) == []


def closed_after(stream: Stream, early: tuple[tuple[object, ...], ...]) -> Stream:
    """All months up to the one of the middle event are closed once the early ones are recorded."""
    instants = sorted(each.at for each in stream.events)
    middle = instants[len(instants) // 2]
    closed = tuple(months_between(instants[0], middle, stream.zone))
    recorded = {each for batch in early for each in batch}
    as_of = max(stream.as_of, month_of(middle, stream.zone).ends_at)
    return stream._replace(
        closed=closed,
        early=tuple(each for each in stream.events if each in recorded),
        as_of=as_of,
    )


def rows_before(ground: Ground, month: object) -> list[list[tuple[Any, ...]]]:
    """Every row of months before one."""
    values = {"client": ground.client_id, "open": month}
    with ground.database.as_owner() as connection:
        return [
            sorted((tuple(row) for row in connection.execute(text(query), values)), key=repr)
            for query in ROWS
        ]
