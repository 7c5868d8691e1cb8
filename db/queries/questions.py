"""What is asked about issued documents, what was answered, and what is left to dispute."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, text

_QUESTION = """
    SELECT q.question_id, i.number AS invoice, q.line_number, l.name AS line_name, q.kind, q.state,
           q.disputed_amount, q.agreed_amount, i.currency, n.number AS credit_note, q.opened_at
    FROM billing.invoice_question q
    JOIN billing.invoice i USING (client_id, invoice_id)
    LEFT JOIN billing.invoice_line l USING (client_id, invoice_id, line_number)
    LEFT JOIN billing.invoice n ON n.client_id = q.client_id AND n.invoice_id = q.credit_invoice_id
    WHERE q.client_id = :client"""
_OF_DOCUMENT = text(f"{_QUESTION} AND q.invoice_id = :invoice ORDER BY q.question_id DESC")
_UNSETTLED = text(f"""{_QUESTION} AND (q.state = 'open' OR q.state = 'answered')
    ORDER BY q.question_id DESC LIMIT :rows""")
_MESSAGES = text("""
    SELECT m.question_id, m.message_number, m.said_at, m.author_name, m.is_of_msp, m.message,
           m.state
    FROM billing.question_message m
    JOIN billing.invoice_question q USING (client_id, question_id)
    WHERE m.client_id = :client AND q.invoice_id = :invoice
    ORDER BY m.question_id, m.message_number
""")
_LEFT = text("""
    SELECT l.line_number, billing.left_to_credit(l.client_id, l.invoice_id, l.line_number) AS left
    FROM billing.invoice_line l WHERE l.client_id = :client AND l.invoice_id = :invoice
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody said, and the state that it led to."""

    number: int  #: in its thread, from 1
    said_at: datetime  #: UTC
    author: str  #: name
    is_of_msp: bool
    words: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a document, or a dispute of an amount of one of its lines."""

    question_id: int
    invoice: str  #: number
    line: int | None  #: None: the whole document
    line_name: str
    is_dispute: bool
    state: str  #: open, answered, agreed or rejected
    disputed: Decimal | None
    agreed: Decimal | None
    currency: str
    credit_note: str | None  #: number; None until it is issued
    opened_at: datetime  #: UTC
    messages: tuple[Message, ...] = ()  #: in order; none where only the list is asked for

    @property
    def is_settled(self) -> bool:
        """Whether nothing more can be said: a dispute that was agreed to or rejected."""
        return self.state in {"agreed", "rejected"}


def questions_of(connection: Connection, client_id: int, invoice_id: int) -> tuple[Question, ...]:
    """Give all that is asked about a document with what was said, the latest first."""
    asked = {"client": client_id, "invoice": invoice_id}
    threads: dict[int, tuple[Message, ...]] = {}
    for row in connection.execute(_MESSAGES, asked):
        threads[row.question_id] = (*threads.get(row.question_id, ()), _message(row))
    rows = connection.execute(_OF_DOCUMENT, asked)
    return tuple(_question(row, threads.get(row.question_id, ())) for row in rows)


def unsettled_questions(
    connection: Connection, client_id: int, *, rows: int
) -> tuple[Question, ...]:
    """Give questions of all documents that wait for somebody, or were answered, the latest first.

    A question that was answered stays among them: it can be asked again; disputes until they are
    agreed to or rejected.
    """
    found = connection.execute(_UNSETTLED, {"client": client_id, "rows": rows})
    return tuple(_question(row, ()) for row in found)


def left_of_lines(connection: Connection, client_id: int, invoice_id: int) -> Mapping[int, Decimal]:
    """Give what is left of each line to dispute: its amount, less what was credited or agreed."""
    rows = connection.execute(_LEFT, {"client": client_id, "invoice": invoice_id})
    return {row.line_number: row.left for row in rows}


def _message(row: Row[Any]) -> Message:
    return Message(
        number=row.message_number,
        said_at=row.said_at,
        author=row.author_name,
        is_of_msp=row.is_of_msp,
        words=row.message,
        state=row.state,
    )


def _question(row: Row[Any], messages: tuple[Message, ...]) -> Question:
    return Question(
        question_id=row.question_id,
        invoice=row.invoice,
        line=row.line_number,
        line_name=row.line_name or "",
        is_dispute=row.kind == "dispute",
        state=row.state,
        disputed=row.disputed_amount,
        agreed=row.agreed_amount,
        currency=row.currency,
        credit_note=row.credit_note,
        opened_at=row.opened_at,
        messages=messages,
    )
