"""F56: a portal does not start on a login or a schema that would leak."""

import pytest
from sqlalchemy import text

from db.engine import make_engine
from db.safety import check_portal_login, check_protection, oldest_fault
from tests.support.database import Database


def told(database: Database, url: str) -> list[str]:
    engine = make_engine(url)
    faults = [str(fault) for fault in check_portal_login(engine)]
    engine.dispose()
    return faults


def as_administrator(database: Database, *statements: str) -> None:
    with database.administrator.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_the_portals_own_login_is_fit(database: Database) -> None:
    assert told(database, database.portal_url) == []
    assert check_protection(database.portal) == ()


def test_f56_a_superuser_is_refused(database: Database) -> None:
    faults = told(database, database.administrator_url)
    assert faults[0].endswith(": is a superuser, whom no policy binds.")


def test_f56_the_owner_is_refused(database: Database) -> None:
    assert told(database, database.owner_url) == [
        "meterglass_owner: inherits the rights of its roles; it must be NOINHERIT.",
        "meterglass_owner: owns auth.person; the portal's login must own nothing.",
        "meterglass_owner: may write auth.person (as meterglass_owner); it must only read.",
    ]


def test_f56_the_writer_is_refused(database: Database) -> None:
    assert told(database, database.writer_url) == [
        "meterglass_writer: inherits the rights of its roles; it must be NOINHERIT.",
        "meterglass_writer: may write billing.audit_log (as meterglass_writer); it must only read.",
    ]


@pytest.mark.parametrize(
    ("grant", "take_back", "fault"),
    [
        (
            "ALTER ROLE meterglass_portal BYPASSRLS",
            "ALTER ROLE meterglass_portal NOBYPASSRLS",
            "meterglass_portal: may bypass row-level security.",
        ),
        (
            "ALTER ROLE meterglass_portal INHERIT",
            "ALTER ROLE meterglass_portal NOINHERIT",
            "meterglass_portal: inherits the rights of its roles; it must be NOINHERIT.",
        ),
        (
            "GRANT UPDATE (quantity) ON billing.usage_event TO meterglass_msp",
            "REVOKE UPDATE (quantity) ON billing.usage_event FROM meterglass_msp",
            (
                "meterglass_portal: may write billing.usage_event (as meterglass_msp); "
                "it must only read."
            ),
        ),
        (
            "GRANT TRUNCATE ON billing.usage_event TO meterglass_portal",
            "REVOKE TRUNCATE ON billing.usage_event FROM meterglass_portal",
            (
                "meterglass_portal: may write billing.usage_event (as meterglass_portal); "
                "it must only read."
            ),
        ),
    ],
)
def test_f56_a_portal_login_that_may_too_much_is_refused(
    database: Database, grant: str, take_back: str, fault: str
) -> None:
    as_administrator(database, grant)
    faults = told(database, database.portal_url)
    as_administrator(database, take_back)
    assert faults == [fault]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "ALTER TABLE billing.usage_event DISABLE ROW LEVEL SECURITY",
            "billing.usage_event: row-level security is off.",
        ),
        (
            "ALTER TABLE billing.price NO FORCE ROW LEVEL SECURITY",
            "billing.price: row-level security does not bind the owner.",
        ),
        (
            "CREATE VIEW billing.everything AS SELECT * FROM billing.usage_event",
            "billing.everything: runs with its owner's rights.",
        ),
        (
            "CREATE MATERIALIZED VIEW billing.everything AS SELECT * FROM billing.usage_event",
            "billing.everything: runs with its owner's rights.",
        ),
        (
            "CREATE TABLE billing.note (client_id integer)",
            "billing.note: row-level security is off.",
        ),
    ],
)
def test_f56_an_open_schema_is_refused(database: Database, statement: str, fault: str) -> None:
    as_administrator(database, statement)
    assert str(check_protection(database.portal)[0]) == fault


def test_a_view_with_its_readers_rights_is_fine(database: Database) -> None:
    as_administrator(
        database,
        "CREATE VIEW billing.prices WITH (security_invoker = true) AS SELECT * FROM billing.price",
    )
    assert check_protection(database.portal) == ()


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        (140020, "server: PostgreSQL 14 is too old; 15 is needed."),
        (150013, "server: PostgreSQL 15.13 lets rows past its policies; 15.14 is needed."),
        (150014, "None"),
        (170005, "server: PostgreSQL 17.5 lets rows past its policies; 17.6 is needed."),
        (180000, "None"),
        (190000, "None"),
    ],
)
def test_f56_an_old_server_is_refused(version: int, fault: str) -> None:
    assert str(oldest_fault(version)) == fault
