"""Questions about issued documents name their client themselves, as `test_conditions` has it.

Both clients have documents of the same number, credited and asked about; the owner sees all rows.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import NoResultFound

from billing_core.invoicing.document import DocumentKind
from billing_core.period import month_period
from billing_core.prices import Agreement
from billing_core.proof import Disposition, Evidence, Exclusion, ExclusionReason
from db.commands.ingest import record
from db.queries.invoice_heads import invoice_head, invoice_heads, issued_months, titles_of
from db.queries.issued_documents import issued_document
from db.queries.issued_evidence import AdjustingAsked, adjusting_records, events_behind
from db.queries.questions import left_of_lines, questions_of, unsettled_questions
from tests.support.database import Database
from tests.support.issued import issue, plain_document, plain_line
from tests.support.usage import METERS, SOURCE, Ground, ground

NUMBER, NOTE = "SAME-2026-0001", "SAME-2026-0002"
OCTOBER, NOVEMBER = (month_period(f"2026-{month}", "UTC") for month in (10, 11))
NOW = datetime(2026, 11, 15, tzinfo=UTC)
Question = Callable[[Connection, int], object]
LATE = AdjustingAsked(meter=METERS["egress"], own=OCTOBER, billed=NOVEMBER)


def _ids(connection: Connection, client: int) -> list[int]:
    """The documents of a client, in order."""
    query = "SELECT invoice_id FROM billing.invoice WHERE client_id = :client ORDER BY 1"
    return list(connection.execute(text(query), {"client": client}).scalars())


def _of_first(question: Callable[[Connection, int, int], object]) -> Question:
    return lambda connection, client: question(connection, client, _ids(connection, client)[0])


QUESTIONS: dict[str, Question] = {
    "heads": lambda connection, client: invoice_heads(connection, client, before=None, rows=9),
    "a head": lambda connection, client: invoice_head(connection, client, NUMBER),
    "titles": lambda connection, client: titles_of(connection, client, _ids(connection, client)),
    "months": issued_months,
    "a document": _of_first(issued_document),
    "events": _of_first(events_behind),
    "adjusting records": lambda connection, client: adjusting_records(connection, client, LATE),
    "asked": _of_first(questions_of),
    "unsettled": lambda connection, client: unsettled_questions(connection, client, rows=9),
    "left": _of_first(left_of_lines),
}


def _evidence(own: Ground, size: int) -> Evidence:
    return Evidence(
        meter="egress",
        usage_period="2026-10",
        disposition=Disposition.BILLED,
        lines=(1,),
        event_count=size,
        excluded_count=1,
        included_count=0,
        root=bytes([own.client_id] * 32),
    )


def billed(own: Ground, size: int) -> None:
    """A document of so many tens, a credit note of it, a question, a dispute, a late record."""
    database = own.database
    record(database.writer, own.client_id, SOURCE, [own.event("2026-10-02T10:00Z")], as_of=NOW)
    [(event,)] = own.rows("SELECT event_id FROM billing.usage_event WHERE client_id = :client")
    agreement = Agreement(
        code="A", client=own.slug, currency="EUR", zone="UTC", starts_on=date(2026, 1, 1)
    )
    line = plain_line(1, f"{size}0.00")
    first = plain_document(own.slug, NUMBER, line, agreement="A")
    excluded = Exclusion(
        event_id=event,  # type: ignore[arg-type]  # as the database gives it
        meter="egress",
        usage_period="2026-10",
        reason=ExclusionReason.WITHDRAWS,
    )
    issue(database, first, agreement, [_evidence(own, size)], [excluded])
    credited = replace(
        line,
        detailed_lines=plain_line(1, f"-{size}.00").detailed_lines,
        amount=plain_line(1, f"-{size}.00").amount,
        credits_line=1,
    )
    note = plain_document(
        own.slug,
        NOTE,
        credited,
        agreement="A",
        kind=DocumentKind.CREDIT_NOTE,
        corrects=NUMBER,
        reason="Too much",
    )
    issue(database, note, agreement)
    late = own.event("2026-10-03T10:00Z", f"{size}", id_="late")
    record(database.writer, own.client_id, SOURCE, [late], as_of=NOW)
    own.rows(
        "WITH asked AS (INSERT INTO billing.invoice_question (client_id, invoice_id, line_number, "
        "kind, state, disputed_amount, opened_by) SELECT client_id, invoice_id, 1, 'dispute', "
        f"'open', {size}, 'ada' FROM billing.invoice "
        f"WHERE client_id = :client AND number = '{NUMBER}'"
        " RETURNING client_id, question_id), legal AS (INSERT INTO billing.legal_invoice "
        "(client_id, billing_period, number, issued_on, currency, net, gross, recorded_by) "
        f"VALUES (:client, '2026-10-01', 'F-{size}', '2026-11-05', 'EUR', {size}, {size}, 'psa')) "
        "INSERT INTO billing.question_message (client_id, question_id, message_number, author, "
        "author_name, is_of_msp, message, state) SELECT client_id, question_id, 1, 'ada', 'Ada', "
        f"false, 'Why {size}?', 'open' FROM asked RETURNING 1"
    )


@pytest.fixture
def two(database: Database) -> tuple[Ground, Ground]:
    harbour = ground(database, slug="harbour", zone="UTC")
    quayside = ground(database, slug="quayside", zone="UTC")
    billed(harbour, 2)
    billed(quayside, 3)
    return harbour, quayside


def test_each_question_about_documents_answers_for_its_client_with_two_in_sight(
    database: Database, two: tuple[Ground, Ground]
) -> None:
    for own in two:
        person = database.person(f"ada@{own.slug}.example", "finance", own.client_id)
        session = database.session(person)
        for name, question in QUESTIONS.items():
            with database.as_viewer(session, own.client_id) as connection:
                alone = question(connection, own.client_id)
            with database.as_owner() as connection:
                assert question(connection, own.client_id) == alone, name
            assert alone, name


def test_a_document_of_another_client_is_not_read_by_its_id(
    database: Database, two: tuple[Ground, Ground]
) -> None:
    own, other = two
    with database.as_owner() as connection:
        foreign = _ids(connection, other.client_id)[0]
        with pytest.raises(NoResultFound):
            issued_document(connection, own.client_id, foreign)
        assert titles_of(connection, own.client_id, [foreign]) == {}
        assert questions_of(connection, own.client_id, foreign) == ()
        assert left_of_lines(connection, own.client_id, foreign) == {}
        assert events_behind(connection, own.client_id, foreign).evidence == ()
        assert events_behind(connection, own.client_id, foreign).exclusions == ()
