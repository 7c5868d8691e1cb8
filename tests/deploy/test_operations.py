"""What docs/operations.md tells an operator to do can be done."""

import re
from collections.abc import Iterator

import psycopg2
import pytest
import typer.main
from sqlalchemy.engine import make_url
from typer.core import TyperGroup
from typer.testing import CliRunner

from db.settings import PREFIX, Settings
from jobs.__main__ import app
from tests.deploy.units import DEPLOY
from tests.support.database import Database, DatabaseServer
from tests.support.portal import ROOT

PAGE = (ROOT / "docs/operations.md").read_text("utf-8")
STATEMENTS = re.findall(r"```sql\n(.+?)```", PAGE, re.DOTALL)


def commands_of(command: object, words: str = "") -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for name in command.list_commands(typer.Context(command)):
            yield from commands_of(
                command.get_command(typer.Context(command), name), f"{words} {name}"
            )
    else:
        yield words.strip()


def test_every_command_it_names_is_one() -> None:
    known = set(commands_of(typer.main.get_command(app)))
    named = re.findall(r"`jobs ([a-z-]+(?: [a-z-]+)?)", PAGE)
    named += re.findall(r"-m jobs ([a-z-]+(?: [a-z-]+)?)", PAGE)
    assert len(named) > 10
    assert [each for each in named if each not in known and each.split()[0] not in known] == []


def test_every_unit_file_and_setting_it_names_is_there() -> None:
    units = {path.name for path in (DEPLOY / "systemd").iterdir()}
    named = set(re.findall(r"meterglass-[a-z]+(?:@|\.timer)?", PAGE)) - {"meterglass-browser"}
    stems = {re.sub(r"(?:@?\.\w+)$", "", each) for each in units}
    assert {each.removesuffix("@").removesuffix(".timer") for each in named} - stems <= {
        "meterglass-20261123",
        "meterglass-heads",
    }
    files = re.findall(r"deploy/[\w/.-]+\w", PAGE)
    assert [each for each in files if not (ROOT / each).exists()] == []
    settings = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    assert set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", PAGE)) <= settings


@pytest.fixture
def scratch(server: DatabaseServer, database: Database) -> Iterator[Database]:
    """A database, and afterwards no login that a statement made."""
    yield database
    for statement in ("DROP OWNED BY meterglass_backup", "DROP ROLE meterglass_backup"):
        run_statement(database, statement)


def run_statement(database: Database, statement: str) -> None:
    own = statement.replace("DATABASE meterglass", f"DATABASE {database.name}")
    with database.administrator.begin() as connection:
        connection.exec_driver_sql(own)


def test_every_statement_it_shows_runs(scratch: Database) -> None:
    assert len(STATEMENTS) == 3
    for statement in STATEMENTS:
        run_statement(scratch, statement)


def test_a_changed_password_of_a_database_login_is_the_only_one_that_opens(
    database: Database,
) -> None:
    changed = make_url(database.portal_url).set(password="another-password-of-the-portal")
    address = changed.render_as_string(hide_password=False)
    try:
        assert initialised(database, METERGLASS_DATABASE_URL_PORTAL=address) == 0
        opens(address)
        with pytest.raises(psycopg2.OperationalError):
            opens(database.portal_url)
    finally:
        initialised(database, **database.environment)
    opens(database.portal_url)


def initialised(database: Database, **settings: str) -> int:
    words = ["database", "init", "--administrator-url", database.administrator_url]
    return CliRunner().invoke(app, words, env=settings, catch_exceptions=False).exit_code


def opens(url: str) -> None:
    psycopg2.connect(url).close()
