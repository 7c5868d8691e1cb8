"""Silences of a source that several resources speak through: nobody is overheard."""

from datetime import datetime, timedelta

import pytest

from billing_core.period import month_period
from db.commands.ingest import record
from db.queries.usage import gaps_of
from tests.support.database import Database
from tests.support.usage import METERS, SOURCE, Ground, ground

DAY = "2026-10-02"


def recorded(client: Ground, *heard: tuple[str, str]) -> None:
    """Record what was heard on resources at times of the day."""
    events = [client.event(f"{DAY}T{at}+00:00", resource=resource) for resource, at in heard]
    record(client.database.writer, client.client_id, SOURCE, events)


def expected_every(client: Ground, every: timedelta) -> None:
    """Say how often the source is expected."""
    statement = (
        "UPDATE billing.source SET expects_every = :every WHERE client_id = :client RETURNING 1"
    )
    client.rows(statement, every=every)


def silences(client: Ground, *, until: str) -> list[str]:
    """The gaps of egress on the day, up to a time of it."""
    period = month_period("2026-10", client.zone)
    as_of = datetime.fromisoformat(f"{DAY}T{until}+00:00")
    with client.database.as_writer(client.client_id) as connection:
        gaps = gaps_of(connection, client.client_id, METERS["egress"], period, as_of)
    return [f"{gap.starts_at:%H:%M}–{gap.ends_at:%H:%M}" for gap in gaps]


@pytest.fixture
def client(database: Database) -> Ground:
    """A client whose source is expected every hour."""
    made = ground(database)
    expected_every(made, timedelta(hours=1))
    return made


def test_no_resource_is_silent_while_another_speaks(client: Ground) -> None:
    often = [("a", f"{hour:02d}:00") for hour in (0, 1, 2, 6, 7, 8)]
    recorded(client, *often, *(("b", f"{hour:02d}:00") for hour in (3, 4, 5)))
    assert silences(client, until="08:30") == []


def test_a_source_is_silent_where_all_of_its_resources_are(client: Ground) -> None:
    often = [("a", f"{hour:02d}:00") for hour in (2, 3, 4, 8, 9, 14)]
    recorded(client, *often, ("b", "00:00"), ("b", "05:10"), ("b", "10:20"), ("b", "15:30"))
    assert silences(client, until="18:00") == [
        "01:00–02:00",
        "05:00–05:10",
        "06:10–08:00",
        "10:00–10:20",
        "11:20–14:00",
        "15:00–15:30",
        "16:30–18:00",
    ]


def test_what_is_heard_after_the_moment_ends_no_silence_before_it(client: Ground) -> None:
    recorded(client, ("a", "01:00"), ("a", "02:00"), ("b", "09:00"), ("a", "12:00"))
    assert silences(client, until="07:00") == ["03:00–07:00"]


def test_a_source_expected_within_the_hour_is_asked_about_whole(client: Ground) -> None:
    expected_every(client, timedelta(minutes=20))
    recorded(client, ("a", "01:00"), ("a", "01:10"), ("b", "01:45"), ("a", "01:50"))
    assert silences(client, until="02:00") == ["01:20–01:50"]
