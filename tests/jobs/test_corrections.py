"""The commands supersede and withdraw."""

import getpass
from datetime import UTC, datetime
from decimal import Decimal
from threading import Thread
from uuid import UUID

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from billing_core.event import UsageEvent
from db.commands.correction_values import Corrected, Correction, CorrectionRefusedError
from db.commands.corrections import correct_event
from db.commands.ingest import record
from jobs.__main__ import app
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground, ground

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
UNKNOWN = "00000000-0000-0000-0000-000000000001"
TOTAL = (
    "SELECT quantity::float, event_count::int FROM billing.usage_total "
    "WHERE client_id = :client AND billing_period = '2026-10-01'"
)
VERSION = "SELECT version::int FROM billing.client_version WHERE client_id = :client"
JOURNAL = (
    "SELECT actor, action, subject, detail FROM billing.audit_log "
    "WHERE client_id = :client ORDER BY audit_id"
)


@pytest.fixture
def harbour(database: Database) -> Ground:
    return ground(database)


def recorded(client: Ground, *events: UsageEvent) -> UUID:
    """Record events; the id of the first."""
    record(client.database.writer, client.client_id, SOURCE, events, as_of=NOON)
    return events[0].event_id


def run(database: Database, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=database.environment, catch_exceptions=False
    )


def superseded(
    client: Ground, event: UUID | str, *more: str, reason: str = "Typing error"
) -> Result:
    given = ("supersede", str(event), "--client", client.slug, "--reason", reason, *more)
    return run(client.database, *given)


def withdrawn(client: Ground, event: UUID | str, reason: str = "Test run") -> Result:
    return run(client.database, "withdraw", str(event), "--client", client.slug, "--reason", reason)


def test_the_right_quantity_takes_the_place_of_the_wrong_one(harbour: Ground) -> None:
    wrong = recorded(
        harbour,
        harbour.event("2026-10-01T10:00+00:00", "70"),
        harbour.event("2026-10-01T11:00+00:00", "5"),
    )
    told = superseded(harbour, wrong, "--quantity", "7")
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith("It is superseded. The right event is ")
    assert harbour.rows(TOTAL) == [(12.0, 2)]
    stored = harbour.rows(
        "SELECT source_event_id, supersedes_event_id, quantity::float, withdraws, reason, "
        "occurred_at FROM billing.usage_event WHERE client_id = :client "
        "AND supersedes_event_id IS NOT NULL"
    )
    assert stored == [
        (
            f"supersedes:{wrong}", wrong, 7.0, False, "Typing error",
            datetime(2026, 10, 1, 10, tzinfo=UTC),
        )
    ]  # fmt: skip


def test_a_withdrawn_event_counts_no_more(harbour: Ground) -> None:
    wrong = recorded(
        harbour,
        harbour.event("2026-10-01T10:00+00:00", "70"),
        harbour.event("2026-10-01T11:00+00:00", "5"),
    )
    told = withdrawn(harbour, wrong)
    assert (told.exit_code, told.stdout) == (0, "It is withdrawn.\n")
    assert harbour.rows(TOTAL) == [(5.0, 1)]


def test_a_withdrawn_user_is_counted_no_more(harbour: Ground) -> None:
    wrong = recorded(
        harbour,
        harbour.event("2026-10-01T10:00+00:00", meter="users", counted="anna"),
        harbour.event("2026-10-01T11:00+00:00", meter="users", counted="ben"),
    )
    assert withdrawn(harbour, wrong).exit_code == 0
    assert harbour.rows(TOTAL) == [(1.0, 1)]


