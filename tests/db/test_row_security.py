"""Row-level security, from outside: what each login sees of three clients' rows."""

import re
import subprocess
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from db.embedded_cluster import program
from db.models import Base
from db.policy_tables import (
    CLIENT_MAY,
    CLIENT_TABLES,
    HIDDEN_CLIENT_TABLES,
    MSP_TABLES,
    OWNER_TABLES,
    PORTFOLIO_TABLES,
    SHARED_TABLES,
    WRITER_TABLES,
)
from db.roles import CLIENT, EVERY_ROLE, MSP
from tests.support.database import Database, DatabaseServer
from tests.support.tenants import Tenants, make_tenants

TENANT_TABLES = (*CLIENT_TABLES, *MSP_TABLES)
SEEN_BY_CLIENT = (
    "client_id, rejected_record_id, ingest_run_id, line, code, reason, event_id, recorded_at, "
    "state, source_id, source_code, profile, resolved_at"
)
CLOSED_BOOK = (
    "SELECT cost FROM billing.vendor_cost",
    "SELECT record FROM billing.rejected_record",
    "SELECT resolution FROM billing.rejected_record",
    "SELECT offered_leaf_hash FROM billing.rejected_record",
    "SELECT stored_leaf_hash FROM billing.rejected_record",
    "SELECT record FROM billing.unassigned_record",
)


@pytest.fixture(scope="module")
def peopled(server: DatabaseServer) -> Iterator[tuple[Database, Tenants]]:
    """One database with three clients for the tests that only read."""
    made = server.copy()
    yield made, make_tenants(made)
    server.drop(made)


def counts_by_client(connection: Connection, table: str) -> dict[int, int]:
    statement = text(f"SELECT client_id, count(*) AS rows FROM {table} GROUP BY client_id")
    return {row.client_id: row.rows for row in connection.execute(statement)}


def seen_wrongly(
    database: Database, tenants: Tenants, tables: tuple[str, ...] = TENANT_TABLES
) -> list[str]:
    """The tables in which somebody sees other rows than the chosen client's, or too few."""
    with database.administrator.connect() as superuser:
        all_rows = {table: counts_by_client(superuser, table) for table in tables}
    wrong = []
    for session, client, role in (
        (tenants.finance_of_small, tenants.small, CLIENT),
        (tenants.it_of_large, tenants.large, CLIENT),
        (tenants.account_manager_of_small_and_large, tenants.small, MSP),
        (tenants.account_manager_of_small_and_large, tenants.large, MSP),
        (tenants.billing, tenants.middle, MSP),
        (tenants.administrator, tenants.large, MSP),
    ):
        with database.as_viewer(session, client, role) as connection:
            for table in tables:
                if role == CLIENT and table in MSP_TABLES:
                    continue
                expected = {client: all_rows[table][client]}
                if counts_by_client(connection, table) != expected:
                    wrong.append(f"{table} for {role} of {client}")
    return wrong


def test_t1_each_table_has_forced_row_security_and_a_policy(database: Database) -> None:
    statement = text(
        "SELECT c.oid::regclass::text AS name FROM pg_class c "
        "WHERE c.relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) "
        "AND c.relkind IN ('r', 'p') AND c.oid <> 'billing.schema_version'::regclass "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity "
        "AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))"
    )
    with database.administrator.connect() as connection:
        assert connection.execute(statement).scalars().all() == []


def test_t1_each_table_with_a_client_is_known_to_the_policies() -> None:
    with_client = {
        name for name, table in Base.metadata.tables.items() if "client_id" in table.columns
    }
    known = {*TENANT_TABLES, *PORTFOLIO_TABLES, *HIDDEN_CLIENT_TABLES}
    assert with_client == {*known, "billing.audit_log"}
    without = set(Base.metadata.tables) - with_client
    assert without == {*SHARED_TABLES, *WRITER_TABLES, *OWNER_TABLES} - {"billing.audit_log"}


def test_t1_each_key_of_a_clients_table_starts_with_the_client() -> None:
    for name in (*TENANT_TABLES, *PORTFOLIO_TABLES, *HIDDEN_CLIENT_TABLES):
        table = Base.metadata.tables[name]
        assert next(iter(table.primary_key.columns)).name == "client_id", name


def test_t1_no_view_runs_with_its_owners_rights(database: Database) -> None:
    statement = text(
        "SELECT relname FROM pg_class "
        "WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) "
        "AND relkind IN ('v', 'm') "
        "AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))"
    )
    with database.administrator.connect() as connection:
        assert connection.execute(statement).scalars().all() == []


