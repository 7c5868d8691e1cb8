"""Parts of pages that draw themselves again when the client's records change, and the watch.

The browser holds one stream (`/live`) per window. What it hears wakes the live part of the page,
which runs as a fragment: each such run looks the session up as any other, and is not taken for
a person's action.
"""

from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components import state
from components.causes import keep_address, note_wake
from components.data import one_look
from components.viewer import Person, Viewer, require_person, require_viewer


def _script(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")


_watch = st.components.v2.component(
    "meterglass_watch",
    html='<span class="mg-live" role="status"></span>',
    js=_script("live.js") + _script("keep.js"),
    isolate_styles=False,
)
_wake = st.components.v2.component("meterglass_wake", js=_script("wake.js"), isolate_styles=False)


def _draw_name() -> str:
    """Tell the browser one draw from the next, and nothing of other people's."""
    return token_hex(8)


@st.fragment
def live(draw: Callable[[Viewer], None]) -> None:
    """Draw a part of a page, and again whenever what it shows may have changed.

    Args:
        draw: Draws it for the viewer of the run.
    """
    require_person()  # nobody's visit goes on at another's address
    _let_the_frame_speak()
    keep_address()
    viewer = require_viewer()
    shown = {"client": viewer.client.slug, "version": viewer.records_version}
    _wake(key=state.WAKE, data={**shown, "drawn": _draw_name()}, on_wake_change=note_wake)
    with one_look(viewer):
        draw(viewer)


@st.fragment
def live_for_all(draw: Callable[[Person], None], version_of: Callable[[Person], int]) -> None:
    """Draw a part of a page that shows all clients, and again whenever it may have changed.

    Args:
        draw: Draws it for the person of the run.
        version_of: Gives the version of what the person sees; asked before anything is drawn, so
            that what is drawn is at least as new.
    """
    person = require_person()
    _let_the_frame_speak()
    keep_address()
    shown = {"client": None, "version": version_of(person), "drawn": _draw_name()}
    _wake(key=state.WAKE, data=shown, on_wake_change=note_wake)
    draw(person)


def _let_the_frame_speak() -> None:
    """Run the whole page where something that was done here has yet to be said above it."""
    context = get_script_run_ctx(suppress_warning=True)
    said = {state.NOTICE, state.NOT_DONE} & set(st.session_state)
    if said and context and context.fragment_ids_this_run:
        st.rerun()


def draw_watch(viewer: Viewer | None) -> None:
    """Draw whether the page is live, and end it in the browser as soon as the session ends.

    Args:
        viewer: Whose client's records are followed; None: the session, and how far months are.
    """
    slug = viewer.client.slug if viewer else None
    given = {"client": slug, "drawn": _draw_name()}
    _watch(key=state.WATCH, data=given, on_wake_change=note_wake, width="content")
