"""What the portal refuses to stand on: one line, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
