"""What the portal refuses to stand on: one line, and no traceback."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.footing import STREAMLIT_MUST
from db.engine import driver_url, make_engine
from db.safety import check_protection
from tests.support.database import Database
from tests.support.portal import ROOT


def start(**settings: str) -> tuple[int, str]:
    """Start a portal that should not start; its exit code and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port=0"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def refusal(**settings: str) -> str:
    code, said = start(**settings)
    assert code == 1
    assert "Traceback" not in said
    lines = [line for line in said.splitlines() if line.startswith("Meterglass does not start.")]
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("login", ["administrator_url", "owner_url", "writer_url"])
def test_f56_a_login_that_may_do_more_than_the_portals_is_refused(
    database: Database, login: str
) -> None:
    assert refusal(METERGLASS_DATABASE_URL_PORTAL=getattr(database, login))


def test_f56_a_public_address_without_tls_is_refused(database: Database) -> None:
    line = refusal(
        METERGLASS_DATABASE_URL_PORTAL=database.portal_url,
        METERGLASS_PUBLIC_URL="http://portal.northwind.example",
    )
    assert "https://" in line


def test_f56_an_unknown_setting_is_refused_by_name(database: Database) -> None:
    line = refusal(
        METERGLASS_DATABASE_URL_PORTAL=database.portal_url, METERGLASS_PUBLIC_ULR="https://x"
    )
    assert "METERGLASS_PUBLIC_ULR" in line


def test_f56_a_database_that_does_not_answer_is_told_without_its_password(
    database: Database, tmp_path: Path
) -> None:
    line = refusal(
        METERGLASS_DATABASE_URL_PORTAL="postgresql://meterglass_portal:hush@127.0.0.1:1/none"
    )
    assert "hush" not in line


def elsewhere(url: str, **query: str) -> str:
    """The address of the same database under the name of another machine."""
    address = make_url(url).set(host="db.northwind.example")
    asked = {"hostaddr": "127.0.0.1", **query}
    return address.update_query_dict(asked).render_as_string(hide_password=False)


def test_f56_a_database_on_another_machine_that_does_not_prove_itself_is_refused(
    database: Database,
) -> None:
    line = refusal(METERGLASS_DATABASE_URL_PORTAL=elsewhere(database.portal_url))
    assert line.endswith(
        "is on another machine and does not prove itself by TLS: give its address a sslrootcert, "
        "or a sslmode of your choice."
    )


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ({}, "verify-full"),
        ({"sslmode": "verify-ca"}, "verify-ca"),
        ({"sslmode": "require"}, "require"),
        ({"sslmode": "disable"}, "disable"),
    ],
)
def test_f56_tls_is_checked_to_another_machine_unless_the_address_chooses(
    database: Database, query: dict[str, str], chosen: str
) -> None:
    assert driver_url(elsewhere(database.portal_url, **query)).query["sslmode"] == chosen
    assert "sslmode" not in driver_url(database.portal_url).query


def test_f56_a_database_on_another_machine_is_reached_as_its_address_chooses(
    database: Database,
) -> None:
    engine = make_engine(elsewhere(database.portal_url, sslmode="disable"))
    assert check_protection(engine) == ()
    engine.dispose()


def test_f56_a_schema_that_is_open_somewhere_is_refused(database: Database) -> None:
    with database.administrator.begin() as connection:
        connection.execute(text("ALTER TABLE billing.usage_event DISABLE ROW LEVEL SECURITY"))
    said = refusal(METERGLASS_DATABASE_URL_PORTAL=database.portal_url)
    assert said == "Meterglass does not start. billing.usage_event: row-level security is off."


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"METERGLASS_SECRET_KEY": "some_key"}, "METERGLASS_SECRET_KEY"),
        ({"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}, "client.showErrorDetails"),
    ],
)
def test_f56_a_weak_setting_is_refused_by_name(
    database: Database, settings: dict[str, str], named: str
) -> None:
    assert named in refusal(METERGLASS_DATABASE_URL_PORTAL=database.portal_url, **settings)


def test_f56_without_the_portals_own_login_nothing_is_served(database: Database) -> None:
    line = refusal(METERGLASS_DATABASE_URL_OWNER=database.owner_url)
    assert "METERGLASS_DATABASE_URL_PORTAL is not set" in line


def test_what_streamlit_must_be_told_is_what_its_file_tells() -> None:
    told = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for name, wanted in STREAMLIT_MUST.items():
        section, _, option = name.partition(".")
        assert told[section][option] == wanted