def test_everything_of_an_event_can_be_corrected(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", meter="users", counted="ana"))
    told = superseded(
        harbour, wrong, "--quantity", "1", "--occurred", "2026-10-02T12:30:00+02:00",
        "--resource", "site-2", "--counted-value", "anna",
    )  # fmt: skip
    assert told.exit_code == 0
    assert harbour.rows(
        "SELECT e.occurred_at, r.code, e.counted_value FROM billing.usage_event e "
        "JOIN billing.resource r USING (client_id, resource_id) "
        "WHERE client_id = :client AND supersedes_event_id IS NOT NULL"
    ) == [(datetime(2026, 10, 2, 10, 30, tzinfo=UTC), "site-2", "anna")]


def test_said_again_nothing_changes(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    superseded(harbour, wrong, "--quantity", "7")
    before = harbour.rows(VERSION)
    again = superseded(harbour, wrong, "--quantity", "7.0")
    assert again.exit_code == 0
    assert again.stdout.startswith("It was superseded so already.")
    assert harbour.rows(TOTAL) == [(7.0, 1)]
    assert len(harbour.rows(JOURNAL)) == 1
    assert before == harbour.rows(VERSION)


def test_an_event_is_corrected_once_but_its_correction_can_be_corrected(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    first = superseded(harbour, wrong, "--quantity", "7").stdout.split()[-1].rstrip(".")
    for told in (superseded(harbour, wrong, "--quantity", "8"), withdrawn(harbour, wrong)):
        assert told.exit_code == 1
        assert told.stderr == (
            f"meterglass: refused: The event {wrong} was corrected already, by {first}: "
            "correct that one.\n"
        )
    assert superseded(harbour, first, "--quantity", "8").exit_code == 0
    assert harbour.rows(TOTAL) == [(8.0, 1)]


def test_a_withdrawn_event_can_be_put_right_but_not_withdrawn_twice(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    withdrawn(harbour, wrong)
    ((by,),) = harbour.rows(
        "SELECT event_id FROM billing.usage_event WHERE client_id = :client AND withdraws"
    )
    refused = withdrawn(harbour, str(by))
    assert refused.exit_code == 1
    assert "only takes another one back" in refused.stderr
    assert superseded(harbour, str(by), "--quantity", "9").exit_code == 0
    assert harbour.rows(TOTAL) == [(9.0, 1)]


def test_a_correction_of_a_closed_month_is_billed_later(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    harbour.close("2026-10")
    told = superseded(harbour, wrong, "--quantity", "7")
    assert told.exit_code == 0
    assert told.stdout.startswith(
        "It is superseded; its month is closed, so November 2026 bills it."
    )
    assert harbour.rows(TOTAL) == [(70.0, 1)]


def test_the_journal_says_who_and_why(harbour: Ground) -> None:
    first = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    second = recorded(harbour, harbour.event("2026-10-01T11:00+00:00", "5"))
    superseded(harbour, first, "--quantity", "7", "--actor", "anna@msp.example")
    withdrawn(harbour, second)
    (one, two) = harbour.rows(JOURNAL)
    assert one[:3] == ("anna@msp.example", "event_superseded", str(first))
    assert isinstance(one[3], dict)
    assert (one[3]["reason"], one[3]["quantity"]) == ("Typing error", "7")
    assert two[:3] == (getpass.getuser(), "event_withdrawn", str(second))


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--quantity", "1,5"), '"1,5" is not a number: write it like 1234.5, -0.02 or 8e-05.'),
        (("--quantity", "-1"), "egress allows no negative quantity; a wrong event is superseded."),
        (("--quantity", "1", "--counted-value", "anna"), "The meter egress counts no values."),
        (
            ("--quantity", "1", "--occurred", "2026-10-01T10:00:00"),
            "the time 2026-10-01 10:00:00 has neither Z nor an offset; write it like ",
        ),
        (
            ("--quantity", "1", "--occurred", "2090-01-01T00:00:00Z"),
            "it lies in the future; check the clock of the source.",
        ),
        (
            ("--quantity", "1", "--occurred", "2001-01-01T00:00:00Z"),
            "no agreement ran at that time.",
        ),
        (("--quantity", "1", "--resource", "x" * 500), "resource: has more than "),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence(
    harbour: Ground, more: tuple[str, ...], sentence: str
) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    told = superseded(harbour, wrong, *more)
    assert told.exit_code == 1
    assert told.stderr.startswith(f"meterglass: refused: {sentence}")
    assert told.stderr.count("\n") == 1
    assert harbour.rows(TOTAL) == [(70.0, 1)]
    assert harbour.rows(JOURNAL) == []


def test_an_event_of_nobody_or_of_another_client_is_refused_alike(harbour: Ground) -> None:
    other = ground(harbour.database, slug="millbrook")
    foreign = recorded(other, other.event("2026-10-01T10:00+00:00", "3", id_="theirs"))
    for event in (str(foreign), UNKNOWN):
        told = withdrawn(harbour, event)
        assert told.exit_code == 1
        assert told.stderr == (f"meterglass: refused: The client harbour has no event {event}.\n")
    assert other.rows(TOTAL) == [(3.0, 1)]


def test_an_unknown_client_a_wrong_id_and_a_missing_reason_are_refused(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    told = run(
        harbour.database, "withdraw", str(wrong), "--client", "harbor", "--reason", "Test run"
    )
    assert told.stderr == "meterglass: refused: There is no client 'harbor'.\n"
    assert "'7' is no event id" in withdrawn(harbour, "7").stderr
    blank = withdrawn(harbour, wrong, reason=" ")
    assert (blank.exit_code, "reason: is empty" in blank.stderr) == (1, True)


def test_a_correction_of_somebody_elses_id_is_not_overwritten(harbour: Ground) -> None:
    """A source that took the id of a correction keeps it: the same id, other content."""
    wrong = harbour.event("2026-10-01T10:00+00:00", "70")
    taken = harbour.event("2026-10-01T11:00+00:00", "5", id_=f"supersedes:{wrong.event_id}")
    recorded(harbour, wrong, taken)
    told = superseded(harbour, wrong.event_id, "--quantity", "7")
    assert told.exit_code == 1
    assert harbour.rows(TOTAL) == [(75.0, 2)]


def test_what_the_msp_pays_is_corrected_with_a_resold_event_and_only_there(
    harbour: Ground,
) -> None:
    resold = harbour.event("2026-10-01T10:00+00:00", "70")
    plain = recorded(harbour, harbour.event("2026-10-01T11:00+00:00", "5"), resold)
    with harbour.database.as_writer(harbour.client_id) as connection:
        connection.execute(
            text(
                "INSERT INTO billing.vendor_cost (client_id, event_id, cost, currency, provider) "
                "VALUES (:client, :event, 60, 'EUR', 'Vendor')"
            ),
            {"client": harbour.client_id, "event": resold.event_id},
        )
    without = superseded(harbour, resold.event_id, "--quantity", "7")
    assert (without.exit_code, "say with --cost what is right, or 0" in without.stderr) == (1, True)
    needless = superseded(harbour, plain, "--quantity", "7", "--cost", "6")
    assert (needless.exit_code, "no cost is kept; leave --cost out" in needless.stderr) == (1, True)
    for expected in ("It is superseded.", "It was superseded so already."):
        told = superseded(harbour, resold.event_id, "--quantity", "7", "--cost", "6")
        assert (told.exit_code, told.stdout.startswith(expected)) == (0, True)
    other = superseded(harbour, resold.event_id, "--quantity", "7", "--cost", "5")
    assert (other.exit_code, "was corrected already" in other.stderr) == (1, True)
    assert harbour.rows(
        "SELECT cost::float, currency, provider FROM billing.vendor_cost ORDER BY cost"
    ) == [(6.0, "EUR", "Vendor"), (60.0, "EUR", "Vendor")]


def test_the_help_shows_an_example() -> None:
    for command in ("supersede", "withdraw"):
        told = CliRunner().invoke(app, [command, "--help"])
        assert told.exit_code == 0
        assert "Example" in told.stdout


def test_two_corrections_at_once_store_one(harbour: Ground) -> None:
    wrong = recorded(harbour, harbour.event("2026-10-01T10:00+00:00", "70"))
    outcomes: list[Corrected | CorrectionRefusedError] = []

    def correct(quantity: int) -> None:
        right = Correction(reason="Typing error", quantity=Decimal(quantity))
        try:
            outcomes.append(
                correct_event(harbour.database.writer, harbour.slug, wrong, right, actor="anna")
            )
        except CorrectionRefusedError as refusal:
            outcomes.append(refusal)

    threads = [Thread(target=correct, args=(quantity,)) for quantity in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, Corrected) for each in outcomes) == 1
    assert len(outcomes) == 4
    with harbour.database.as_owner() as connection:
        count = connection.execute(
            text("SELECT count(*) FROM billing.usage_event WHERE supersedes_event_id IS NOT NULL")
        ).scalar_one()
    assert count == 1
