"""The migrations make what the models say, and the documents say what both do."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from db.faults import StartFault
from db.functions import FUNCTIONS
from db.live_functions import LIVE_FUNCTIONS
from db.migrate import (
    VERSION_SCHEMA,
    VERSION_TABLE,
    current_version,
    expected_version,
    require_expected_version,
    upgrade,
)
from db.models import Base
from db.month_end_functions import MONTH_END_FUNCTIONS
from db.policies import protection
from db.question_functions import QUESTION_FUNCTIONS
from db.schema_document import schema_document
from db.sign_in_functions import SIGN_IN_FUNCTIONS
from tests.support.database import Database

ROOT = Path(__file__).parents[2]
CATALOGUE = text("""
SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace IN ('billing'::regnamespace, 'auth'::regnamespace)
  AND conrelid <> coalesce(to_regclass('billing.schema_version'), 0) AND contype NOT IN ('t', 'n')
UNION ALL
SELECT schemaname || ' ' || indexdef FROM pg_indexes
WHERE schemaname IN ('billing', 'auth') AND tablename <> 'schema_version'
UNION ALL
SELECT format('%s.%s %s %s %s %s %s', attrelid::regclass, attname, attnum,
              format_type(atttypid, atttypmod), attnotnull, attidentity,
              pg_get_expr(adbin, adrelid))
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) AND relkind = 'r'
  AND relname <> 'schema_version' AND attnum > 0
UNION ALL
SELECT c.oid::regclass::text || ' ' || coalesce(reloptions::text, '') FROM pg_class c
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) AND relkind = 'r'
  AND relname <> 'schema_version'
UNION ALL
SELECT format('%s %s %s', objoid::regclass, objsubid, description) FROM pg_description
JOIN pg_class c ON c.oid = objoid
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace)
ORDER BY 1
""")
PROTECTION = text("""
SELECT format('%s %s %s %s %s %s', p.oid::regprocedure, prosecdef, provolatile, proconfig,
              proacl, prosrc)
FROM pg_proc p WHERE pronamespace IN ('billing'::regnamespace, 'auth'::regnamespace)
UNION ALL
SELECT format('%s %s %s', pg_get_triggerdef(t.oid), tgenabled, tgdeferrable)
FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) AND NOT tgisinternal
UNION ALL
SELECT format('%s %s %s %s %s %s', tablename, policyname, cmd, roles, qual, with_check)
FROM pg_policies WHERE schemaname IN ('billing', 'auth')
UNION ALL
SELECT format('%s %s %s %s', c.oid::regclass, relrowsecurity, relforcerowsecurity, (
    SELECT string_agg(format('%s %s', grantee::regrole, privilege_type), ', ' ORDER BY 1)
    FROM aclexplode(relacl)))
FROM pg_class c
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) AND relkind = 'r'
UNION ALL
SELECT format('%s.%s %s', attrelid::regclass, attname, attacl) FROM pg_attribute
JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace IN ('billing'::regnamespace, 'auth'::regnamespace) AND attacl IS NOT NULL
ORDER BY 1
""")


def catalogue(connection: Connection) -> list[str]:
    return list(connection.execute(CATALOGUE).scalars())


def test_the_models_equal_the_migrations(database: Database) -> None:
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: (
            kind != "schema" or name in {"billing", "auth"}
        ),
        "version_table": VERSION_TABLE,
        "version_table_schema": VERSION_SCHEMA,
        "compare_type": True,
        "compare_server_default": True,
    }
    with database.administrator.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_the_models_make_the_same_catalogue_as_the_migrations(database: Database) -> None:
    with database.administrator.connect() as connection:
        migrated = catalogue(connection)
        connection.execute(text("DROP SCHEMA billing, auth CASCADE"))
        connection.execute(text("CREATE SCHEMA billing"))
        connection.execute(text("CREATE SCHEMA auth"))
        Base.metadata.create_all(connection)
        modelled = catalogue(connection)
        connection.rollback()
    assert len(migrated) > 500
    assert migrated == modelled


def test_functions_and_policies_are_those_that_the_migrations_made(database: Database) -> None:
    with database.administrator.connect() as connection:
        migrated = connection.execute(PROTECTION).scalars().all()
        connection.execute(text("DROP SCHEMA billing, auth CASCADE"))
        connection.execute(text("CREATE SCHEMA billing AUTHORIZATION meterglass_owner"))
        connection.execute(text("CREATE SCHEMA auth AUTHORIZATION meterglass_owner"))
        connection.execute(text("SET LOCAL ROLE meterglass_owner"))
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE billing.schema_version ()"))
        functions = (*FUNCTIONS, *SIGN_IN_FUNCTIONS, *QUESTION_FUNCTIONS)
        for statement in (*functions, *MONTH_END_FUNCTIONS, *LIVE_FUNCTIONS, *protection()):
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        written = connection.execute(PROTECTION).scalars().all()
        connection.rollback()
    assert len(migrated) > 150
    assert set(migrated) ^ set(written) == set()


def test_every_table_and_column_says_what_it_means() -> None:
    silent = [
        name
        for table in Base.metadata.tables.values()
        for name, comment in (
            (table.fullname, table.comment),
            *((f"{table.fullname}.{column.name}", column.comment) for column in table.columns),
        )
        if not (comment or "").endswith(".")
    ]
    assert silent == []


def test_every_constraint_has_a_name() -> None:
    nameless = [
        f"{table.fullname}: {constraint!r}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert nameless == []


def test_the_schema_document_is_made_from_the_models() -> None:
    document = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    assert document == schema_document(), "run: make docs"


def test_a_fresh_database_is_at_the_expected_version(database: Database) -> None:
    assert expected_version() == "0008"
    assert current_version(database.portal) == "0008"


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.administrator.connect() as connection:
        before = catalogue(connection)
    upgrade(database.owner_url)
    with database.administrator.connect() as connection:
        assert catalogue(connection) == before


def test_a_schema_of_a_newer_program_is_refused_by_name(database: Database) -> None:
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.schema_version SET version_num = '9999'"))
    with pytest.raises(StartFault, match=r"^the schema is at version 9999; install the Meterglass"):
        require_expected_version(database.portal)
    with pytest.raises(StartFault, match="9999"):
        upgrade(database.owner_url)


def test_a_database_without_a_schema_is_refused_by_name(database: Database) -> None:
    with database.as_owner() as connection:
        connection.execute(text("DELETE FROM billing.schema_version"))
    with pytest.raises(StartFault, match="has no schema yet; run: python -m jobs database init"):
        require_expected_version(database.portal)


def test_a_login_without_rights_is_refused_by_name(database: Database) -> None:
    with database.administrator.begin() as connection:
        connection.execute(text("REVOKE USAGE ON SCHEMA billing FROM meterglass_portal"))
    sentence = "^the login meterglass_portal has no rights in test_[0-9_]+; use the portal's login"
    with pytest.raises(StartFault, match=sentence):
        require_expected_version(database.portal)
