"""The commands audit, and client disable and enable."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import typer
from sqlalchemy import insert, text
from typer.testing import CliRunner, Result

from db.models import AuditLog
from jobs.audit import audit
from jobs.client import app as client_app
from tests.support.database import Database
from tests.support.setup_files import applied, setup_with

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
audit_app = typer.Typer()
audit_app.command()(audit)


def run(database: Database, app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=database.environment, catch_exceptions=False
    )


def log(database: Database, *entries: dict[str, object]) -> None:
    rows = [
        {"at": NOON + timedelta(hours=place), "subject": "", "detail": {}, **entry}
        for place, entry in enumerate(entries)
    ]
    with database.as_owner() as connection:
        connection.execute(insert(AuditLog), rows)


def lines(database: Database, *arguments: str) -> list[dict[str, object]]:
    printed = run(database, audit_app, *arguments)
    assert printed.exit_code == 0
    return [json.loads(line) for line in printed.stdout.splitlines()]


def test_the_log_is_printed_as_json_lines_oldest_first(database: Database) -> None:
    client = database.client("harbour")
    log(
        database,
        {"actor": "boss@x.example", "action": "sign_in", "address": None, "client_id": None},
        {
            "actor": "jobs client",
            "action": "client_disabled",
            "subject": "harbour",
            "client_id": client,
            "address": "192.0.2.1",
            "detail": {"by": "é"},
        },
    )
    assert lines(database) == [
        {
            "id": 1,
            "at": "2026-11-20T12:00:00.000000Z",
            "actor": "boss@x.example",
            "action": "sign_in",
            "subject": "",
            "client": None,
            "address": None,
            "detail": {},
        },
        {
            "id": 2,
            "at": "2026-11-20T13:00:00.000000Z",
            "actor": "jobs client",
            "action": "client_disabled",
            "subject": "harbour",
            "client": "harbour",
            "address": "192.0.2.1",
            "detail": {"by": "é"},
        },
    ]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (("--since", "2026-11-20T13:00:00Z"), [2, 3]),
        (("--since", "2026-11-20T14:00:01+01:00"), [3]),
        (("--since", "2026-11-20", "--until", "2026-11-20T13:00:00Z"), [1]),
        (("--until", "2026-11-20"), []),
    ],
)
def test_a_part_of_the_log_begins_with_since_and_ends_before_until(
    database: Database, arguments: tuple[str, ...], ids: list[int]
) -> None:
    entry: dict[str, object] = {"actor": "a", "action": "sign_in"}
    log(database, entry, entry, entry)
    assert [line["id"] for line in lines(database, *arguments)] == ids


@pytest.mark.parametrize("since", ["yesterday", "2026-11-20T12:00:00", "2026-02-30"])
def test_an_instant_that_is_none_or_has_no_zone_is_refused(database: Database, since: str) -> None:
    refused = run(database, audit_app, "--since", since)
    assert refused.exit_code == 2
    assert since in refused.stderr


def test_nothing_that_was_typed_ends_a_line_or_turns_it_around(database: Database) -> None:
    typed = 'a\r\n{"actor": "boss"}\u2028\u202e\x1b[2J'
    log(database, {"actor": typed, "action": "sign_in_refused"})
    printed = run(database, audit_app).stdout
    assert printed.isascii()
    assert printed.count("\n") == 1
    assert printed[:-1].isprintable()
    assert json.loads(printed)["actor"] == typed


def test_a_client_is_disabled_and_enabled_and_the_log_says_so(database: Database) -> None:
    applied(database, setup_with())
    answers = [
        run(database, client_app, command, "harbour").stdout
        for command in ("disable", "disable", "enable", "enable")
    ]
    assert answers == [
        "harbour is disabled.\n",
        "harbour is disabled already.\n",
        "harbour is enabled.\n",
        "harbour is enabled already.\n",
    ]
    noted = [line for line in lines(database) if line["actor"] == "jobs client"]
    assert [(line["action"], line["subject"], line["client"]) for line in noted] == [
        ("client_disabled", "harbour", "harbour"),
        ("client_enabled", "harbour", "harbour"),
    ]
    refused = run(database, client_app, "disable", "nowhere")
    assert refused.exit_code == 1
    assert refused.stderr == "There is no client nowhere: see clients.csv of the setup.\n"


def test_a_setup_notes_each_person_whose_role_or_clients_became_others(database: Database) -> None:
    applied(database, setup_with())
    changed = setup_with(
        (
            "people.csv",
            "it@harbour.example,Iris Tan,it,harbour",
            "it@harbour.example,Iris Tan,finance,harbour",
        ),
        (
            "people.csv",
            "b.claes@fairlead.example,Bram Claes",
            "b.claes@fairlead.example,Benny Claes",
        ),
    )
    applied(database, changed)
    noted = [line for line in lines(database) if line["action"] in {"person_added", "role_changed"}]
    assert [line["subject"] for line in noted if line["action"] == "person_added"] == [
        "a.reyes@fairlead.example",
        "b.claes@fairlead.example",
        "finance@harbour.example",
        "finanzen@millbrook.example",
        "it@harbour.example",
        "m.okafor@fairlead.example",
    ]
    assert noted[4]["detail"] == {"role": "it", "clients": "harbour"}
    assert [(line["subject"], line["detail"]) for line in noted[6:]] == [
        ("it@harbour.example", {"role": "it → finance"})
    ]
    with database.as_owner() as connection:
        applied_twice = "SELECT count(*) FROM billing.audit_log WHERE action = 'setup_applied'"
        assert connection.execute(text(applied_twice)).scalar_one() == 2
