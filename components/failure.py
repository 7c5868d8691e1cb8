"""What a viewer sees when a run fails: a sentence, an id to quote, a way to try again."""

import logging
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import streamlit as st
import structlog
from streamlit.runtime.scriptrunner import RerunException, StopException

from components import state
from components.causes import note_wake
from components.persons import SessionEndedError
from components.viewer import SIGNED_OUT, Trouble, database_trouble

_log = structlog.get_logger(__name__)

_SENTENCES: Final = {
    None: "This part could not be shown. We have noted why.",
    Trouble.AWAY: "The billing database does not answer at the moment. Your figures are safe.",
    Trouble.BUSY: (
        "The billing database takes too long to answer at the moment. Your figures are safe."
    ),
    Trouble.READ_ONLY: (
        "Nothing can be changed at the moment: the billing database takes no changes. "
        "Your figures are safe, and you can go on reading."
    ),
}
_NOBODY_ENTERS: Final = (
    "Nobody can sign in at the moment: the billing database takes no changes. "
    "Whoever is signed in can go on reading."
)
#: What passes without anybody's doing: the page then comes back by itself.
_PASSES: Final = (Trouble.AWAY, Trouble.BUSY)
#: Seconds to the first look whether it has passed, and the longest between two.
_FIRST_WAIT, _LONGEST_WAIT = 2, 60
#: A failure so long after the one before, seconds, is a new one.
_APART: Final = 300


class _SaidOnce(logging.Filter):
    """Keeps Streamlit from writing each failure a second time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line of Streamlit's is kept."""
        return record.msg != "Uncaught app execution"


logging.getLogger("streamlit.error_util").addFilter(_SaidOnce())

_again = st.components.v2.component(
    "meterglass_again",
    js=(Path(__file__).parent / "failure.js").read_text("utf-8"),
    isolate_styles=False,
)


def draw_failure(error: Exception) -> bool:
    """Tell the viewer that this run failed, and the log why.

    Returns:
        True: nothing else is to be shown, no traceback above all.
    """
    # A run that is stopped or overtaken while it fails shows nothing any more.
    with suppress(StopException, RerunException):
        if isinstance(error, SessionEndedError):
            st.info(SIGNED_OUT)
        else:
            _draw(error, secrets.token_hex(4))
    return True


def _draw(error: Exception, error_id: str) -> None:
    trouble = database_trouble(error)
    _note(error, trouble, error_id)
    st.error(_sentence(trouble))
    st.text(f"Error id {error_id}")
    st.button("Try again", key=f"retry_{error_id}")
    if trouble in _PASSES:
        _come_back(error_id)


def _note(error: Exception, trouble: Trouble | None, error_id: str) -> None:
    """Tell the log; of the database's troubles in a line, as everybody's runs end in them."""
    said = {"error_id": error_id, "kind": type(error).__name__}
    if trouble is None:
        _log.error("run_failed", **said, exc_info=error)
    else:
        cause = type(getattr(error, "orig", error)).__name__
        _log.error("run_failed", **said, trouble=trouble.value, cause=cause)


def _sentence(trouble: Trouble | None) -> str:
    if trouble is Trouble.READ_ONLY and state.PRINCIPAL not in st.session_state:
        return _NOBODY_ENTERS
    return _SENTENCES[trouble]


def _come_back(error_id: str) -> None:
    """Let the page draw itself again once it can; each time that this fails it waits longer."""
    times, last = st.session_state.get(state.FAILURES, (0, 0.0))
    times = times + 1 if time.monotonic() - last < _APART else 1
    st.session_state[state.FAILURES] = (times, time.monotonic())
    wait = min(_FIRST_WAIT * 2 ** (times - 1), _LONGEST_WAIT)
    given = {"once": error_id, "wait": wait, "longest": _LONGEST_WAIT}
    _again(key=f"again_{error_id}", data=given, on_again_change=note_wake)
