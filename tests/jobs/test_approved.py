"""The worker closes what was approved, credits what was agreed, and says what keeps it from it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from db.commands.closing.turn import take_turn
from db.embedded import Urls
from db.settings import Settings
from documents.keys import SigningKey
from jobs.approved import do_approved
from jobs.desk import Desk
from jobs.own_key import ensure_own_key
from tests.support.closing import Books, books, proved
from tests.support.corrections import recorded
from tests.support.database import Database

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture
def own(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Books:
    """A client whose October has 150 GB of egress and waits, and the settings of a worker."""
    made = books(database)
    client = made.ground
    recorded(client, client.event("2026-10-05T10:00:00+00:00", "150"), as_of=NOVEMBER)
    made.key.save(tmp_path / "signing.key")
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("METERGLASS_SIGNING_KEY", str(tmp_path / "signing.key"))
    monkeypatch.setenv("METERGLASS_HEADS", str(tmp_path / "heads"))
    return made


def approve(own: Books, override: str | None = None) -> None:
    with own.database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.period_approval (client_id, billing_period, approved_by, "
                "override_reason) VALUES (:client, '2026-10-01', 'boss@msp.example', :override)"
            ),
            {"client": own.client_id, "override": override},
        )


def change(own: Books, statement: str) -> None:
    with own.database.as_owner() as connection:
        connection.execute(text(statement))


def faults(own: Books) -> list[tuple[object, ...]]:
    return own.ground.rows(
        "SELECT fault, failed_at IS NULL FROM billing.period_approval WHERE client_id = :client"
    )


def test_nothing_is_done_that_nobody_approved(own: Books) -> None:
    assert list(do_approved(own.database.writer)) == []


def test_an_approved_month_is_closed_and_its_head_is_kept(own: Books, tmp_path: Path) -> None:
    approve(own)
    said = list(do_approved(own.database.writer))
    assert said == ["harbour: HARBOUR-2026-0001, issued."]
    assert list(do_approved(own.database.writer)) == []
    assert (tmp_path / "heads" / "harbour.note").exists()
    assert faults(own) == [(None, True)]
    assert own.ground.rows(
        "SELECT actor FROM billing.audit_log WHERE action = 'invoice_issued'"
    ) == [("boss@msp.example",)]


def test_what_is_not_ready_waits_and_says_why_until_it_is(own: Books) -> None:
    approve(own)
    change(own, "UPDATE billing.source SET expects_every = interval '1 hour'")
    assert list(do_approved(own.database.writer)) == []
    assert faults(own) == [
        (
            "Source collector was last heard at 2026-10-05 10:00 UTC: load what is missing.",
            False,
        )
    ]
    change(own, "UPDATE billing.source SET expects_every = NULL")
    assert list(do_approved(own.database.writer)) == ["harbour: HARBOUR-2026-0001, issued."]
    assert faults(own) == [(None, True)]


def test_another_closer_at_work_is_no_failure_of_an_approval(own: Books) -> None:
    approve(own)
    with own.database.as_writer(own.client_id) as connection:
        take_turn(connection, own.client_id)
        assert list(do_approved(own.database.writer)) == []
        assert faults(own) == [(None, True)]
    assert list(do_approved(own.database.writer)) == ["harbour: HARBOUR-2026-0001, issued."]


def test_a_reason_closes_a_month_at_once(own: Books) -> None:
    change(own, "UPDATE billing.agreement SET grace_hours = 8760")
    approve(own)
    assert list(do_approved(own.database.writer)) == []
    assert faults(own) == [(None, True)]
    change(own, "UPDATE billing.period_approval SET override_reason = 'The client is leaving'")
    assert list(do_approved(own.database.writer)) == ["harbour: HARBOUR-2026-0001, issued."]
    assert own.document("HARBOUR-2026-0001").reason == "The client is leaving"


def test_an_approval_taken_back_before_the_cut_closes_nothing(
    own: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(own)

    def taken_back(*given: object) -> None:
        change(own, "DELETE FROM billing.period_approval")

    monkeypatch.setattr(Desk, "require_whole_chain", taken_back)
    assert list(do_approved(own.database.writer)) == []
    assert own.ground.rows("SELECT count(*) FROM billing.invoice") == [(0,)]
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE billing_period = '2026-10-01'"
    ) == [("open",)]


def test_the_reason_that_stands_when_the_month_is_cut_is_the_one_that_counts(
    own: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(own, "UPDATE billing.agreement SET grace_hours = 8760")
    approve(own, "The client is leaving us")

    def without_a_reason(*given: object) -> None:
        change(own, "UPDATE billing.period_approval SET override_reason = NULL")

    monkeypatch.setattr(Desk, "require_whole_chain", without_a_reason)
    assert list(do_approved(own.database.writer)) == []
    [(fault, _)] = faults(own)
    assert "the grace time is not over" in str(fault)


def test_without_its_settings_the_worker_says_which_is_missing(
    own: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(own)
    monkeypatch.delenv("METERGLASS_HEADS")
    sentence = "METERGLASS_HEADS is not set; with a database of your own it must be."
    assert list(do_approved(own.database.writer)) == [f"meterglass: {sentence}"]
    assert faults(own) == [(sentence, False)]


def test_an_agreed_dispute_is_credited_once(own: Books, tmp_path: Path) -> None:
    own.close("2026-10")
    change(
        own,
        "INSERT INTO billing.invoice_question (client_id, invoice_id, line_number, kind, state, "
        "disputed_amount, agreed_amount, opened_by) SELECT client_id, invoice_id, 1, 'dispute', "
        "'agreed', 30, 20, 'ada@harbour.example' FROM billing.invoice",
    )
    assert list(do_approved(own.database.writer)) == [
        "harbour: HARBOUR-2026-0002 credits HARBOUR-2026-0001."
    ]
    assert list(do_approved(own.database.writer)) == []
    assert own.lines("HARBOUR-2026-0002") == [("egress", "-20.00")]
    assert own.ground.rows(
        "SELECT i.number FROM billing.invoice_question q JOIN billing.invoice i "
        "ON i.client_id = q.client_id AND i.invoice_id = q.credit_invoice_id"
    ) == [("HARBOUR-2026-0002",)]
    assert proved(own, "HARBOUR-2026-0002", tmp_path) == []


def test_an_embedded_database_gets_a_key_of_its_own_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in database.environment:
        monkeypatch.delenv(name, raising=False)
    settings = Settings(data_directory=tmp_path)
    urls = Urls(owner=database.owner_url, writer=None, portal=None, administrator=None)
    for _ in range(2):
        ensure_own_key(settings, urls)
    key = SigningKey.load(tmp_path / "signing.key")
    with database.as_owner() as connection:
        known = connection.execute(text("SELECT verifier FROM billing.signing_key")).scalars()
        assert known.all() == [str(key.verifier_key)]
