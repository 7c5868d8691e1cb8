"""What is typed into a form about a document: kept until it is sent, and sent once.

A form is drawn under a submission of its own. What is sent twice under one is one message; once it
is sent, the next form is another. What was typed is kept beside the fields, so that a page that
failed to be drawn has it again.
"""

from collections.abc import Mapping
from secrets import token_hex
from typing import Final
from uuid import UUID

import streamlit as st

from components import state
from components.issued import Outcome, Refusal
from components.markup import escaped, show

LONGEST: Final = 4000  #: characters of a message
_REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.SIGNED_OUT: "You are signed out, or may not see this client any more.",
    Refusal.NOT_ALLOWED: "Your role may not do this.",
    Refusal.NOT_FOUND: "There is no such document, line or question any more.",
    Refusal.MESSAGE_LENGTH: "Write a message of 1 to 4,000 characters.",
    Refusal.TOO_MANY: "You sent 30 messages within an hour. Wait a little, then send this one.",
    Refusal.NO_LINE: "Choose the line whose amount you dispute.",
    Refusal.AMOUNT: "Write an amount above zero.",
    Refusal.TOO_MUCH: "That is more than was disputed, or than is left of this line.",
    Refusal.NO_DISPUTE: "This is a question: there is no amount to agree to or to reject.",
    Refusal.SETTLED: "This dispute was settled meanwhile.",
}
_AWAY: Final = "Nothing was sent: the database does not answer. Send it again in a moment."
_KEPT: Final = " What you typed is kept."


class TypedForm:
    """One form at one place of the page."""

    def __init__(self, place: str) -> None:
        """Take up the form of a place, such as "line-3" or "question-12"."""
        self.submission = UUID(hex=st.session_state.setdefault(state.SUBMISSION, token_hex(16)))
        self.place = place

    def key(self, name: str) -> str:
        """Give a field's key; a form that was sent has left its keys behind."""
        return f"{name}_{self.place}_{self.submission.hex}"

    def field(self, name: str) -> str:
        """Give a field's key, with what was typed into it and not sent.

        The browser is told it once: a page that failed in between has taken the field off, and
        what is typed from then on is newer.
        """
        key = self.key(name)
        kept = st.session_state.get(state.TYPED, {})
        if key in kept:
            st.session_state[key] = kept.pop(key)
        return key

    def typed(self, name: str) -> str:
        """Give what was typed into a field."""
        return str(st.session_state.get(self.key(name)) or "")

    def keep(self) -> None:
        """Keep what was typed, whatever becomes of it; why it was refused before is over."""
        st.session_state.pop(state.REFUSED, None)
        names = (state.ABOUT_FIELD, state.AMOUNT_FIELD, state.MESSAGE_FIELD)
        kept = {self.key(name): st.session_state.get(self.key(name)) for name in names}
        st.session_state[state.TYPED] = {key: each for key, each in kept.items() if each}

    @property
    def message(self) -> str:
        """Give the message without blanks around it, and without what no database takes."""
        text = self.typed(state.MESSAGE_FIELD).replace("\r\n", "\n").replace("\x00", "")
        return text.encode("utf-8", "ignore").decode().strip()

    def finish(self, outcome: Outcome | None, done: str) -> int | None:
        """Say what came of it; a form that was sent is gone.

        Returns:
            The question; None where nothing was sent.
        """
        if outcome is None:
            refuse(_AWAY)
            return None
        if outcome.refusal is not None:
            refuse(_REFUSALS[outcome.refusal])
            return None
        for name in (state.SUBMISSION, state.TYPED, state.REFUSED):
            st.session_state.pop(name, None)
        st.session_state[state.NOTICE] = done
        return outcome.question_id


def refuse(sentence: str) -> None:
    """Let the next form say why what was typed was not sent."""
    st.session_state[state.REFUSED] = sentence


def draw_refusal() -> None:
    """Say once why what was typed was not sent."""
    sentence = st.session_state.pop(state.REFUSED, None)
    if sentence:
        words = escaped(f"{sentence}{_KEPT}")
        show(f'<p class="mg-sentence mg-over" role="alert">{words}</p>')
