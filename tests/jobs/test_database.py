"""`python -m jobs database`, from outside."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support.database import Database, DatabaseServer
from tests.support.older import make_older

ROOT = Path(__file__).parents[2]
NOT_COMPARED = (
    "Heads are not compared: METERGLASS_HEADS is not set; with a database of your own it must be."
)


def jobs(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    return subprocess.run(
        [sys.executable, "-m", "jobs", "database", *arguments],
        cwd=ROOT,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def unmade(server: DatabaseServer) -> Iterator[Database]:
    """The addresses of a database that does not exist yet."""
    made = server.copy()
    server.drop(made)
    yield made
    server.drop(made)


def test_init_makes_a_database_that_passes_the_check(unmade: Database) -> None:
    first = jobs(
        "init", METERGLASS_DATABASE_URL_ADMINISTRATOR=unmade.administrator_url, **unmade.environment
    )
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == f"The database {unmade.name} is at version 0008.\n"
    checked = jobs("check", METERGLASS_DATABASE_URL_PORTAL=unmade.portal_url)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.splitlines() == [
        "The schema is at version 0008.",
        "Every table is protected by row-level security.",
        "The portal's login reads only what a session may see.",
        NOT_COMPARED,
    ]


def test_init_twice_changes_nothing(unmade: Database) -> None:
    settings = {
        "METERGLASS_DATABASE_URL_ADMINISTRATOR": unmade.administrator_url,
        **unmade.environment,
    }
    jobs("init", **settings)
    unmade.client("harbour")
    again = jobs("init", **settings)
    assert (again.returncode, again.stderr) == (0, "")
    with unmade.owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT slug FROM billing.client").scalars().all() == [
            "harbour"
        ]


def test_init_leaves_the_password_of_a_login_that_no_setting_names(unmade: Database) -> None:
    made = jobs("init", METERGLASS_DATABASE_URL_ADMINISTRATOR=unmade.administrator_url)
    assert made.stdout == f"The database {unmade.name} is at version 0008.\n"
    assert jobs("check", METERGLASS_DATABASE_URL_PORTAL=unmade.portal_url).returncode == 0


def test_init_refuses_an_address_with_another_login(unmade: Database) -> None:
    url = make_url(unmade.portal_url).set(username="postgres")
    refused = jobs(
        "init",
        METERGLASS_DATABASE_URL_ADMINISTRATOR=unmade.administrator_url,
        METERGLASS_DATABASE_URL_PORTAL=url.render_as_string(hide_password=False),
    )
    assert refused.returncode == 2
    assert refused.stderr == (
        "meterglass: the address for meterglass_portal names the login postgres; "
        "it must be meterglass_portal.\n"
    )


def test_init_with_a_login_that_may_not_is_one_line(database: Database) -> None:
    refused = jobs("init", METERGLASS_DATABASE_URL_ADMINISTRATOR=database.owner_url)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stderr.startswith("meterglass: ")


def test_check_names_a_portal_login_that_is_too_strong(database: Database) -> None:
    refused = jobs("check", METERGLASS_DATABASE_URL_PORTAL=database.administrator_url)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[0].endswith(": is a superuser, whom no policy binds.")
    assert refused.stdout == ""


def test_migrate_brings_an_older_database_to_this_version(database: Database) -> None:
    make_older(database, "0001")
    refused = jobs("check", METERGLASS_DATABASE_URL_PORTAL=database.portal_url)
    assert refused.returncode == 2
    assert refused.stderr == (
        "meterglass: the schema is at version 0001, 0008 is needed; "
        "run: python -m jobs database migrate.\n"
    )
    migrated = jobs("migrate", METERGLASS_DATABASE_URL_OWNER=database.owner_url)
    assert (migrated.returncode, migrated.stdout) == (0, "The schema is at version 0008.\n")


def test_an_unreachable_database_is_one_line() -> None:
    refused = jobs("check", METERGLASS_DATABASE_URL_PORTAL="postgresql://a:b@127.0.0.1:1/c")
    assert refused.returncode == 2
    assert refused.stderr == (
        "meterglass: the database cannot be reached: "
        'connection to server at "127.0.0.1", port 1 failed: Connection refused.\n'
    )


def test_a_missing_address_is_one_line(database: Database) -> None:
    refused = jobs("check", METERGLASS_DATABASE_URL_OWNER=database.owner_url)
    assert refused.returncode == 2
    assert refused.stderr == "meterglass: METERGLASS_DATABASE_URL_PORTAL is not set.\n"
