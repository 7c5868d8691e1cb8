"""Issued months beside drafted ones, and on the Overview: the last documents, open questions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from components import issued
from components.filters import address
from components.format import Format
from components.invoice_words import to_document, to_question
from components.issued import InvoiceHead, IssuedMonth, Question
from components.markup import element, heading, panel, paragraph, row
from components.standing import MonthTotal
from components.tables import Cell, Column, Link, TableRow, link, table
from components.threads import question_in_words, state_in_words
from components.viewer import ANSWERING, Viewer

SHOWN: Final = 3  #: documents, and questions
Billed: TypeAlias = Mapping[str, IssuedMonth]  #: the document of each issued month, by its name


def as_billed(total: MonthTotal, billed: Billed) -> MonthTotal:
    """Say of a month's totals whether they are those of its document."""
    return replace(total, is_issued=total.period.name in billed)


def to_answer(viewer: Viewer) -> tuple[Question, ...]:
    """Give the questions that wait for the viewer: for those who answer, while they look so."""
    if viewer.viewing_as or viewer.role not in ANSWERING:
        return ()
    return tuple(each for each in issued.unsettled(viewer) if each.state == "open")


def invoices_row(viewer: Viewer, writing: Format) -> str:
    """Give the last documents and what is asked about them, to those who see the payment side."""
    if not viewer.sees_payment:
        return ""
    heads = issued.heads(viewer, None).rows[:SHOWN]
    if not heads:
        return ""
    return row(_documents(heads, writing), _questions(issued.unsettled(viewer), writing))


def _documents(heads: Sequence[InvoiceHead], writing: Format) -> str:
    columns = (
        Column(title="Number", whole=True),
        Column(title="Issued", whole=True, spare=True),
        Column(title="Due", whole=True),
        Column(title="Total with tax", number=True),
    )
    rows = [TableRow(cells=_document(each, writing)) for each in heads]
    to_all = Link(text="All invoices", address=address("invoices"))
    return panel(
        heading("Last invoices"),
        table("Last invoices", columns, rows, hidden=True),
        element(
            "p",
            link(to_all),
            "mg-sentence mg-above",
        ),
    )


def _document(head: InvoiceHead, writing: Format) -> tuple[Cell, ...]:
    own = replace(writing, currency=head.currency)
    due = own.day(head.due_on) if head.gross > 0 else "–"
    return to_document(head.number), own.day(head.issued_on), due, own.money(head.gross)


def _questions(questions: Sequence[Question], writing: Format) -> str:
    open_ones = [each for each in questions if each.is_dispute or each.state == "open"]
    title = heading("Questions and disputes", _how_many(len(open_ones), writing))
    if not open_ones:
        words = "Nothing is open. Ask about a document or a line where it stands."
        return panel(title, paragraph(words, "mg-sentence mg-above"))
    columns = (
        Column(title="What"),
        Column(title="Document", whole=True, spare=True),
        Column(title="State"),
    )
    rows = [TableRow(cells=_question(each, writing)) for each in open_ones[:SHOWN]]
    return panel(title, table("Open questions and disputes", columns, rows, hidden=True))


def _how_many(count: int, writing: Format) -> str:
    return f"{writing.count(count)} open" if count else ""


def _question(question: Question, writing: Format) -> tuple[Cell, ...]:
    own = replace(writing, currency=question.currency)
    what = question_in_words(question, own)
    named = f"{what}: {question.line_name}" if question.line_name else what
    return to_question(question, named), question.invoice, state_in_words(question, own)
