"""The commands user reset-password, disable, enable and list."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from db.commands.people import PersonRefusedError, set_demo_password
from db.passwords import password_faults, password_matches
from jobs.user import app
from tests.support.database import Database
from tests.support.setup_files import applied, setup_with

IT = "it@harbour.example"


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=database.environment, catch_exceptions=False
    )


def person(database: Database, email: str = IT) -> dict[str, object]:
    with database.administrator.connect() as connection:
        query = text("SELECT * FROM auth.person WHERE email = :email")
        return dict(connection.execute(query, {"email": email}).mappings().one())


def live_sessions(database: Database) -> int:
    with database.administrator.connect() as connection:
        query = text("SELECT count(*) FROM auth.session WHERE revoked_at IS NULL")
        return int(connection.execute(query).scalar_one())


def test_a_reset_prints_a_password_once_and_stores_only_its_hash(database: Database) -> None:
    applied(database, setup_with())
    result = run(database, "reset-password", "IT@Harbour.example")
    password = result.stdout.rstrip("\n")
    stored = person(database)
    assert result.exit_code == 0
    assert password_faults(password, email=IT) == ()
    assert password_matches(password, str(stored["password_hash"]))
    assert stored["must_change_password"] is True
    assert password not in result.stderr


def test_a_reset_ends_every_session_and_ticket_of_the_person_and_no_other(
    database: Database,
) -> None:
    applied(database, setup_with())
    own = database.session(int(str(person(database)["person_id"])))
    other = database.session(int(str(person(database, "b.claes@fairlead.example")["person_id"])))
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO auth.ticket (ticket_hash, person_id, browser_hash, expires_at) "
                "SELECT :hash, person_id, :hash, now() + interval '30 seconds' FROM auth.person"
                " WHERE email = :email"
            ),
            {"hash": b"t" * 32, "email": IT},
        )
    run(database, "reset-password", IT)
    with database.administrator.connect() as connection:
        live = text("SELECT session_hash FROM auth.session WHERE revoked_at IS NULL")
        assert [bytes(row) for row in connection.execute(live).scalars()] == [other]
        assert connection.execute(text("SELECT count(*) FROM auth.ticket")).scalar_one() == 0
    assert own != other


def test_each_act_is_in_the_audit_log_without_a_password(database: Database) -> None:
    applied(database, setup_with())
    password = run(database, "reset-password", IT).stdout.strip()
    run(database, "disable", IT)
    run(database, "disable", IT)
    run(database, "enable", IT)
    with database.administrator.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT actor, action, subject, l::text AS whole FROM billing.audit_log l "
                "WHERE actor = 'jobs user' ORDER BY audit_id"
            )
        ).all()
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        ("jobs user", "password_reset", IT),
        ("jobs user", "person_disabled", IT),
        ("jobs user", "person_enabled", IT),
    ]
    assert all(password not in row.whole for row in rows)


def test_a_disabled_person_is_out_at_once_and_may_be_let_in_again(database: Database) -> None:
    applied(database, setup_with())
    database.session(int(str(person(database)["person_id"])))
    assert run(database, "disable", IT).stdout == f"{IT} is disabled.\n"
    assert isinstance(person(database)["disabled_at"], datetime)
    assert live_sessions(database) == 0
    assert run(database, "disable", IT).stdout == f"{IT} is disabled already.\n"
    refused = run(database, "reset-password", IT)
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"{IT} is disabled: enable the person first.\n",
    )
    assert run(database, "enable", IT).stdout == f"{IT} is enabled.\n"
    assert run(database, "enable", IT).stdout == f"{IT} is enabled already.\n"
    assert person(database)["disabled_at"] is None
    assert live_sessions(database) == 0


@pytest.mark.parametrize("command", ["reset-password", "disable", "enable"])
def test_an_unknown_address_is_named(database: Database, command: str) -> None:
    result = run(database, command, "nobody@fairlead.example")
    assert (result.exit_code, result.stderr) == (
        1,
        "Nobody has the address nobody@fairlead.example: see user list.\n",
    )


def test_the_list_shows_who_sees_what_and_the_state_of_the_access(database: Database) -> None:
    applied(database, setup_with())
    run(database, "reset-password", IT)
    run(database, "disable", "finance@harbour.example")
    lines = [line.split() for line in run(database, "list").stdout.splitlines()]
    assert [line[0] for line in lines] == [
        "address",
        "a.reyes@fairlead.example",
        "b.claes@fairlead.example",
        "finance@harbour.example",
        "finanzen@millbrook.example",
        IT,
        "m.okafor@fairlead.example",
    ]
    assert lines[1][3:] == ["administrator", "all", "no", "password", "yet", "–"]
    assert lines[3][4:] == ["finance", "harbour", "disabled", "–"]
    assert lines[5][3:] == ["it", "harbour", "one-time", "password", "–"]
    assert lines[6][3:6] == ["account_manager", "harbour", "millbrook"]


def test_a_demo_password_is_for_people_of_the_demo_only(database: Database) -> None:
    applied(database, setup_with(), is_demo=True)
    with database.as_owner() as connection:
        set_demo_password(connection, email=IT, password="a quiet harbour at dawn")
    assert password_matches("a quiet harbour at dawn", str(person(database)["password_hash"]))
    assert person(database)["must_change_password"] is False
    with database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET is_demo = false"))
    with (
        database.as_owner() as connection,
        pytest.raises(PersonRefusedError, match="is not a person of the demo"),
    ):
        set_demo_password(connection, email=IT, password="a quiet harbour at dawn")


def test_a_reset_moves_the_day_of_the_password(database: Database) -> None:
    applied(database, setup_with())
    with database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET password_changed_at = '2020-01-01Z'"))
    run(database, "reset-password", IT)
    changed_at = person(database)["password_changed_at"]
    assert isinstance(changed_at, datetime)
    assert changed_at > datetime(2026, 1, 1, tzinfo=UTC)
