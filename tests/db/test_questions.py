"""Questions and disputes: who may say what, how much, how often, and that nothing is said twice."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing_core.invoicing import InvoiceLine
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.prices import Agreement
from db.commands.questions import (
    Outcome,
    Refusal,
    Speaker,
    answer_question,
    ask_about_invoice,
    settle_dispute,
)
from db.session import sign_in_transaction
from tests.support.database import Database, until_it_waits
from tests.support.issued import issue, plain_document, plain_line

NUMBER = "HARBOUR-2026-0001"
AGREEMENT = Agreement(
    code="A-1", client="harbour", currency="EUR", zone="UTC", starts_on=date(2026, 1, 1)
)
line = plain_line


def document(*lines: InvoiceLine, number: str = NUMBER, **fields: Any) -> Document:  # noqa: ANN401 - any field
    return plain_document("harbour", number, *lines, **fields)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A client with a document of two lines, 80.00 and 20.00, and people of each role."""

    database: Database
    client: int
    other: int
    sessions: dict[str, bytes]

    def speaker(self, who: str, submission: UUID | None = None) -> Speaker:
        return Speaker(
            session_hash=self.sessions[who],
            client_id=self.client,
            submission=submission or UUID(bytes=os.urandom(16)),
            address="192.0.2.7",
        )

    def ask(
        self,
        who: str = "finance",
        *,
        disputed: str | None = None,
        line: int | None = 1,
        message: str = "Why?",
        submission: UUID | None = None,
        number: str = NUMBER,
    ) -> Outcome:
        with sign_in_transaction(self.database.portal) as connection:
            return ask_about_invoice(
                connection,
                self.speaker(who, submission),
                number=number,
                line=line,
                disputed=Decimal(disputed) if disputed else None,
                message=message,
            )

    def answer(
        self,
        question: int,
        who: str = "manager",
        message: str = "Because.",
        submission: UUID | None = None,
    ) -> Outcome:
        with sign_in_transaction(self.database.portal) as connection:
            speaker = self.speaker(who, submission)
            return answer_question(connection, speaker, question_id=question, message=message)

    def settle(
        self, question: int, agreed: str | None, who: str = "manager", message: str = "So be it."
    ) -> Outcome:
        amount = Decimal(agreed) if agreed else None
        with sign_in_transaction(self.database.portal) as connection:
            return settle_dispute(
                connection,
                self.speaker(who),
                question_id=question,
                agreed=amount,
                message=message,
            )

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]


@pytest.fixture
def ground(database: Database) -> Ground:
    client, other = database.client("harbour", zone="UTC"), database.client("quayside")
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
                "VALUES (:client, 'A-1', 'EUR', '2026-01-01')"
            ),
            {"client": client},
        )
        connection.execute(
            text(
                "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, "
                "ends_at, zone, agreement_id) SELECT :client, '2026-10-01', '2026-10-01', "
                "'2026-11-01', 'UTC', agreement_id FROM billing.agreement"
            ),
            {"client": client},
        )
    issue(database, document(line(1, "80.00"), line(2, "20.00")), AGREEMENT)
    people: tuple[tuple[str, str, list[int]], ...] = (
        ("finance", "finance", [client]),
        ("it", "it", [client]),
        ("manager", "account_manager", [client]),
        ("other_manager", "account_manager", [other]),
        ("other_finance", "finance", [other]),
        ("billing", "billing", []),
        ("administrator", "administrator", []),
    )
    sessions = {
        name: database.session(database.person(f"{name}@example.com", role, *clients))
        for name, role, clients in people
    }
    return Ground(database=database, client=client, other=other, sessions=sessions)


def asked(outcome: Outcome) -> int:
    assert outcome.refusal is None
    assert outcome.question_id is not None
    return outcome.question_id


def credit(ground: Ground, amount: str, question: int | None = None) -> None:
    """A credit note on line 1, as the worker issues it."""
    note = document(
        line(1, f"-{amount}", credits_line=1),
        number="HARBOUR-2026-0002",
        kind=DocumentKind.CREDIT_NOTE,
        corrects=NUMBER,
        reason="A dispute was agreed",
    )
    issued = issue(ground.database, note, AGREEMENT)
    if question:
        ground.rows(
            f"UPDATE billing.invoice_question SET credit_invoice_id = {issued} "
            f"WHERE question_id = {question} RETURNING 1"
        )


