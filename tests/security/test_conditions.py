"""Questions name their client themselves: with two clients' rows in sight each answers for its own.

Row-level security would hide a forgotten condition from every other test.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from billing_core.event import event_id
from billing_core.period import month_period
from db.commands.ingest import record
from db.queries import quality, rejected, screens, setup, usage
from db.queries.record_details import late_records, record_of
from db.queries.record_values import RecordsAsked
from db.queries.records import page_of_records
from db.queries.usage_days import month_usage_at
from tests.support.database import Database
from tests.support.usage import METERS, SOURCE, Ground, ground

NOVEMBER = month_period("2026-11", "Europe/Amsterdam")
AS_OF = datetime(2026, 11, 15, tzinfo=UTC)
ENDS = [NOVEMBER.ends_at]
Question = Callable[[Connection, int], object]


def _page(meter: str) -> Question:
    asked = RecordsAsked(
        meter=METERS[meter],
        period=NOVEMBER,
        starts_at=NOVEMBER.starts_at,
        ends_at=NOVEMBER.ends_at,
    )
    return lambda connection, client: page_of_records(connection, client, asked)


def _usage(meter: str) -> Question:
    return lambda connection, client: usage.usage_at(
        connection, client, NOVEMBER, [METERS[meter]], ENDS
    )


def _records(connection: Connection, client: int) -> list[object]:
    ids = [event_id(SOURCE, "late", "egress"), event_id(SOURCE, "first", "egress")]
    return [record_of(connection, client, each) for each in ids]


def _month(connection: Connection, client: int) -> object:
    return month_usage_at(connection, client, NOVEMBER, METERS.values(), (ENDS, ENDS))


QUESTIONS: dict[str, Question] = {
    "a whole month": _month,
    "months": usage.periods_of,
    "sources": usage.freshness,
    "agreements": setup.agreements_of,
    "sources set up": setup.sources_of,
    "the client": setup.client_of,
    "crossings": lambda connection, client: screens.crossings_of(connection, client, NOVEMBER),
    "refused": rejected.refused_by_source,
    "arrivals": quality.arrivals_of,
    "gaps of meters": lambda connection, client: quality.gaps_of_meters(
        connection, client, METERS.values(), NOVEMBER, AS_OF
    ),
    "gaps": lambda connection, client: usage.gaps_of(
        connection, client, METERS["storage"], NOVEMBER, AS_OF
    ),
    "levels before": lambda connection, client: usage.levels_before(
        connection, client, NOVEMBER, METERS["array"]
    ),
    "late records": lambda connection, client: late_records(
        connection, client, METERS["egress"], NOVEMBER
    ),
    "a record": _records,
    **{f"usage of {meter}": _usage(meter) for meter in ("egress", "peak", "storage", "users")},
    **{f"records of {meter}": _page(meter) for meter in ("egress", "storage", "users")},
}


def recorded(client: Ground, size: int) -> None:
    """A little of everything: equal names and instants for both clients, other quantities."""
    events = [
        client.event("2026-10-30T10:00:00+00:00", f"{size}", meter="array", resource="vol"),
        client.event("2026-10-31T10:00:00+00:00", f"{size}", id_="late"),
        client.event("2026-11-02T10:00:00+00:00", f"{40 * size}", id_="first"),
        client.event("2026-11-02T11:00:00+00:00", f"{40 * size}"),
        client.event("2026-11-02T10:00:00+00:00", f"{size}", meter="peak"),
        client.event("2026-11-02T10:00:00+00:00", f"{3 * size}", meter="storage", resource="vol"),
        client.event("2026-11-02T10:00:00+00:00", "-1", id_="refused"),
    ]
    for user in range(size):
        at = f"2026-11-02T1{user}:00:00+00:00"
        events.append(client.event(at, meter="users", counted=f"user-{user}"))
    engine = client.database.writer
    record(engine, client.client_id, SOURCE, events[:1], as_of=AS_OF)
    client.close("2026-10")
    record(engine, client.client_id, SOURCE, events[1:], as_of=AS_OF)


def test_each_question_answers_for_its_client_with_two_in_sight(database: Database) -> None:
    harbour, quayside = ground(database, slug="harbour"), ground(database, slug="quayside")
    recorded(harbour, 2)
    recorded(quayside, 3)
    for name, question in QUESTIONS.items():
        for client, other in ((harbour, quayside), (quayside, harbour)):
            with database.as_writer(client.client_id) as connection:
                alone = question(connection, client.client_id)
            with database.as_writer(client.client_id, other.client_id) as connection:
                assert question(connection, client.client_id) == alone, name
        assert alone, name


@pytest.mark.parametrize("name", ["months", "crossings", "a record"])
def test_the_questions_have_something_to_answer(database: Database, name: str) -> None:
    client = ground(database)
    recorded(client, 3)
    with database.as_writer(client.client_id) as connection:
        answer = QUESTIONS[name](connection, client.client_id)
    assert isinstance(answer, tuple | list)
    assert len(answer) == {"months": 2, "crossings": 6, "a record": 2}[name]
