"""Questions about issued documents: asked, answered and settled through the owner's functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, text


class Refusal(StrEnum):
    """Why something was not said."""

    SIGNED_OUT = "signed_out"  #: the session ended, or may not see the client
    NOT_ALLOWED = "not_allowed"  #: not in this role
    NOT_FOUND = "not_found"  #: no such document, line or question
    MESSAGE_LENGTH = "message_length"
    TOO_MANY = "too_many"  #: messages of this person within the hour
    NO_LINE = "no_line"  #: an amount is disputed of a line
    AMOUNT = "amount"  #: not above zero, or with more decimals than a currency has
    TOO_MUCH = "too_much"  #: more than was disputed, or than is left of the line
    NO_DISPUTE = "no_dispute"  #: a question has no amount to agree to
    SETTLED = "settled"  #: agreed or rejected already


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who says something, about whose documents, from where."""

    session_hash: bytes = field(repr=False)  #: SHA-256 of the session's secret
    client_id: int
    submission: UUID  #: of the form: sent twice, it is one message
    address: str  #: of the network

    @property
    def given(self) -> Mapping[str, object]:
        """What each function takes of it."""
        return {
            "session": self.session_hash,
            "client": self.client_id,
            "submission": self.submission,
            "address": self.address,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: a question, or why not."""

    question_id: int | None
    refusal: Refusal | None = None


def ask_about_invoice(
    connection: Connection,
    speaker: Speaker,
    *,
    number: str,
    line: int | None,
    disputed: Decimal | None,
    message: str,
) -> Outcome:
    """Ask about a document or a line of it, or dispute an amount of a line.

    Args:
        connection: a transaction of the portal's login.
        speaker: finance of the client.
        number: the document's.
        line: None: the whole document.
        disputed: net; None: it is a question.
        message: the words, 1 to 4,000 characters.
    """
    return _outcome(
        connection,
        "SELECT * FROM billing.ask_about_invoice(:session, :client, :submission, :number, :line, "
        ":amount, :message, :address)",
        {**speaker.given, "number": number, "line": line, "amount": disputed, "message": message},
    )


def answer_question(
    connection: Connection, speaker: Speaker, *, question_id: int, message: str
) -> Outcome:
    """Say more about a question: the MSP answers it, the client's finance opens it again."""
    return _outcome(
        connection,
        "SELECT * FROM billing.answer_question(:session, :client, :submission, :question, "
        ":message, :address)",
        {**speaker.given, "question": question_id, "message": message},
    )


def settle_dispute(
    connection: Connection,
    speaker: Speaker,
    *,
    question_id: int,
    agreed: Decimal | None,
    message: str,
) -> Outcome:
    """Agree to an amount of a dispute, which is then credited, or reject it (agreed None)."""
    return _outcome(
        connection,
        "SELECT * FROM billing.settle_dispute(:session, :client, :submission, :question, :amount, "
        ":message, :address)",
        {**speaker.given, "question": question_id, "amount": agreed, "message": message},
    )


def _outcome(connection: Connection, query: str, given: Mapping[str, object]) -> Outcome:
    row = connection.execute(text(query), given).one()
    return Outcome(
        question_id=row.question_id, refusal=Refusal(row.refusal) if row.refusal else None
    )