def test_a_question_is_stored_with_its_words_and_its_entry_in_the_journal(ground: Ground) -> None:
    question = asked(ground.ask(message="Why so much?\nWe had fewer seats."))
    assert ground.rows(
        "SELECT kind, state, line_number, disputed_amount, opened_by FROM billing.invoice_question"
    ) == [("question", "open", 1, None, "finance@example.com")]
    assert ground.rows(
        "SELECT question_id, message_number, author, author_name, is_of_msp, message, state "
        "FROM billing.question_message"
    ) == [
        (
            question,
            1,
            "finance@example.com",
            "finance@example.com",
            False,
            "Why so much?\nWe had fewer seats.",
            "open",
        )
    ]
    assert ground.rows(
        "SELECT actor, action, subject, client_id, address, detail FROM billing.audit_log"
    ) == [
        (
            "finance@example.com",
            "question_asked",
            NUMBER,
            ground.client,
            "192.0.2.7",
            {"line": "1"},
        )
    ]


def test_a_question_may_be_about_the_whole_document(ground: Ground) -> None:
    asked(ground.ask(line=None))
    assert ground.rows("SELECT line_number FROM billing.invoice_question") == [(None,)]


def test_what_is_said_raises_the_version_that_open_pages_watch(ground: Ground) -> None:
    statement = "SELECT version FROM billing.client_version"
    before = ground.rows(statement)
    question = asked(ground.ask(disputed="5"))
    ground.answer(question)
    ground.settle(question, "4")
    assert ground.rows(statement) == [(before[0][0] + 3,)]  # type: ignore[operator]  # a number
    raised = ground.rows("SELECT billing_period, version FROM billing.month_version")
    assert raised == [(date(1, 1, 1), before[0][0] + 3)]  # type: ignore[operator]  # as above


def test_a_dispute_goes_from_open_over_answered_and_open_again_to_agreed(ground: Ground) -> None:
    question = asked(ground.ask(disputed="30.50"))
    assert ground.answer(question).refusal is None
    assert ground.answer(question, "finance", "Still wrong.").refusal is None
    assert ground.settle(question, "25.25").refusal is None
    assert ground.rows("SELECT state, is_of_msp FROM billing.question_message ORDER BY 1, 2") == [
        ("agreed", True),
        ("answered", True),
        ("open", False),
        ("open", False),
    ]
    assert ground.rows(
        "SELECT kind, state, disputed_amount, agreed_amount FROM billing.invoice_question"
    ) == [("dispute", "agreed", Decimal("30.5"), Decimal("25.25"))]
    assert ground.rows("SELECT action, detail FROM billing.audit_log ORDER BY audit_id") == [
        ("amount_disputed", {"line": "1", "amount": "30.50 EUR"}),
        ("question_answered", {"line": "1"}),
        ("question_followed_up", {"line": "1"}),
        ("dispute_agreed", {"line": "1", "amount": "25.25 EUR"}),
    ]


def test_a_dispute_may_be_rejected(ground: Ground) -> None:
    question = asked(ground.ask(disputed="30"))
    assert ground.settle(question, None, "billing").refusal is None
    assert ground.rows("SELECT state, agreed_amount FROM billing.invoice_question") == [
        ("rejected", None)
    ]


@pytest.mark.parametrize("agreed", ["10", None])
def test_what_is_settled_stays_so(ground: Ground, agreed: str | None) -> None:
    question = asked(ground.ask(disputed="30"))
    ground.settle(question, agreed)
    assert ground.settle(question, "5").refusal is Refusal.SETTLED
    assert ground.settle(question, None).refusal is Refusal.SETTLED
    assert ground.answer(question).refusal is Refusal.SETTLED
    assert ground.answer(question, "finance").refusal is Refusal.SETTLED
    assert ground.rows("SELECT count(*) FROM billing.question_message") == [(2,)]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("it", Refusal.NOT_ALLOWED),
        ("manager", Refusal.NOT_ALLOWED),
        ("billing", Refusal.NOT_ALLOWED),
        ("administrator", Refusal.NOT_ALLOWED),
        ("other_manager", Refusal.SIGNED_OUT),
        ("other_finance", Refusal.SIGNED_OUT),
    ],
)
def test_only_the_clients_finance_asks(ground: Ground, who: str, refusal: Refusal) -> None:
    assert ground.ask(who) == Outcome(question_id=None, refusal=refusal)
    assert ground.ask(who, disputed="1").refusal is refusal
    assert ground.rows("SELECT count(*) FROM billing.invoice_question") == [(0,)]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("finance", Refusal.NOT_ALLOWED),
        ("it", Refusal.NOT_ALLOWED),
        ("administrator", Refusal.NOT_ALLOWED),
        ("other_manager", Refusal.SIGNED_OUT),
        ("other_finance", Refusal.SIGNED_OUT),
    ],
)
def test_only_the_account_manager_and_billing_settle(
    ground: Ground, who: str, refusal: Refusal
) -> None:
    question = asked(ground.ask(disputed="10"))
    for agreed in ("1", None):
        assert ground.settle(question, agreed, who).refusal is refusal
    if who != "finance":
        assert ground.answer(question, who).refusal is refusal
    assert ground.rows("SELECT state FROM billing.invoice_question") == [("open",)]


