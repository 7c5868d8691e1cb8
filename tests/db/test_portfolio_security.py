"""Small tables of which people of the MSP see all their clients' rows at once, from outside."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from db.engine import make_engine
from db.policy_tables import PORTFOLIO_TABLES
from db.roles import CLIENT, MSP
from db.session import portal_transaction
from tests.support.database import Database, DatabaseServer
from tests.support.tenants import Tenants, make_tenants

TURNS = 200  #: of each of two people
NOBODY = b"\0" * 32
#: How many months each client has; an approval is there for each of them.
ROWS = {"small": 1, "middle": 2, "large": 3}
SEEN: tuple[tuple[str, dict[str, int]], ...] = (
    ("account_manager_of_small_and_large", {"small": 1, "large": 3}),
    ("billing", ROWS),
    ("administrator", ROWS),
    ("finance_of_small", {}),
    ("it_of_large", {}),
)


@pytest.fixture(scope="module")
def peopled(server: DatabaseServer) -> Iterator[tuple[Database, Tenants]]:
    """One database with three clients for the tests that only read."""
    made = server.copy()
    yield made, make_tenants(made)
    server.drop(made)


def rows_by_client(connection: Connection, table: str) -> dict[int, int]:
    statement = text(f"SELECT client_id, count(*) AS rows FROM {table} GROUP BY client_id")
    return {row.client_id: row.rows for row in connection.execute(statement)}


def seen_wrongly(database: Database, tenants: Tenants, table: str) -> list[str]:
    """Who sees other rows than those of the clients that he may see, or too few."""
    wrong = []
    for person, expected in SEEN:
        with database.as_viewer(getattr(tenants, person), None, MSP) as connection:
            seen = rows_by_client(connection, table)
        if seen != {getattr(tenants, client): rows for client, rows in expected.items()}:
            wrong.append(person)
    return wrong


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
def test_t2_people_of_the_msp_see_all_their_clients_and_others_nothing(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    assert seen_wrongly(*peopled, table) == []


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
@pytest.mark.parametrize("person", ["finance_of_small", "billing"])
def test_t2_a_clients_role_has_no_right_to_them(
    peopled: tuple[Database, Tenants], table: str, person: str
) -> None:
    database, tenants = peopled
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.as_viewer(getattr(tenants, person), tenants.small, CLIENT) as connection,
    ):
        connection.execute(text(f"SELECT FROM {table}"))


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
def test_t2_another_chosen_client_changes_nothing(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    database, tenants = peopled
    manager = tenants.account_manager_of_small_and_large
    with database.as_viewer(manager, tenants.middle, MSP) as connection:
        assert rows_by_client(connection, table) == {tenants.small: 1, tenants.large: 3}


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
def test_t2_the_writer_sees_the_declared_clients_only(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    database, tenants = peopled
    with database.as_writer(tenants.middle) as connection:
        assert rows_by_client(connection, table) == {tenants.middle: 2}


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
def test_t2_the_writer_cannot_write_for_a_client_it_did_not_declare(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    database, tenants = peopled
    column = {"billing.month_state": "fault", "billing.period_approval": "fault"}[table]
    statement = text(f"UPDATE {table} SET {column} = {column} WHERE client_id = :id")
    with database.as_writer(tenants.small) as connection:
        assert connection.execute(statement, {"id": tenants.large}).rowcount == 0


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
@pytest.mark.parametrize("session", [b"", NOBODY])
def test_t3_without_a_session_there_are_no_rows(
    peopled: tuple[Database, Tenants], table: str, session: bytes
) -> None:
    database, tenants = peopled
    with database.as_viewer(session, tenants.small, MSP) as connection:
        assert rows_by_client(connection, table) == {}


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE auth.session SET revoked_at = now()",
        "UPDATE auth.session SET idle_expires_at = now()",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET password_changed_at = now() + interval '1 second'",
        "UPDATE auth.person SET role = 'finance' WHERE role = 'billing'",
    ],
)
def test_t3_a_session_that_has_ended_gives_nothing(database: Database, end: str) -> None:
    tenants = make_tenants(database)
    read = partial(rows_by_client, table="billing.month_state")
    with database.as_viewer(tenants.billing, None, MSP) as connection:
        assert len(read(connection)) == 3
    with database.as_owner() as connection:
        connection.execute(text(end))
    with database.as_viewer(tenants.billing, None, MSP) as connection:
        assert read(connection) == {}


def test_t3_a_person_who_loses_a_client_keeps_the_others(database: Database) -> None:
    tenants = make_tenants(database)
    with database.as_owner() as connection:
        connection.execute(
            text("DELETE FROM auth.person_client WHERE client_id = :id"), {"id": tenants.large}
        )
    manager = tenants.account_manager_of_small_and_large
    with database.as_viewer(manager, None, MSP) as connection:
        assert rows_by_client(connection, "billing.month_state") == {tenants.small: 1}


def turns_of(engine: Engine, session: bytes) -> set[tuple[int, ...]]:
    """Whose rows a person saw in all of his turns; every seventh is given up."""
    seen = set()
    for turn in range(TURNS):
        with portal_transaction(
            engine, session_hash=session, client_id=None, database_role=MSP
        ) as connection:
            seen.add(tuple(sorted(rows_by_client(connection, "billing.month_state"))))
            if turn % 7 == 0:
                connection.get_transaction().rollback()  # type: ignore[union-attr]  # it is there
    return seen


def test_t4_two_people_on_one_connection_never_see_each_others_clients(database: Database) -> None:
    tenants = make_tenants(database)
    engine = make_engine(database.portal_url, pool_size=1)
    engine.pool._max_overflow = 0  # type: ignore[attr-defined]  # both must share one
    people = (tenants.account_manager_of_small_and_large, tenants.billing, tenants.finance_of_small)
    with ThreadPoolExecutor(len(people)) as pool:
        seen = list(pool.map(partial(turns_of, engine), people))
    engine.dispose()
    assert seen == [
        {(tenants.small, tenants.large)},
        {(tenants.small, tenants.middle, tenants.large)},
        {()},
    ]


@pytest.mark.parametrize("table", PORTFOLIO_TABLES)
def test_t5_the_policy_is_missed_when_it_is_gone_or_open(database: Database, table: str) -> None:
    tenants = make_tenants(database)
    policy = f"{table.removeprefix('billing.')}_portfolio"
    with database.as_owner() as connection:
        connection.execute(text(f"ALTER POLICY {policy} ON {table} USING (true)"))
    assert seen_wrongly(database, tenants, table) == [
        "account_manager_of_small_and_large",
        "finance_of_small",
        "it_of_large",
    ]
    with database.as_owner() as connection:
        connection.execute(text(f"DROP POLICY {policy} ON {table}"))
    assert seen_wrongly(database, tenants, table) == [
        "account_manager_of_small_and_large",
        "billing",
        "administrator",
    ]


def test_t6_who_may_see_what_is_asked_once_in_a_statement(
    peopled: tuple[Database, Tenants],
) -> None:
    database, tenants = peopled
    asked = text("EXPLAIN (FORMAT JSON) SELECT count(*) FROM billing.month_state")
    with database.as_viewer(tenants.billing, None, MSP) as connection:
        plan = json.dumps(connection.execute(asked).scalar())
    assert "hashed SubPlan" in plan
    assert plan.count("visible_client_ids") == 0