def test_t1_the_screens_roles_may_only_read(database: Database) -> None:
    statement = text(
        "SELECT table_schema || '.' || table_name AS name, grantee, privilege_type "
        "FROM information_schema.table_privileges "
        "WHERE table_schema IN ('billing', 'auth') "
        "AND grantee IN ('meterglass_client', 'meterglass_msp', 'meterglass_portal', 'PUBLIC')"
    )
    with database.administrator.connect() as connection:
        granted = {
            (row.grantee, row.name, row.privilege_type) for row in connection.execute(statement)
        }
    readable = (*CLIENT_TABLES, *SHARED_TABLES)
    expected = {(role, table, "SELECT") for role in (CLIENT, MSP) for table in readable}
    expected -= {(CLIENT, table, "SELECT") for table in CLIENT_MAY}
    expected |= {(MSP, table, "SELECT") for table in (*MSP_TABLES, *PORTFOLIO_TABLES)}
    assert granted == {*expected, ("meterglass_portal", "billing.schema_version", "SELECT")}


def test_t1_a_clients_role_reads_these_columns_of_a_refused_record(database: Database) -> None:
    statement = text(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute "
        "WHERE attrelid = 'billing.rejected_record'::regclass AND attnum > 0 "
        "AND has_column_privilege('meterglass_client', attrelid, attnum, 'SELECT')"
    )
    with database.administrator.connect() as connection:
        assert connection.execute(statement).scalar_one() == SEEN_BY_CLIENT


def test_t1_no_function_is_open_to_everybody(database: Database) -> None:
    statement = text(
        "SELECT p.oid::regprocedure::text FROM pg_proc p "
        "WHERE p.pronamespace IN ('billing'::regnamespace, 'auth'::regnamespace) "
        "AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
        "WHERE a.grantee = 0)"
    )
    with database.administrator.connect() as connection:
        assert connection.execute(statement).scalars().all() == []


def test_t1_each_function_pins_its_search_path(database: Database) -> None:
    statement = text(
        "SELECT p.oid::regprocedure::text FROM pg_proc p "
        "WHERE p.pronamespace IN ('billing'::regnamespace, 'auth'::regnamespace) "
        "AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']"
    )
    with database.administrator.connect() as connection:
        assert connection.execute(statement).scalars().all() == []


def test_t1_the_roles_have_no_attribute_that_bypasses_policies(database: Database) -> None:
    statement = text(
        "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb "
        "OR rolreplication AS strong, rolcanlogin, rolinherit "
        "FROM pg_roles WHERE rolname = ANY (:roles)"
    )
    with database.administrator.connect() as connection:
        rows = connection.execute(statement, {"roles": list(EVERY_ROLE)}).all()
    assert {row.rolname: (row.strong, row.rolcanlogin) for row in rows} == {
        "meterglass_owner": (False, True),
        "meterglass_writer": (False, True),
        "meterglass_portal": (False, True),
        "meterglass_client": (False, False),
        "meterglass_msp": (False, False),
    }
    assert [row.rolname for row in rows if not row.rolinherit] == ["meterglass_portal"]


def test_t2_everybody_sees_exactly_the_rows_of_the_chosen_client(
    peopled: tuple[Database, Tenants],
) -> None:
    assert seen_wrongly(*peopled) == []


def test_t2_whatever_a_screens_role_may_read_is_looked_at_here(
    peopled: tuple[Database, Tenants],
) -> None:
    statement = text(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')"
        " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND EXISTS (SELECT FROM unnest(CAST(:roles AS text[])) role"
        " WHERE has_any_column_privilege(role, c.oid, 'SELECT'))"
    )
    with peopled[0].administrator.connect() as connection:
        readable = connection.execute(statement, {"roles": [CLIENT, MSP]}).scalars().all()
    assert set(readable) == {*TENANT_TABLES, *PORTFOLIO_TABLES, *SHARED_TABLES}