def test_a_session_that_ended_says_nothing(ground: Ground) -> None:
    question = asked(ground.ask(disputed="10"))
    ground.rows("UPDATE auth.session SET revoked_at = now() RETURNING 1")
    assert ground.ask().refusal is Refusal.SIGNED_OUT
    assert ground.answer(question).refusal is Refusal.SIGNED_OUT
    assert ground.settle(question, "1").refusal is Refusal.SIGNED_OUT


def test_who_must_choose_a_password_first_says_nothing(ground: Ground) -> None:
    ground.rows("UPDATE auth.person SET must_change_password = true RETURNING 1")
    assert ground.ask().refusal is Refusal.SIGNED_OUT


def test_of_another_clients_document_nothing_is_learned(ground: Ground) -> None:
    foreign = replace(ground.speaker("other_finance"), client_id=ground.other)
    with sign_in_transaction(ground.database.portal) as connection:
        outcome = ask_about_invoice(
            connection, foreign, number=NUMBER, line=1, disputed=None, message="Why?"
        )
    assert outcome.refusal is Refusal.NOT_FOUND
    question = asked(ground.ask())
    with sign_in_transaction(ground.database.portal) as connection:
        outcome = answer_question(connection, foreign, question_id=question, message="Why?")
    assert outcome.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"number": "HARBOUR-2026-0002"}, Refusal.NOT_FOUND),
        ({"number": "' OR 1=1--"}, Refusal.NOT_FOUND),
        ({"line": 3}, Refusal.NOT_FOUND),
        ({"line": 0}, Refusal.NOT_FOUND),
        ({"message": ""}, Refusal.MESSAGE_LENGTH),
        ({"message": "x" * 4001}, Refusal.MESSAGE_LENGTH),
        ({"disputed": "80.01"}, Refusal.TOO_MUCH),
        ({"disputed": "-1"}, Refusal.AMOUNT),
        ({"disputed": "NaN"}, Refusal.TOO_MUCH),
        ({"disputed": "Infinity"}, Refusal.TOO_MUCH),
        ({"disputed": "0.00001"}, Refusal.AMOUNT),
        ({"disputed": "1", "line": None}, Refusal.NO_LINE),
    ],
)
def test_what_does_not_fit_is_refused(
    ground: Ground, given: dict[str, Any], refusal: Refusal
) -> None:
    assert ground.ask(**given) == Outcome(question_id=None, refusal=refusal)
    assert ground.rows("SELECT count(*) FROM billing.audit_log") == [(0,)]


def test_the_longest_message_fits(ground: Ground) -> None:
    asked(ground.ask(message="x" * 4000))


def test_all_that_is_left_of_a_line_may_be_disputed(ground: Ground) -> None:
    asked(ground.ask(disputed="80"))


def test_what_was_credited_cannot_be_disputed_again(ground: Ground) -> None:
    credit(ground, "30.00")
    assert ground.ask(disputed="50.01").refusal is Refusal.TOO_MUCH
    asked(ground.ask(disputed="50"))


def test_what_was_agreed_and_is_not_credited_yet_is_taken(ground: Ground) -> None:
    first, second = asked(ground.ask(disputed="60")), asked(ground.ask(disputed="60"))
    ground.settle(first, "60")
    assert ground.settle(second, "20.01").refusal is Refusal.TOO_MUCH
    credit(ground, "60.00", first)
    assert ground.settle(second, "20.01").refusal is Refusal.TOO_MUCH
    assert ground.settle(second, "20").refusal is None


def test_no_more_is_agreed_than_was_disputed(ground: Ground) -> None:
    question = asked(ground.ask(disputed="10"))
    assert ground.settle(question, "10.01").refusal is Refusal.TOO_MUCH
    assert ground.settle(question, "-1").refusal is Refusal.AMOUNT
    assert ground.settle(question, "10").refusal is None


