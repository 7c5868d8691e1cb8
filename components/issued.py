"""What screens read of issued documents and say about them; what is read is kept by `data`.

A document is kept for good, as it never changes. What corrects it, and what is asked about it, is
kept until a document is issued or somebody says something: both raise the version of every month,
which records do not. What is said is checked in the database.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from components.data import SETUP, Answer, RecordPage, month_kept, read
from components.kept import About
from components.viewer import Viewer, database_trouble, network_address
from db.commands import questions as said
from db.commands.questions import Outcome, Refusal, Speaker
from db.portal import portal_engine
from db.queries.invoice_heads import (
    InvoiceHead,
    IssuedMonth,
    LegalNumber,
    invoice_head,
    invoice_heads,
    issued_months,
    titles_of,
)
from db.queries.issued_documents import IssuedDocument, issued_document
from db.queries.issued_evidence import (
    AdjustingAsked,
    EventsBehind,
    adjusting_records,
    events_behind,
)
from db.queries.questions import (
    Message,
    Question,
    left_of_lines,
    questions_of,
    unsettled_questions,
)
from db.session import sign_in_transaction

__all__ = ["AdjustingAsked", "EventsBehind", "InvoiceHead", "IssuedDocument", "IssuedMonth"]
__all__ += ["LegalNumber", "Message", "Outcome", "Question", "Refusal"]

ROWS: Final = 12  #: documents on a page of the list: a year
UNSETTLED: Final = 50  #: questions of all documents that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPage:
    """Some documents, the latest first."""

    rows: tuple[InvoiceHead, ...]
    titles: Mapping[int, str]  #: what each holds, in words, by its id
    has_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about a document, or a dispute of an amount of one of its lines."""

    number: str  #: of the document
    line: int | None  #: None: the whole document
    disputed: Decimal | None  #: net; None: it is a question
    message: str


def _kept(viewer: Viewer, about: About, ask: Callable[[Connection, int], Answer]) -> Answer:
    return month_kept(viewer, about, SETUP, lambda: read(viewer, ask))


def heads(viewer: Viewer, before: int | None) -> HeadPage:
    """Give a page of documents; with a place in the chain, those before it."""
    ask = partial(invoice_heads, before=before, rows=ROWS + 1)
    found = _kept(viewer, ("heads", str(before)), ask)
    rows = found[:ROWS]
    ids = [each.invoice_id for each in rows]
    titles = partial(titles_of, invoice_ids=ids)
    about = ("titles", *map(str, ids))
    return HeadPage(
        rows=rows,
        titles=_kept(viewer, about, titles) if ids else {},
        has_older=len(found) > ROWS,
    )


def head(viewer: Viewer, number: str) -> InvoiceHead | None:
    """Give a document by its number; None where this client has none of it."""
    ask = partial(invoice_head, number=number)
    return _kept(viewer, ("head", number), ask)


def document(viewer: Viewer, found: InvoiceHead) -> IssuedDocument:
    """Give a document in full, with what it was built from."""
    ask = partial(issued_document, invoice_id=found.invoice_id)
    about = ("document", str(found.invoice_id))
    return _kept(viewer, about, ask)


def behind(viewer: Viewer, found: InvoiceHead) -> EventsBehind:
    """Give the sets of events behind a document, and which of them count nothing."""
    ask = partial(events_behind, invoice_id=found.invoice_id)
    about = ("events-behind", str(found.invoice_id))
    return _kept(viewer, about, ask)


def adjusting(viewer: Viewer, asked: AdjustingAsked) -> RecordPage:
    """Give a page of the records of an earlier month that a document bills."""
    ask = partial(adjusting_records, asked=asked)
    return _kept(viewer, ("adjusting", *asked.key), ask)


def months(viewer: Viewer) -> Mapping[str, IssuedMonth]:
    """Give the document that stands for each issued month, by the month's name."""
    return _kept(viewer, ("issued-months",), issued_months)


def before(viewer: Viewer, found: InvoiceHead, month: str) -> IssuedDocument | None:
    """Give the document that stands for the month before; None without one, or for a credit note.

    Args:
        viewer: Of this run.
        found: The document that is compared.
        month: The month before the one that it bills, by name.
    """
    earlier = None if found.corrects else months(viewer).get(month)
    named = head(viewer, earlier.number) if earlier else None
    return document(viewer, named) if named else None


def questions(viewer: Viewer, found: InvoiceHead) -> tuple[Question, ...]:
    """Give all that is asked about a document with what was said, the latest first."""
    ask = partial(questions_of, invoice_id=found.invoice_id)
    return _kept(viewer, ("questions", str(found.invoice_id)), ask)


def unsettled(viewer: Viewer) -> tuple[Question, ...]:
    """Give questions of all documents that are not settled, the latest first."""
    ask = partial(unsettled_questions, rows=UNSETTLED)
    return _kept(viewer, ("unsettled",), ask)


def left(viewer: Viewer, found: InvoiceHead) -> Mapping[int, Decimal]:
    """Give what is left of each line to dispute, by its number."""
    ask = partial(left_of_lines, invoice_id=found.invoice_id)
    return _kept(viewer, ("left", str(found.invoice_id)), ask)


def ask(viewer: Viewer, form: UUID, about: Asked) -> Outcome | None:
    """Ask about a document or dispute an amount of it; None where the database is in trouble."""
    return _say(
        lambda connection: said.ask_about_invoice(
            connection,
            _speaker(viewer, form),
            number=about.number,
            line=about.line,
            disputed=about.disputed,
            message=about.message,
        )
    )


def answer(viewer: Viewer, form: UUID, question_id: int, message: str) -> Outcome | None:
    """Say more about a question; None where the database is in trouble."""
    return _say(
        lambda connection: said.answer_question(
            connection, _speaker(viewer, form), question_id=question_id, message=message
        )
    )


def settle(
    viewer: Viewer, form: UUID, question_id: int, agreed: Decimal | None, message: str
) -> Outcome | None:
    """Agree to an amount of a dispute, or reject it; None where the database is in trouble."""
    return _say(
        lambda connection: said.settle_dispute(
            connection,
            _speaker(viewer, form),
            question_id=question_id,
            agreed=agreed,
            message=message,
        )
    )


def _speaker(viewer: Viewer, form: UUID) -> Speaker:
    return Speaker(
        session_hash=viewer.session_hash,
        client_id=viewer.client.client_id,
        submission=form,
        address=network_address(),
    )


def _say(words: Callable[[Connection], Outcome]) -> Outcome | None:
    try:
        with sign_in_transaction(portal_engine()) as connection:
            return words(connection)
    except Exception as error:
        if database_trouble(error) is None:
            raise
        return None
