"""Issued documents in words: what they are, where they stand, what corrects them."""

from collections.abc import Iterator
from typing import Final

from billing_core.invoicing.groups import Group
from components import state
from components.filters import address
from components.issued import InvoiceHead, Question
from components.tables import Cell, Link, Noted

ISSUED: Final = "issued"  #: the state of a document that nothing waits for or corrects
GROUPS: Final = {
    Group.FIXED: "Fixed fees",
    Group.VARIABLE: "Variable charges",
    Group.ADJUSTMENTS: "Adjustments of earlier months",
    Group.CREDITS: "Credited",
}


def kind_in_words(head: InvoiceHead) -> str:
    """Say what a document is: an invoice, a credit note, or a statement beside another's invoice.

    What another system issues is the invoice; what is computed here then states the same.
    """
    if not head.is_legal:
        return "Credit statement" if head.is_credit_note else "Statement"
    return "Credit note" if head.is_credit_note else "Invoice"


def state_of(head: InvoiceHead) -> Cell:
    """Say where a document stands; what waits for somebody stands out."""
    if head.open_disputes:
        return Noted(text="dispute open", classes="mg-warning")
    if head.open_questions:
        return Noted(text="question open", classes="mg-strong-text")
    if head.replaced_by:
        return f"replaced by {head.replaced_by}"
    if head.is_credited:
        return "credited"
    return "partly credited" if head.credited_by else ISSUED


def to_document(number: str, text: str = "") -> Link:
    """Give a link to a document."""
    chosen = {state.INVOICE_PARAMETER: number}
    return Link(text=text or number, address=address("invoices", **chosen))


def to_line(number: str, line: int, text: str) -> Link:
    """Give a link to a line of a document."""
    chosen = {state.INVOICE_PARAMETER: number, state.LINE_PARAMETER: str(line)}
    return Link(text=text, address=address("invoices", **chosen))


def to_question(question: Question, text: str) -> Link:
    """Give a link to a question, where it was asked."""
    chosen = {
        state.INVOICE_PARAMETER: question.invoice,
        state.LINE_PARAMETER: str(question.line) if question.line else None,
        state.QUESTION_PARAMETER: str(question.question_id),
    }
    return Link(text=text, address=address("invoices", **chosen))


def related(head: InvoiceHead) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Give the documents that a document belongs together with, each with how."""
    if head.corrects:
        yield "Credits", (to_document(head.corrects),)
    if head.replaces:
        yield "Takes the place of", (to_document(head.replaces),)
    if head.replaced_by:
        yield "Replaced by", (to_document(head.replaced_by),)
    if head.credited_by:
        yield "Credited by", tuple(to_document(each) for each in head.credited_by)