def test_a_question_has_no_amount_to_agree_to(ground: Ground) -> None:
    question = asked(ground.ask())
    assert ground.settle(question, "1").refusal is Refusal.NO_DISPUTE
    assert ground.settle(question, None).refusal is Refusal.NO_DISPUTE


def test_a_question_that_is_not_there_is_not_found(ground: Ground) -> None:
    assert ground.answer(999).refusal is Refusal.NOT_FOUND
    assert ground.settle(999, "1").refusal is Refusal.NOT_FOUND


def test_a_form_that_is_sent_twice_is_one_message(ground: Ground) -> None:
    form = UUID(int=7)
    question = asked(ground.ask(submission=form))
    assert asked(ground.ask(submission=form)) == question
    reply = UUID(int=8)
    for _ in range(2):
        assert asked(ground.answer(question, submission=reply)) == question
    assert ground.rows("SELECT count(*) FROM billing.question_message") == [(2,)]


def test_a_form_that_is_sent_twice_at_once_is_one_message(ground: Ground) -> None:
    send = partial(ground.ask, submission=UUID(int=7))
    with ThreadPoolExecutor(4) as together:
        outcomes = [each.result() for each in [together.submit(send) for _ in range(4)]]
    assert len({asked(each) for each in outcomes}) == 1
    assert ground.rows("SELECT count(*) FROM billing.question_message") == [(1,)]


def test_two_who_settle_at_once_agree_to_no_more_than_is_left(ground: Ground) -> None:
    questions = [asked(ground.ask(disputed="60")) for _ in range(4)]
    with ThreadPoolExecutor(4) as together:
        settled = [together.submit(ground.settle, each, "60") for each in questions]
        refusals = [each.result().refusal for each in settled]
    assert sorted(refusals, key=str) == [None, *[Refusal.TOO_MUCH] * 3]


def test_nobody_says_more_than_thirty_things_an_hour(ground: Ground) -> None:
    question = asked(ground.ask())
    for _ in range(29):
        assert ground.answer(question, "finance").refusal is None
    assert ground.answer(question, "finance").refusal is Refusal.TOO_MANY
    assert ground.ask().refusal is Refusal.TOO_MANY
    assert ground.answer(question).refusal is None


def test_what_one_person_says_at_once_of_several_documents_is_counted_one_by_one(
    ground: Ground,
) -> None:
    """29 are said; of two about different documents the one that comes second is one too many."""
    second = "HARBOUR-2026-0002"
    again = document(line(1, "80.00"), number=second, replaces=NUMBER, reason="Again")
    issue(ground.database, again, AGREEMENT)
    question = asked(ground.ask())
    for _ in range(28):
        ground.answer(question, "finance")
    with ThreadPoolExecutor(1) as beside:
        with sign_in_transaction(ground.database.portal) as connection:
            first = ask_about_invoice(
                connection,
                ground.speaker("finance"),
                number=NUMBER,
                line=None,
                disputed=None,
                message="Why?",
            )
            late = beside.submit(ground.ask, number=second)
            until_it_waits(ground.database, lambda: not late.done())
        assert first.refusal is None
        assert late.result().refusal is Refusal.TOO_MANY


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO billing.question_message SELECT * FROM billing.question_message",
        "UPDATE billing.invoice_question SET state = 'agreed'",
        "SELECT billing.speaker(NULL, 1)",
        "SELECT billing.say(NULL, NULL, NULL, '', '', 1, '')",
        "SELECT billing.refused_speech(NULL, '')",
        "SELECT billing.left_to_credit(1, 1, 1)",
    ],
)
def test_the_portals_login_has_no_other_way(ground: Ground, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied"),
        sign_in_transaction(ground.database.portal) as connection,
    ):
        connection.execute(text(statement))


def test_what_is_left_of_a_line_is_told_to_those_who_see_the_client(ground: Ground) -> None:
    statement = text(
        "SELECT billing.left_to_credit(:client, invoice_id, 1) FROM billing.invoice "
        "WHERE corrects_invoice_id IS NULL"
    )
    database, sessions = ground.database, ground.sessions
    credit(ground, "30.00")
    with database.as_viewer(sessions["finance"], ground.client) as connection:
        left = connection.execute(statement, {"client": ground.client}).scalars().all()
    assert left == [Decimal(50)]
    with database.as_viewer(sessions["other_finance"], ground.client) as connection:
        assert connection.execute(statement, {"client": ground.client}).scalars().all() == []
