"""The commands api-key issue, list and revoke."""

import hashlib
import re

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from jobs.api_key import app
from tests.support.database import Database
from tests.support.setup_files import applied, setup_with

BOTH = ("--client", "harbour", "--client", "millbrook")


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=database.environment, catch_exceptions=False
    )


@pytest.fixture
def known(database: Database) -> Database:
    applied(database, setup_with())
    return database


def issued(database: Database) -> str:
    given = ("issue", "--source", "backup-collector", *BOTH, "--name", "Backup agent")
    return run(database, *given).stdout.strip()


def scope(database: Database, key: str) -> list[tuple[str, str]]:
    """What the key opens: source and client."""
    with database.as_writer() as connection:
        query = text("SELECT source_code, slug FROM billing.api_key_scope(:hash)")
        rows = connection.execute(query, {"hash": hashlib.sha256(key.encode()).digest()}).all()
    return [(row.source_code, row.slug) for row in rows]


def test_a_key_is_shown_once_and_kept_as_a_hash(known: Database) -> None:
    key = issued(known)
    assert re.fullmatch(r"mg_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key)
    with known.administrator.connect() as connection:
        row = connection.execute(text("SELECT * FROM billing.api_key")).one()
        whole = connection.execute(text("SELECT k::text FROM billing.api_key k")).scalar_one()
        log = connection.execute(text("SELECT l::text FROM billing.audit_log l")).scalars().all()
    assert (row.prefix, row.name, row.source_code) == (key[:11], "Backup agent", "backup-collector")
    assert bytes(row.key_hash) == hashlib.sha256(key.encode()).digest()
    assert all(key[12:] not in stored for stored in (whole, *log))


def test_a_key_opens_its_source_for_its_clients_only(known: Database) -> None:
    assert scope(known, issued(known)) == [
        ("backup-collector", "harbour"),
        ("backup-collector", "millbrook"),
    ]


def test_two_keys_are_never_the_same(known: Database) -> None:
    assert issued(known) != issued(known)


def test_a_revoked_key_opens_nothing_and_stays_listed(known: Database) -> None:
    key = issued(known)
    prefix = key[:11]
    assert run(known, "revoke", prefix).stdout == f"{prefix} is revoked.\n"
    assert scope(known, key) == []
    assert run(known, "revoke", prefix).stdout == f"{prefix} is revoked already.\n"
    listed = run(known, "list").stdout
    assert prefix in listed
    assert "revoked 20" in listed
    assert key not in listed


def test_an_unknown_prefix_is_named(known: Database) -> None:
    result = run(known, "revoke", "mg_00000000")
    assert (result.exit_code, result.stderr) == (
        1,
        "There is no key mg_00000000: see api-key list.\n",
    )


def test_every_fault_of_a_new_key_is_named_and_nothing_is_stored(known: Database) -> None:
    given = ("issue", "--source", "hypervisor", *BOTH, "--client", "quay", "--name", " ")
    result = run(known, *given)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "name: The key has no name: say what it is for.",
        "source: Client millbrook has no source hypervisor: add it to sources.csv.",
        "client: There is no client quay: see clients.csv of the setup.",
    ]
    with known.administrator.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM billing.api_key")).scalar_one() == 0


def test_issue_and_revocation_are_in_the_audit_log(known: Database) -> None:
    prefix = issued(known)[:11]
    run(known, "revoke", prefix)
    with known.administrator.connect() as connection:
        query = text(
            "SELECT actor, action, subject, detail FROM billing.audit_log "
            "WHERE action LIKE 'api_key%' ORDER BY audit_id"
        )
        rows = [tuple(row) for row in connection.execute(query)]
    detail = {"clients": "harbour millbrook", "source": "backup-collector"}
    assert rows == [
        ("jobs api-key", "api_key_issued", prefix, detail),
        ("jobs api-key", "api_key_revoked", prefix, {}),
    ]
