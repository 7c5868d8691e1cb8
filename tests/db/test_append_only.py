"""What nobody may change, not even the owner."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.policy_tables import APPEND_ONLY
from tests.support.database import Database
from tests.support.tenants import make_tenants

CHANGED = {
    "billing.usage_event": "quantity = 0",
    "billing.crossing": "state = 'withdrawn'",
    "billing.audit_log": "actor = 'nobody'",
    "billing.vendor_cost": "cost = 0",
    "billing.invoice": "net = 0",
    "billing.invoice_line": "amount = 0",
    "billing.detailed_line": "amount = 0",
    "billing.recomputed_line": "amount = 0",
    "billing.invoice_tax": "tax = 0",
    "billing.evidence": "event_count = 0",
    "billing.line_evidence": "line_number = 2",
    "billing.evidence_exclusion": "reason = 'superseded'",
    "billing.question_message": "message = 'No.'",
    "billing.legal_invoice": "net = 0",
}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("login", ["owner", "administrator"])
def test_an_append_only_row_is_neither_changed_nor_removed(
    database: Database, table: str, login: str
) -> None:
    make_tenants(database)
    for statement in (
        f"UPDATE {table} SET {CHANGED[table]}",
        f"UPDATE {table} SET {CHANGED[table]} WHERE false",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        engine = getattr(database, login)
        with (
            pytest.raises(DBAPIError, match=f"{table} is append-only"),
            engine.begin() as connection,
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_writer_has_no_right_to_change_it(database: Database, table: str) -> None:
    tenants = make_tenants(database)
    for statement in (f"UPDATE {table} SET {CHANGED[table]}", f"DELETE FROM {table}"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            database.as_writer(tenants.small) as connection,
        ):
            connection.execute(text(statement))


def test_the_guard_holds_when_triggers_are_told_to_be_quiet(database: Database) -> None:
    make_tenants(database)
    with database.administrator.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text("DELETE FROM billing.usage_event"))


def test_each_change_of_a_client_raises_its_version(database: Database) -> None:
    client_id = database.client("harbour")
    statement = text("SELECT billing.raise_client_version(:client)")
    versions = []
    for _ in range(3):
        with database.as_writer(client_id) as connection:
            versions.append(connection.execute(statement, {"client": client_id}).scalar_one())
    assert versions == [1, 2, 3]


def test_the_version_of_an_undeclared_client_cannot_be_raised(database: Database) -> None:
    declared, other = database.client("declared"), database.client("other")
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        database.as_writer(declared) as connection,
    ):
        connection.execute(text("SELECT billing.raise_client_version(:id)"), {"id": other})
