"""Questions and disputes of a document: the list of them, and what was said about one."""

from collections.abc import Sequence
from typing import Final

from components import state
from components.document_shown import DocumentShown
from components.filters import asked, not_found
from components.format import Format
from components.invoice_words import to_document, to_line, to_question
from components.issued import Message, Question
from components.markup import LONGEST_TEXT, element, escaped, heading, panel, paragraph
from components.tables import Cell, Column, Noted, TableRow, content_of, table

STATES: Final = {
    "open": "open: waits for an answer",
    "answered": "answered",
    "agreed": "agreed",
    "rejected": "rejected",
}


def question_shown(questions: Sequence[Question]) -> Question | None:
    """Give the question in the address; None without one."""
    text = asked(state.QUESTION_PARAMETER)
    if text is None:
        return None
    found = (each for each in questions if str(each.question_id) == text)
    return next(found, None) or not_found()


def question_in_words(question: Question, writing: Format) -> str:
    """Say what is asked: a question, or a dispute of an amount."""
    if question.disputed is None:
        return "Question"
    return f"Dispute of {writing.money(question.disputed)} before tax"


def state_in_words(question: Question, writing: Format) -> Cell:
    """Say where a question stands, with the credit note that an agreed dispute led to."""
    if question.state == "open":
        return Noted(text=STATES["open"], classes="mg-strong-text")
    if question.agreed is None:
        return STATES[question.state]
    agreed = f"agreed: {writing.money(question.agreed)} before tax"
    return agreed if question.credit_note else f"{agreed}; the credit note follows"


def threads_panel(
    shown: DocumentShown, questions: Sequence[Question], chosen: Question | None
) -> str:
    """Give the questions of a document or of one of its lines, and the one that is chosen in full.

    Args:
        shown: The document.
        questions: Those that are listed, the latest first.
        chosen: One of them; None: only the list.
    """
    if not questions:
        return panel(
            heading("Questions and disputes"),
            paragraph("Nothing was asked yet.", "mg-sentence mg-above"),
        )
    columns = (
        Column(title="What"),
        Column(title="About"),
        Column(title="Asked", spare=True, whole=True),
        Column(title="State"),
    )
    rows = [TableRow(cells=_cells(each, shown, chosen)) for each in questions]
    return panel(
        heading("Questions and disputes", f"times in {shown.writing.zone}"),
        table("Questions and disputes", columns, rows, hidden=True),
        _thread(chosen, shown) if chosen else "",
    )


def _cells(each: Question, shown: DocumentShown, chosen: Question | None) -> tuple[Cell, ...]:
    writing = shown.writing
    what = question_in_words(each, writing)
    return (
        Noted(text=what, classes="mg-strong-text") if each == chosen else to_question(each, what),
        about(each),
        writing.moment(each.opened_at),
        state_in_words(each, writing),
    )


def about(question: Question) -> Cell:
    """Say what a question is about: the whole document, or a line, with the way there."""
    if question.line is None:
        return "the whole document"
    words = f"line {question.line}: {question.line_name}"
    return to_line(question.invoice, question.line, words)


def _thread(question: Question, shown: DocumentShown) -> str:
    said = "".join(element("li", _message(each, shown)) for each in question.messages)
    return (
        heading(question_in_words(question, shown.writing), level=3)
        + element("ol", said, "mg-list mg-thread")
        + _outcome(question, shown.writing)
    )


def _message(message: Message, shown: DocumentShown) -> str:
    side = shown.document.issuer.name if message.is_of_msp else shown.viewer.client.name
    moment = shown.writing.moment(message.said_at)
    head = element("strong", escaped(message.author)) + escaped(f", {side}, {moment}")
    return element("p", head, "mg-panel-unit") + element("p", words_of(message.words), "mg-said")


def words_of(message: str) -> str:
    """Give a message as safe HTML that shows all of it, with its line breaks."""
    lines = message.replace("\r\n", "\n").split("\n")
    return "<br>".join("".join(map(escaped, _pieces(line))) for line in lines)


def _pieces(line: str) -> list[str]:
    return [line[at : at + LONGEST_TEXT] for at in range(0, len(line), LONGEST_TEXT)]


def _outcome(question: Question, writing: Format) -> str:
    if question.agreed is None:
        return ""
    amount = f"{writing.money(question.agreed)} before tax is credited"
    if question.credit_note is None:
        return paragraph(f"{amount}; the credit note follows shortly.", "mg-sentence")
    note = content_of(to_document(question.credit_note))
    return element("p", f"{escaped(amount)} by {note}.", "mg-sentence")
