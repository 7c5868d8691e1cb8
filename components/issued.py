"""What screens read of issued documents, and of what is asked about them; kept by `data`.

A document never changes, so it is kept for good; what corrects it, and what is asked about it, is
kept until something of the client changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from components.data import SETUP, month_kept, now_kept, read
from components.viewer import Viewer
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
from db.queries.questions import (
    Message,
    Question,
    left_of_lines,
    questions_of,
    unsettled_questions,
)

__all__ = ["InvoiceHead", "IssuedDocument", "IssuedMonth", "LegalNumber", "Message", "Question"]

ROWS: Final = 12  #: documents on a page of the list: a year
UNSETTLED: Final = 50  #: questions of all documents that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadPage:
    """Some documents, the latest first."""

    rows: tuple[InvoiceHead, ...]
    titles: Mapping[int, str]  #: what each holds, in words, by its id
    has_older: bool


def heads(viewer: Viewer, before: int | None) -> HeadPage:
    """Give a page of documents; with a place in the chain, those before it."""
    ask = partial(invoice_heads, before=before, rows=ROWS + 1)
    found = now_kept(viewer, ("heads", str(before)), lambda: read(viewer, ask))
    rows = found[:ROWS]
    ids = [each.invoice_id for each in rows]
    titles = partial(titles_of, invoice_ids=ids)
    about = ("titles", *map(str, ids))
    return HeadPage(
        rows=rows,
        titles=month_kept(viewer, about, SETUP, lambda: read(viewer, titles)) if ids else {},
        has_older=len(found) > ROWS,
    )


def head(viewer: Viewer, number: str) -> InvoiceHead | None:
    """Give a document by its number; None where this client has none of it."""
    ask = partial(invoice_head, number=number)
    return now_kept(viewer, ("head", number), lambda: read(viewer, ask))


def document(viewer: Viewer, found: InvoiceHead) -> IssuedDocument:
    """Give a document in full, with what it was built from."""
    ask = partial(issued_document, invoice_id=found.invoice_id)
    about = ("document", str(found.invoice_id))
    return month_kept(viewer, about, SETUP, lambda: read(viewer, ask))


def months(viewer: Viewer) -> Mapping[str, IssuedMonth]:
    """Give the document that stands for each issued month, by the month's name."""
    return now_kept(viewer, ("issued-months",), lambda: read(viewer, issued_months))


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
    return now_kept(viewer, ("questions", str(found.invoice_id)), lambda: read(viewer, ask))


def unsettled(viewer: Viewer) -> tuple[Question, ...]:
    """Give questions of all documents that are not settled, the latest first."""
    ask = partial(unsettled_questions, rows=UNSETTLED)
    return now_kept(viewer, ("unsettled",), lambda: read(viewer, ask))


def left(viewer: Viewer, found: InvoiceHead) -> Mapping[int, Decimal]:
    """Give what is left of each line to dispute, by its number."""
    ask = partial(left_of_lines, invoice_id=found.invoice_id)
    return now_kept(viewer, ("left", str(found.invoice_id)), lambda: read(viewer, ask))