def test_t2_the_portal_reads_every_table_it_is_meant_to(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    with database.administrator.connect() as superuser:
        for table in TENANT_TABLES:
            assert set(counts_by_client(superuser, table)) == set(tenants.clients), table


@pytest.mark.parametrize(
    ("person", "clients"),
    [
        ("finance_of_small", ("small",)),
        ("it_of_large", ("large",)),
        ("account_manager_of_small_and_large", ("small", "large")),
        ("billing", ("small", "middle", "large")),
        ("administrator", ("small", "middle", "large")),
    ],
)
def test_t2_a_client_that_a_person_may_not_see_gives_nothing(
    peopled: tuple[Database, Tenants], person: str, clients: tuple[str, ...]
) -> None:
    database, tenants = peopled
    seen = []
    for name in ("small", "middle", "large"):
        with database.as_viewer(getattr(tenants, person), getattr(tenants, name)) as connection:
            if connection.execute(text("SELECT count(*) FROM billing.usage_event")).scalar_one():
                seen.append(name)
    assert tuple(seen) == clients


def test_t2_naming_another_client_in_the_query_gives_nothing(
    peopled: tuple[Database, Tenants],
) -> None:
    database, tenants = peopled
    with database.as_viewer(tenants.finance_of_small, tenants.small) as connection:
        for table in CLIENT_TABLES:
            statement = text(f"SELECT count(*) FROM {table} WHERE client_id <> :own")
            assert connection.execute(statement, {"own": tenants.small}).scalar_one() == 0, table


def test_t2_a_client_that_does_not_exist_gives_nothing(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    with database.as_viewer(tenants.administrator, 999_999, MSP) as connection:
        for table in TENANT_TABLES:
            assert counts_by_client(connection, table) == {}, table


def test_t2_the_writer_sees_the_declared_clients_only(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    with database.as_writer(tenants.small, tenants.large) as connection:
        for table in TENANT_TABLES:
            seen = set(counts_by_client(connection, table))
            assert seen == {tenants.small, tenants.large}, table


def test_t2_the_writer_cannot_record_for_a_client_it_did_not_declare(
    peopled: tuple[Database, Tenants],
) -> None:
    database, tenants = peopled
    statement = text("INSERT INTO billing.resource (client_id, code, name) VALUES (:id, 'x', 'x')")
    with (
        pytest.raises(DBAPIError, match="row-level security policy"),
        database.as_writer(tenants.small) as connection,
    ):
        connection.execute(statement, {"id": tenants.large})


@pytest.mark.parametrize("table", [*HIDDEN_CLIENT_TABLES, *WRITER_TABLES, *OWNER_TABLES])
def test_t2_no_screen_reads_people_keys_or_the_journal(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    database, tenants = peopled
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.as_viewer(tenants.administrator, tenants.small, MSP) as connection,
    ):
        connection.execute(text(f"SELECT FROM {table}"))


@pytest.mark.parametrize("question", CLOSED_BOOK)
def test_t2_a_clients_role_never_reads_what_the_msp_pays(
    peopled: tuple[Database, Tenants], question: str
) -> None:
    database, tenants = peopled
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.as_viewer(tenants.finance_of_small, tenants.small, CLIENT) as connection,
    ):
        connection.execute(text(question))


@pytest.mark.parametrize("table", ["billing.vendor_cost", "billing.rejected_record"])
def test_t2_a_clients_session_reads_no_cost_with_the_role_of_the_msp(
    peopled: tuple[Database, Tenants], table: str
) -> None:
    database, tenants = peopled
    with database.as_viewer(tenants.finance_of_small, tenants.small, MSP) as connection:
        assert counts_by_client(connection, "billing.usage_event") == {tenants.small: 5}
        assert counts_by_client(connection, table) == {}


def test_t3_without_a_session_there_are_no_rows(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    for session, client in (
        (b"", tenants.small),
        (b"\0" * 32, tenants.small),
        (tenants.finance_of_small, None),
    ):
        with database.as_viewer(session, client) as connection:
            for table in CLIENT_TABLES:
                assert counts_by_client(connection, table) == {}, table


def test_t3_the_portals_login_without_a_role_reads_nothing(
    peopled: tuple[Database, Tenants],
) -> None:
    database, _tenants = peopled
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        database.portal.begin() as connection,
    ):
        connection.execute(text("SELECT FROM billing.client"))


def test_t3_a_writer_that_declared_nobody_sees_nothing(peopled: tuple[Database, Tenants]) -> None:
    database, _tenants = peopled
    with database.as_writer() as connection:
        for table in TENANT_TABLES:
            assert counts_by_client(connection, table) == {}, table


def test_t3_settings_that_are_no_session_give_nothing(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    for client, session in (
        ("' OR 1=1--", tenants.finance_of_small.hex()),
        ("-1", tenants.finance_of_small.hex()),
        (str(tenants.small), "zz"),
        (f"{tenants.small}", f"{tenants.finance_of_small.hex()}00"),
    ):
        with database.as_viewer(tenants.finance_of_small, tenants.small) as connection:
            connection.execute(
                text(
                    "SELECT set_config('meterglass.client', :client, true), "
                    "set_config('meterglass.session', :session, true)"
                ),
                {"client": client, "session": session},
            )
            assert counts_by_client(connection, "billing.usage_event") == {}


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE auth.session SET revoked_at = now()",
        "UPDATE auth.session SET idle_expires_at = now()",
        "UPDATE auth.session SET idle_expires_at = now(), expires_at = now()",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET password_changed_at = now() + interval '1 second'",
        "DELETE FROM auth.person_client",
    ],
)
def test_t3_a_session_that_has_ended_gives_nothing(database: Database, end: str) -> None:
    client_id = database.client("harbour")
    session = database.session(database.person("anna@harbour.example", "finance", client_id))
    read = partial(counts_by_client, table="billing.client")
    with database.as_viewer(session, client_id) as connection:
        assert read(connection) == {client_id: 1}
    with database.as_owner() as connection:
        connection.execute(text(end))
    with database.as_viewer(session, client_id) as connection:
        assert read(connection) == {}


def test_t3_a_person_who_loses_a_client_keeps_the_others(database: Database) -> None:
    kept, lost = database.client("kept"), database.client("lost")
    session = database.session(database.person("am@msp.example", "account_manager", kept, lost))
    with database.as_owner() as connection:
        connection.execute(
            text("DELETE FROM auth.person_client WHERE client_id = :id"), {"id": lost}
        )
    for client_id, expected in ((kept, {kept: 1}), (lost, {})):
        with database.as_viewer(session, client_id) as connection:
            assert counts_by_client(connection, "billing.client") == expected


def test_t5_each_policy_is_missed_when_it_is_gone(database: Database) -> None:
    tenants = make_tenants(database)
    missed = []
    for table in TENANT_TABLES:
        with database.as_owner() as connection:
            for policy in policies_of_screens(table):
                connection.execute(text(f"DROP POLICY {policy} ON {table}"))
        missed.append(len(seen_wrongly(database, tenants, (table,))))
    assert missed == [*[6] * len(CLIENT_TABLES), *[4] * len(MSP_TABLES)]


def test_t5_row_security_is_missed_when_it_is_off(database: Database) -> None:
    tenants = make_tenants(database)
    with database.as_owner() as connection:
        connection.execute(text("ALTER TABLE billing.usage_event DISABLE ROW LEVEL SECURITY"))
    assert len(seen_wrongly(database, tenants)) == 6


def policies_of_screens(table: str) -> list[str]:
    name = table.removeprefix("billing.")
    shown = [f"{name}_screens"] if table in CLIENT_TABLES else []
    return [*shown, *([f"{name}_msp"] if table in (*CLIENT_MAY, *MSP_TABLES) else [])]


def test_t6_the_plan_uses_the_index_on_the_client_and_its_order(database: Database) -> None:
    tenants = make_tenants(database)
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.usage_event (client_id, event_id, meter_id, billing_period, "
                "usage_period, occurred_at, quantity, resource_id, source_id, source_event_id, "
                "leaf_hash) SELECT e.client_id, gen_random_uuid(), e.meter_id, e.billing_period, "
                "e.usage_period, e.occurred_at + n * interval '1 second', 1, e.resource_id, "
                "e.source_id, 'more-' || n, e.leaf_hash FROM billing.usage_event e, "
                "generate_series(1, 2000) n WHERE e.source_event_id = 'reading-1'"
            )
        )
        connection.execute(text("ANALYZE billing.usage_event"))
    page = text(
        "EXPLAIN SELECT event_id FROM billing.usage_event "
        "WHERE client_id = :client AND meter_id = 1 AND billing_period = '2021-01-01' "
        "AND (occurred_at, event_id) > ('2021-01-01 00:05Z', gen_random_uuid()) "
        "ORDER BY occurred_at, event_id LIMIT 50"
    )
    session = tenants.account_manager_of_small_and_large
    with database.as_viewer(session, tenants.small, MSP) as connection:
        plan = "\n".join(connection.execute(page, {"client": tenants.small}).scalars())
    assert re.search(r"Index.* Scan using usage_event_in_order", plan)
    assert re.search(r"Index Cond: \(+client_id = ", plan)
    assert "Sort" not in plan


def test_t6_a_query_that_names_no_client_uses_the_index_too(database: Database) -> None:
    tenants = make_tenants(database)
    with database.as_viewer(tenants.finance_of_small, tenants.small) as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        plan = "\n".join(
            connection.execute(
                text("EXPLAIN SELECT event_id FROM billing.usage_event WHERE meter_id = 1")
            ).scalars()
        )
    # Looked up once in the statement: "InitPlan 1", or "$0" before PostgreSQL 17.
    assert re.search(r"Index Cond: .*client_id = (\(InitPlan 1\)\.col1|\$0)", plan)


def test_t7_a_dump_with_the_portals_login_fails_loudly(database: Database) -> None:
    url = database.portal_url.replace("+psycopg2", "")
    dump = subprocess.run([program("pg_dump"), url], capture_output=True, text=True, check=False)
    assert dump.returncode == 1
    assert "permission denied" in dump.stderr
    assert "COPY" not in dump.stdout
