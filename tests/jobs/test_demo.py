"""The demo goes in by the commands that everything goes in by, once, and is topped up later."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db.faults import StartFault
from db.session import owner_transaction
from demo.people import PASSWORD
from demo.state import loaded
from jobs.demo import app
from jobs.demo_load import load_demo
from tests.support.database import Database, DatabaseServer
from tests.support.demo import FINANCE, SMALL, load_small_demo

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
COUNTS = text("""
    SELECT count(*) AS events, count(DISTINCT client_id) AS clients,
           max(occurred_at) < :as_of AS before,
           (SELECT count(*) FROM billing.rejected_record) AS rejected
    FROM billing.usage_event
""")


@pytest.fixture(scope="module")
def demo(server: DatabaseServer) -> Iterator[Database]:
    made = server.copy()
    load_small_demo(made, NOW)
    yield made
    server.drop(made)


def counted(database: Database, as_of: datetime) -> tuple[int, int, bool, int]:
    with owner_transaction(database.owner) as connection:
        row = connection.execute(COUNTS, {"as_of": as_of}).one()
    return row.events, row.clients, row.before, row.rejected


def test_all_clients_report_and_four_readings_are_refused(demo: Database) -> None:
    events, clients, before, rejected = counted(demo, NOW)
    assert events > 4_000
    assert (clients, before, rejected) == (5, True, 4)


def test_everything_is_marked_as_demo(demo: Database) -> None:
    with owner_transaction(demo.owner) as connection:
        real = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM billing.client WHERE NOT is_demo)"
                " + (SELECT count(*) FROM auth.person WHERE NOT is_demo)"
            )
        ).scalar_one()
    assert real == 0


def test_a_second_load_finds_everything_there(demo: Database) -> None:
    before = counted(demo, NOW)
    assert load_demo(demo.own_urls, NOW, size=SMALL) == 0
    assert counted(demo, NOW) == before


def test_a_later_load_adds_what_has_happened_since(demo: Database) -> None:
    before = counted(demo, NOW)
    later = NOW + timedelta(days=1)
    added = load_demo(demo.own_urls, later, size=SMALL)
    after = counted(demo, later)
    assert added > 50
    assert (after[0], after[3]) == (before[0] + added, 4)
    assert loaded(demo.own_urls).anchor == NOW.date()


def test_a_first_load_refuses_a_database_with_other_clients(database: Database) -> None:
    with owner_transaction(database.owner) as connection:
        connection.execute(
            text(
                "INSERT INTO billing.client (slug, name, zone, locale, country)"
                " VALUES ('harbour', 'Harbour & Lane', 'UTC', 'en_NL', 'NL')"
            )
        )
    with pytest.raises(StartFault, match=r"clients that are not the demo's \(harbour\)"):
        load_demo(database.own_urls, NOW, size=SMALL)


def test_later_loads_do_not_mind_neighbours(demo: Database) -> None:
    with owner_transaction(demo.owner) as connection:
        connection.execute(
            text(
                "INSERT INTO billing.client (slug, name, zone, locale, country)"
                " VALUES ('bitbrains', 'Bitbrains', 'UTC', 'en_NL', 'NL')"
            )
        )
    assert load_demo(demo.own_urls, NOW, size=SMALL) == 0


def test_the_sign_ins_are_listed_with_their_password() -> None:
    listed = CliRunner().invoke(app, ["users"]).output
    assert FINANCE in listed
    assert PASSWORD in listed
    assert len(listed.splitlines()) == 14
