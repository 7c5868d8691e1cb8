"""Forms to ask about a document, to answer, and to settle a dispute: each for whom it is."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import streamlit as st

from billing_core.invoicing import InvoiceLine
from components import data, issued, state
from components.document_shown import DocumentShown, document_shown, line_shown
from components.filters import choose
from components.format import Format
from components.invoice_words import to_document, to_line
from components.issued import Asked, Question
from components.markup import element, heading, paragraph, show
from components.tables import link
from components.threads import question_in_words, question_shown
from components.typed import LONGEST, TypedForm, draw_refusal, refuse
from components.typed_amount import AmountFault, typed_amount
from components.viewer import ANSWERING, Role, Viewer

WHOLE: Final = "The whole document"
_SETTLED: Final = "This dispute is settled."
_AS_CLIENT: Final = "You look as the client’s finance does; only they ask and dispute."
_NO_MESSAGE: Final = "Write a message: what is it about?"


def draw_question_forms(viewer: Viewer) -> None:
    """Draw what a viewer may say about the document, the line or the question in the address.

    They stand outside of what is drawn again by itself, so that nothing disturbs who types.
    """
    with data.one_look(viewer):
        shown = document_shown(viewer)
        if shown is None:
            return
        line, questions = line_shown(shown), issued.questions(viewer, shown.head)
        chosen = question_shown(questions)
        if viewer.role in ANSWERING and not questions:
            return
        with st.container(border=True):
            _draw(shown, line, chosen)


def _draw(shown: DocumentShown, line: InvoiceLine | None, chosen: Question | None) -> None:
    viewer = shown.viewer
    if viewer.viewing_as:
        show(heading("Ask or dispute"), paragraph(_AS_CLIENT, "mg-sentence"))
    elif chosen is not None and chosen.is_settled:
        what = heading(question_in_words(chosen, shown.writing))
        show(what, paragraph(_SETTLED), _something_else(shown, line))
    elif chosen is not None and viewer.role in ANSWERING:
        _draw_answer(shown, chosen)
    elif viewer.role is Role.FINANCE:
        _draw_ask(shown, line) if chosen is None else _draw_reply(shown, line, chosen)
    elif viewer.role in ANSWERING:
        words = "The client’s finance asks. Open a question above to answer it."
        show(heading("Answer"), paragraph(words, "mg-sentence"))
    else:
        words = "The client’s finance asks questions and disputes amounts; your provider answers."
        show(heading("Ask or dispute"), paragraph(words, "mg-sentence"))


def _draw_ask(shown: DocumentShown, line: InvoiceLine | None) -> None:
    form = TypedForm(f"line-{line.number}" if line else "document")
    about = f"line {line.number}, {line.name}" if line else "the document or one of its lines"
    show(heading("Ask or dispute", f"about {about}; your provider answers here"))
    draw_refusal()
    with st.form(form.key(state.QUESTION_FORM), border=False, enter_to_submit=False):
        if line is None:
            _draw_about(form, shown)
        most = _most(shown, line)
        if most:
            _draw_amount(form, "Amount you dispute, before tax; empty for a question")
        show(paragraph(most or "Nothing is left of this line to dispute.", "mg-panel-unit"))
        _draw_message(form, "What do you want to know, or why is the amount wrong?")
        _draw_send(form, "Send", _ask, form, shown, line)


def _draw_reply(shown: DocumentShown, line: InvoiceLine | None, question: Question) -> None:
    form = TypedForm(f"question-{question.question_id}")
    show(heading("Reply", question_in_words(question, shown.writing)))
    draw_refusal()
    with st.form(form.key(state.QUESTION_FORM), border=False, enter_to_submit=False):
        _draw_message(form, "What else do you want to say?")
        _draw_send(form, "Send", _answer, form, shown, question)
    show(_something_else(shown, line))


def _something_else(shown: DocumentShown, line: InvoiceLine | None) -> str:
    """Give finance the way to another question."""
    if shown.viewer.role is not Role.FINANCE:
        return ""
    number, words = shown.head.number, "Ask something else"
    to = to_line(number, line.number, words) if line else to_document(number, words)
    return element("p", link(to), "mg-sentence")


def _draw_answer(shown: DocumentShown, question: Question) -> None:
    form = TypedForm(f"question-{question.question_id}")
    show(heading("Answer", question_in_words(question, shown.writing)))
    draw_refusal()
    with st.form(form.key(state.QUESTION_FORM), border=False, enter_to_submit=False):
        _draw_message(form, "Your answer, or your reason")
        if question.is_dispute:
            _draw_amount(form, "Amount you agree to, before tax")
            show(paragraph(_agreeable(shown, question), "mg-panel-unit"))
        with st.container(horizontal=True):
            _draw_send(form, "Answer", _answer, form, shown, question)
            if question.is_dispute:
                _draw_send(form, "Agree to the amount", _agree, form, shown, question)
                _draw_send(form, "Reject the dispute", _reject, form, shown, question)


def _most(shown: DocumentShown, line: InvoiceLine | None) -> str:
    """Say how much may be disputed; "" where nothing is left."""
    if line is None:
        return "An amount is disputed of one line: choose it above."
    left = issued.left(shown.viewer, shown.head).get(line.number, Decimal(0))
    if left <= 0:
        return ""
    return f"At most {shown.writing.money(left)}: what is left of this line."


def _agreeable(shown: DocumentShown, question: Question) -> str:
    left = issued.left(shown.viewer, shown.head).get(question.line or 0, Decimal(0))
    most = max(min(left, question.disputed or left), Decimal(0))
    return (
        f"At most {shown.writing.money(most)}. What you agree to is credited by the next credit "
        "note, with the tax on it."
    )


def _draw_about(form: TypedForm, shown: DocumentShown) -> None:
    names = {each.number: f"Line {each.number}: {each.name}" for each in shown.invoice.lines}
    st.selectbox(
        "About",
        [0, *names],
        format_func=lambda number: names.get(number, WHOLE),
        key=form.field(state.ABOUT_FIELD),
    )


def _draw_amount(form: TypedForm, label: str) -> None:
    st.text_input(label, key=form.field(state.AMOUNT_FIELD), max_chars=60, width=420)


def _draw_message(form: TypedForm, label: str) -> None:
    st.text_area(label, key=form.field(state.MESSAGE_FIELD), max_chars=LONGEST, height=140)


def _draw_send(form: TypedForm, label: str, act: Callable[..., None], *given: object) -> None:
    st.form_submit_button(
        label, key=f"{form.key(state.SEND)}_{act.__name__}", on_click=act, args=given
    )


def _ask(form: TypedForm, shown: DocumentShown, line: InvoiceLine | None) -> None:
    form.keep()
    number = line.number if line else int(form.typed(state.ABOUT_FIELD) or 0) or None
    disputed = _amount(form, shown.writing) if form.typed(state.AMOUNT_FIELD).strip() else None
    if _is_refused(form):
        return
    about = Asked(number=shown.head.number, line=number, disputed=disputed, message=form.message)
    outcome = issued.ask(shown.viewer, form.submission, about)
    made = form.finish(outcome, "It is sent. The answer appears here.")
    if made is not None:
        choose(
            **{
                state.INVOICE_PARAMETER: shown.head.number,
                state.LINE_PARAMETER: str(line.number) if line else None,
                state.QUESTION_PARAMETER: str(made),
            }
        )


def _answer(form: TypedForm, shown: DocumentShown, question: Question) -> None:
    form.keep()
    if not _is_refused(form):
        said = issued.answer(shown.viewer, form.submission, question.question_id, form.message)
        form.finish(said, "It is sent.")


def _agree(form: TypedForm, shown: DocumentShown, question: Question) -> None:
    form.keep()
    agreed = _amount(form, shown.writing)
    if not _is_refused(form):
        _settle(form, shown, question, agreed)


def _reject(form: TypedForm, shown: DocumentShown, question: Question) -> None:
    form.keep()
    if not _is_refused(form):
        _settle(form, shown, question, None)


def _settle(
    form: TypedForm, shown: DocumentShown, question: Question, agreed: Decimal | None
) -> None:
    settled = issued.settle(
        shown.viewer, form.submission, question.question_id, agreed, form.message
    )
    done = "The dispute is rejected." if agreed is None else "The amount is agreed to."
    form.finish(settled, done)


def _amount(form: TypedForm, writing: Format) -> Decimal | None:
    """Give the amount that was typed; where it is none, the form says so."""
    try:
        return typed_amount(form.typed(state.AMOUNT_FIELD), writing)
    except AmountFault as fault:
        refuse(str(fault))
        return None


def _is_refused(form: TypedForm) -> bool:
    """Say whether what was typed cannot be sent as it is."""
    if state.REFUSED not in st.session_state and not form.message:
        refuse(_NO_MESSAGE)
    return state.REFUSED in st.session_state
