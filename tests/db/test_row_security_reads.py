"""Row-level security of views, and what it costs a keyset page: by plan, not by time."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from db.roles import CLIENT, MSP
from tests.db.test_row_security import seen_wrongly
from tests.support.database import Database
from tests.support.tenants import make_tenants

#: Readings of each client: enough for an index, and a page far from its beginning.
MORE_READINGS = """
INSERT INTO billing.usage_event (client_id, event_id, meter_id, billing_period, usage_period,
    occurred_at, quantity, resource_id, source_id, source_event_id, leaf_hash)
SELECT e.client_id, gen_random_uuid(), e.meter_id, e.billing_period, e.usage_period,
    e.occurred_at + n * interval '1 second', 1, e.resource_id, e.source_id, 'more-' || n,
    e.leaf_hash
FROM billing.usage_event e, generate_series(1, 2000) n WHERE e.source_event_id = 'reading-1'
"""
PAGE = text(
    "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON)"
    " SELECT event_id FROM billing.usage_event"
    " WHERE client_id = :client AND meter_id = 1 AND billing_period = '2021-01-01'"
    " AND (occurred_at, event_id) > ('2021-01-01 00:21Z',"
    " '80000000-0000-0000-0000-000000000000'::uuid)"
    " ORDER BY occurred_at, event_id LIMIT 50"
)


def make_view(database: Database, options: str) -> None:
    with database.as_owner() as connection:
        connection.execute(
            text(f"CREATE VIEW billing.readings {options} AS SELECT * FROM billing.usage_event")
        )
        connection.execute(text(f"GRANT SELECT ON billing.readings TO {CLIENT}, {MSP}"))


def test_t2_a_view_with_its_readers_rights_shows_the_chosen_clients_rows(
    database: Database,
) -> None:
    tenants = make_tenants(database)
    make_view(database, "WITH (security_invoker = true)")
    assert seen_wrongly(database, tenants, ("billing.readings",)) == []
    for client in (tenants.middle, tenants.large):
        with database.as_viewer(tenants.finance_of_small, client) as connection:
            assert connection.execute(text("SELECT count(*) FROM billing.readings")).scalar() == 0


def test_t2_a_view_with_its_owners_rights_would_be_noticed(database: Database) -> None:
    tenants = make_tenants(database)
    make_view(database, "")
    assert len(seen_wrongly(database, tenants, ("billing.readings",))) == 6


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes_of(below)


def reading_of(connection: Connection, client: int) -> tuple[dict[str, Any], list[str]]:
    """How a page was read from the table, and all steps of its plan but the session's look-up."""
    (found,) = connection.execute(PAGE, {"client": client}).scalar_one()
    steps = [
        each for each in nodes_of(found["Plan"]) if each.get("Parent Relationship") != "InitPlan"
    ]
    (scan,) = [each for each in steps if each.get("Relation Name") == "usage_event"]
    return scan, [each["Node Type"] for each in steps]


@pytest.fixture
def plenty(database: Database) -> Database:
    """A database whose clients have some thousand readings in a month."""
    make_tenants(database)
    with database.as_owner() as connection:
        connection.execute(text(MORE_READINGS))
        connection.execute(text("ANALYZE billing.usage_event"))
    return database


def test_t6_a_page_of_an_account_manager_reads_what_it_would_without_policies(
    plenty: Database,
) -> None:
    with plenty.administrator.connect() as superuser:
        client = superuser.execute(text("SELECT max(client_id) FROM billing.client")).scalar_one()
        free, free_steps = reading_of(superuser, client)
    manager = plenty.session(plenty.person("mm@msp.example", "account_manager", client))
    with plenty.as_viewer(manager, client, MSP) as connection:
        bound, bound_steps = reading_of(connection, client)
    assert free["Actual Rows"] == bound["Actual Rows"] == 50
    assert free["Index Name"] == bound["Index Name"] == "usage_event_in_order"
    assert free["Node Type"] == bound["Node Type"]
    assert bound.get("Rows Removed by Filter", 0) == 0
    assert "ROW(occurred_at, event_id) > " in bound["Index Cond"]
    assert f"client_id = {client}" in bound["Index Cond"]
    assert [each for each in bound_steps if each != "Result"] == free_steps
    assert "Sort" not in bound_steps
