"""What caused this run: a person's action, or the page by itself.

Only a person's action keeps a session alive. The browser says which it was; who says it wrongly
harms nobody but himself: his session idles out early, or lives as long as he acts anyway.
"""

from typing import Final
from weakref import WeakSet

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components import state

_KEY: Final = "Sec-WebSocket-Key"
_PROTOCOLS: Final = "Sec-WebSocket-Protocol"
#: Streamlit's page names the visit that it takes up again in the third place.
_RESUMED: Final = 3

_by_itself: WeakSet[object] = WeakSet()


def this_run() -> object | None:
    """What stands for this run of a page or a fragment; None outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.parallel_coordinator if context else None


def note_wake() -> None:
    """Note that the page asked for this run by itself: newer records, or time passed."""
    run = this_run()
    if run is not None:
        _by_itself.add(run)


def is_a_persons() -> bool:
    """Whether a person caused this run."""
    if _websocket_is_back():
        note_wake()
    run = this_run()
    return run is None or run not in _by_itself


def remember_websocket() -> None:
    """Know this run's websocket from now on: what comes over it next, somebody asks for."""
    key = st.context.headers.get(_KEY)
    if key is not None and st.session_state.get(state.WEBSOCKET) != key:
        st.session_state[state.WEBSOCKET] = key


def keep_address() -> None:
    """Let a part that draws itself again stand where somebody last went.

    The browser says with each run what its address is. A wake that it sends while a click is on its
    way still says the old one, and comes after it.
    """
    context = get_script_run_ctx(suppress_warning=True)
    address = {name: st.query_params.get_all(name) for name in st.query_params}
    if context and context.fragment_ids_this_run and not is_a_persons():
        kept = st.session_state.get(state.ADDRESS, address)
        if kept != address:
            st.query_params.from_dict(kept)
    else:
        st.session_state[state.ADDRESS] = address


def _websocket_is_back() -> bool:
    """Whether this is the first run over a websocket that takes up an earlier visit."""
    headers = st.context.headers
    resumes = len(headers.get(_PROTOCOLS, "").split(",")) >= _RESUMED
    return resumes and st.session_state.get(state.WEBSOCKET) != headers.get(_KEY)
