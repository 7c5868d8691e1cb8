"""The commands books: drafts for another system, and what it answers, beside what is here."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from jobs.books import app
from tests.support.closing import Books, books
from tests.support.corrections import recorded
from tests.support.database import Database

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
ANSWER = """client,period,number,issued_on,currency,net,gross
harbour,2026-10,2026/1044,2026-11-05,EUR,149.90,181.38
"""


@pytest.fixture
def own(database: Database) -> Books:
    """A client whose legal invoices come from elsewhere: October issued, September a shadow."""
    made = books(database)
    client = made.ground
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.issuer SET books = 'elsewhere'"))
        connection.execute(text("UPDATE billing.agreement SET starts_on = '2026-09-01'"))
        connection.execute(text("UPDATE billing.client SET invoices_from = '2026-10-01'"))
    recorded(
        client,
        client.event("2026-09-05T10:00:00+00:00", "70"),
        client.event("2026-10-05T10:00:00+00:00", "150"),
        as_of=NOVEMBER,
    )
    made.close("2026-10")
    return made


def run(own: Books, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=own.database.environment, catch_exceptions=False
    )


def rows(printed: Result) -> list[list[str]]:
    return [line.split() for line in printed.stdout.splitlines()]


def test_a_statement_goes_out_as_a_draft_in_both_forms(own: Books, tmp_path: Path) -> None:
    for form in ("csv", "json"):
        ran = run(own, "export", "--period", "2026-10", "--to", str(tmp_path), "--form", form)
        path = tmp_path / f"HARBOUR-2026-0001.draft.{form}"
        assert (ran.exit_code, ran.stdout) == (0, f"harbour 2026-10: {path}\n")
    with (tmp_path / "HARBOUR-2026-0001.draft.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert next((each["code"], each["net"]) for each in lines) == ("egress", "150.00")
    draft = json.loads((tmp_path / "HARBOUR-2026-0001.draft.json").read_text())
    assert (draft["document"], draft["net"]) == ("HARBOUR-2026-0001", "150.00")
    ran = run(own, "export", "--period", "2026-11", "--to", str(tmp_path))
    assert (ran.exit_code, ran.stdout) == (0, "harbour 2026-11: no document yet.\n")


def test_what_the_other_system_issued_is_taken_once_and_compared(
    own: Books, tmp_path: Path
) -> None:
    """149.90 and 181.38 there, 150.00 and 150.00 here, where no tax is set up."""
    answer = tmp_path / "answer.csv"
    answer.write_text(ANSWER)
    for new in (1, 0):
        taken = run(own, "take", str(answer), "--actor", "ada")
        assert taken.exit_code == 0
        assert taken.stdout.splitlines()[0] == f"{new} of 1 legal invoices are new."
        assert rows(taken)[-1] == [
            "harbour", "2026-10", "HARBOUR-2026-0001", "150.00", "150.00", "EUR", "2026/1044",
            "149.90", "181.38", "EUR", "-0.10", "+31.38",
        ]  # fmt: skip
    assert own.ground.rows("SELECT recorded_by, number FROM billing.legal_invoice") == [
        ("ada", "2026/1044")
    ]


def test_a_shadow_month_is_computed_and_compared_and_never_issued(
    own: Books, tmp_path: Path
) -> None:
    answer = tmp_path / "answer.csv"
    answer.write_text(ANSWER.replace("2026-10,2026/1044", "2026-09,2026/0911"))
    run(own, "take", str(answer))
    listed = run(own, "list", "--client", "harbour", "--period", "2026-09")
    assert rows(listed)[-1] == [
        "harbour", "2026-09", "shadow", "70.00", "70.00", "EUR", "2026/0911", "149.90", "181.38",
        "EUR", "+79.90", "+111.38",
    ]  # fmt: skip
    assert own.ground.rows("SELECT count(*) FROM billing.invoice") == [(1,)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            ANSWER.replace("harbour", "quay"),
            "meterglass: client: there is no client 'quay'.",
        ),
        (
            ANSWER.replace("149.90", "149.9O"),
            (
                'meterglass: answer.csv:2:net: "149.9O" is not a number: write it like 1234.5, '
                "-0.02 or 8e-05."
            ),
        ),
    ],
)
def test_a_wrong_answer_is_refused_whole(
    own: Books, tmp_path: Path, content: str, sentence: str
) -> None:
    answer = tmp_path / "answer.csv"
    answer.write_text(content)
    taken = run(own, "take", str(answer))
    assert taken.exit_code == 1
    assert taken.stderr.splitlines()[0].startswith(sentence[:40])
    assert own.ground.rows("SELECT count(*) FROM billing.legal_invoice") == [(0,)]


def test_what_was_taken_is_not_taken_with_other_figures(own: Books, tmp_path: Path) -> None:
    answer = tmp_path / "answer.csv"
    answer.write_text(ANSWER)
    run(own, "take", str(answer))
    answer.write_text(ANSWER.replace("181.38", "190.00"))
    taken = run(own, "take", str(answer))
    assert (taken.exit_code, taken.stderr) == (
        1,
        (
            "meterglass: harbour 2026-10: 2026/1044 is taken already, with 2026-11-05, 149.9 and "
            "181.38 EUR.\n"
        ),
    )
