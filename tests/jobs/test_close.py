"""The commands close and credit, as somebody types them."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent
from tests.support.closing import Books, books
from tests.support.corrections import correction, recorded
from tests.support.database import Database

ROOT = Path(__file__).parents[2]
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
TOO_LARGE = (
    "Line 1, egress, has a figure of more than 18 digits: look for a record with an absurd "
    "quantity, and supersede it."
)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> tuple[Books, dict[str, str]]:
    """A client with 150 GB of egress in October, a key in its file and a folder for heads."""
    own = books(database)
    client = own.ground
    recorded(client, client.event("2026-10-05T10:00:00+00:00", "150"), as_of=AS_OF)
    own.key.save(tmp_path / "signing.key")
    settings = {
        **database.environment,
        "METERGLASS_SIGNING_KEY": str(tmp_path / "signing.key"),
        "METERGLASS_HEADS": str(tmp_path / "heads"),
    }
    return own, settings


def said(settings: dict[str, str], *arguments: str) -> tuple[int, list[str], list[str]]:
    """Exit code and the lines of a command, its blanks as one."""
    ran = subprocess.run(
        [sys.executable, "-m", "jobs", *arguments],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    out, err = (
        [" ".join(line.split()) for line in told.splitlines() if line.strip()]
        for told in (ran.stdout, ran.stderr)
    )
    return ran.returncode, out, err


Desk = tuple[Books, dict[str, str]]


def test_a_month_is_previewed_closed_and_found_closed(desk: Desk) -> None:
    own, settings = desk
    code, out, err = said(settings, "close", "--period", "2026-10", "--dry-run")
    assert (code, err) == (0, [])
    assert out[0] == "harbour 2026-10: October usage, draft."
    assert "1 egress egress, 2026-10-01 to 2026-10-31 150.00" in out
    assert out[-2:] == ["gross, EUR 150.00", "Ready to be issued."]
    assert own.ground.rows("SELECT count(*) FROM billing.invoice") == [(0,)]
    for word in ("issued", "issued before"):
        code, out, err = said(settings, "close", "--period", "2026-10", "--actor", "ada")
        assert (code, err) == (0, [])
        assert out == [
            f"harbour: HARBOUR-2026-0001, 150.00 EUR, {word}.",
            "client document total what became of it",
            f"harbour HARBOUR-2026-0001 150.00 EUR {word}",
        ]
    assert own.ground.rows(
        "SELECT actor, action, subject FROM billing.audit_log WHERE action = 'invoice_issued'"
    ) == [("ada", "invoice_issued", "HARBOUR-2026-0001")]
    head = Path(settings["METERGLASS_HEADS"]) / "harbour.note"
    assert "invoice: HARBOUR-2026-0001\n" in head.read_text()


def test_what_is_not_ready_is_told_and_overridden_with_a_reason(desk: Desk) -> None:
    own, settings = desk
    with own.database.as_owner() as connection:
        connection.execute(text("UPDATE billing.source SET expects_every = interval '1 hour'"))
    code, out, err = said(settings, "close", "--period", "2026-10")
    assert code == 1
    assert err == [
        (
            "harbour: refused: Source collector was last heard at 2026-10-05 10:00 UTC: load what "
            "is missing."
        )
    ]
    assert out[-1] == "harbour – refused"
    code, out, err = said(settings, "close", "--period", "2026-10", "--override", "It was down")
    assert (code, err) == (0, [])
    assert own.document("HARBOUR-2026-0001").reason == "It was down"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("close", "--period", "October"), 2, "--period: 'October' is not a month, like 2026-10."),
        (
            ("close", "--period", "2026-10", "--client", "quay"),
            1,
            "There is no client 'quay'.",
        ),
        (("credit", "X", "--reason", "why"), 1, "There is no document X."),
        (
            ("credit", "X", "--reason", "why", "--line", "1"),
            2,
            "--line and --amount belong together: give both, or neither.",
        ),
        (
            ("credit", "X", "--reason", "why", "--line", "1", "--amount", "1,5"),
            2,
            '--amount: "1,5" is not a number: write it like 1234.5, -0.02 or 8e-05.',
        ),
    ],
)
def test_bad_input_gets_one_sentence(
    desk: Desk, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    _, settings = desk
    assert said(settings, *arguments) == (code, [], [f"meterglass: {sentence}"])


def test_without_a_key_nothing_is_issued(desk: Desk) -> None:
    own, settings = desk
    without = {**settings, "METERGLASS_SIGNING_KEY": settings["METERGLASS_SIGNING_KEY"] + ".none"}
    code, _, err = said(without, "close", "--period", "2026-10")
    assert code == 1
    assert err == [
        (
            "harbour: refused: There is no signing key: make one with `jobs signing-key new`, and "
            "name its file in METERGLASS_SIGNING_KEY."
        )
    ]
    assert own.ground.rows("SELECT state FROM billing.billing_period") == [("open",)]


def test_a_figure_too_large_to_be_stored_refuses_one_client_and_no_other(desk: Desk) -> None:
    """Ten records of 10^17 GB at 1.00 each: 10^18 have 19 digits."""
    own, settings = desk
    recorded(own.ground, *absurd(own), as_of=AS_OF)
    other = books(own.database, slug="quayside", key=own.key).ground
    recorded(other, other.event("2026-10-05T10:00:00+00:00", "7"), as_of=AS_OF)
    code, out, err = said(settings, "close", "--period", "2026-10")
    assert code == 1
    assert err == [f"harbour: refused: {TOO_LARGE}"]
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE client_id = :client"
    ) == [("open",)]
    assert "quayside: QUAYSIDE-2026-0001, 7.00 EUR, issued." in out
    code, out, err = said(settings, "close", "--period", "2026-10", "--dry-run")
    assert (code, err) == (0, [])
    assert TOO_LARGE in out
    wrong = absurd(own)[0]
    recorded(own.ground, correction(wrong, quantity="1"), as_of=AS_OF)
    code, out, err = said(settings, "close", "--period", "2026-10", "--client", "harbour")
    assert (code, err) == (0, [])
    assert ("egress", "900000000000000151.00") in own.lines("HARBOUR-2026-0001")


def absurd(own: Books) -> list[UsageEvent]:
    return [
        own.ground.event(f"2026-10-07T{hour}:00:00+00:00", f"{10**17}") for hour in range(10, 20)
    ]


def test_a_line_is_credited_once_and_a_month_is_billed_again(desk: Desk) -> None:
    own, settings = desk
    said(settings, "close", "--period", "2026-10")
    part = ("credit", "HARBOUR-2026-0001", "--reason", "An outage", "--line", "1")
    for word in ("credits", "credits already"):
        code, out, err = said(settings, *part, "--amount", "20.00")
        assert (code, out, err) == (0, [f"HARBOUR-2026-0002 {word} HARBOUR-2026-0001."], [])
    code, _, err = said(settings, *part, "--amount", "130.01")
    assert code == 1
    assert err == [
        (
            "meterglass: lines[1]: 130.01 is more than the 130.00 that remain of egress on "
            "HARBOUR-2026-0001."
        )
    ]
    code, out, err = said(
        settings, "credit", "HARBOUR-2026-0001", "--reason", "A wrong address", "--rebill"
    )
    assert (code, err) == (0, [])
    assert out == [
        "HARBOUR-2026-0003 credits HARBOUR-2026-0001.",
        "HARBOUR-2026-0004 takes its place.",
    ]
    assert own.lines("HARBOUR-2026-0004")[0] == ("egress", "150.00")


def test_what_was_credited_in_whole_is_billed_again_later(desk: Desk) -> None:
    own, settings = desk
    own.close("2026-10")
    whole = ("credit", "HARBOUR-2026-0001", "--reason")
    note = "HARBOUR-2026-0002 credits HARBOUR-2026-0001."
    assert said(settings, *whole, "An outage") == (0, [note], [])
    for _ in range(2):
        code, out, err = said(settings, *whole, "A wrong address", "--rebill")
        assert (code, err) == (0, [])
        assert out == [
            "HARBOUR-2026-0002 credits already HARBOUR-2026-0001.",
            "HARBOUR-2026-0003 takes its place.",
        ]


def test_from_a_database_that_forgot_documents_nothing_is_issued(desk: Desk) -> None:
    own, settings = desk
    said(settings, "close", "--period", "2026-10")
    head = Path(settings["METERGLASS_HEADS"]) / "harbour.note"
    kept = head.read_text()
    own.close("2026-11")
    said(settings, "close", "--period", "2026-11")
    assert head.read_text() != kept
    other = {**settings, "METERGLASS_HEADS": settings["METERGLASS_HEADS"] + "-of-yesterday"}
    Path(other["METERGLASS_HEADS"]).mkdir()
    ahead = head.read_text().replace("position: 2", "position: 9")
    (Path(other["METERGLASS_HEADS"]) / "harbour.note").write_text(ahead)
    code, _, err = said(other, "close", "--period", "2026-12")
    assert code == 1
    assert err == [
        (
            "harbour: refused: The database lacks documents of harbour that were issued: it was "
            "restored to an earlier state. Bring back a later one; see docs/operations.md."
        )
    ]
