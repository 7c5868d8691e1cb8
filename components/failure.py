"""What a viewer sees when a run fails: a sentence, an id to quote, a way to try again."""

import secrets

import streamlit as st
import structlog

from components.viewer import database_is_away

_log = structlog.get_logger(__name__)


def draw_failure(error: Exception) -> bool:
    """Tell the viewer that this run failed, and the log why.

    Returns:
        True: nothing else is to be shown, no traceback above all.
    """
    error_id = secrets.token_hex(4)
    away = database_is_away(error)
    _log.error("run_failed", error_id=error_id, kind=type(error).__name__, exc_info=error)
    if away:
        st.error("The billing database does not answer at the moment. Your figures are safe.")
    else:
        st.error("This part could not be shown. We have noted why.")
    st.text(f"Error id {error_id}")
    st.button("Try again", key=f"retry_{error_id}")
    return True
