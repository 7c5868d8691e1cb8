"""What stands around every page: whose figures, who looks, the way out."""

import secrets
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

import streamlit as st

from components import actions, state
from components.filters import names_a_client
from components.live import draw_watch
from components.markup import element, escaped
from components.sign_in import post_sign_out
from components.viewer import (
    Person,
    Viewer,
    database_trouble,
    network_address,
    present_viewer,
)

_HERE: Final = Path(__file__).parent
#: Pages that show all clients unless their address names one.
_OF_ALL_CLIENTS: Final = frozenset({"month_end"})


@cache
def _style() -> str:
    sheets = (_HERE / name for name in ("look.css", "frame.css"))
    return "".join(sheet.read_text("utf-8") for sheet in sheets)


@cache
def icon() -> str:
    """Give the icon as an address that holds it, so that no browser asks any host for one."""
    return f"data:image/svg+xml,{quote((_HERE / 'icon.svg').read_text('utf-8'))}"


def viewer_shown(page: str) -> Viewer | None:
    """Give whose figures the header of a page names; None: nobody's, or all clients' at once.

    Args:
        page: Its address, without a slash.
    """
    everybodys = page in _OF_ALL_CLIENTS and not names_a_client()
    return None if everybodys else present_viewer()


def draw_style() -> None:
    """Add the one style sheet to the page."""
    st.html(f"<style>{_style()}</style>")


def draw_header(person: Person, viewer: Viewer | None) -> None:
    """Draw the MSP, the client, the person and the way out; what is unusual below."""
    with st.container(key="mg_header", horizontal=True, vertical_alignment="center"):
        _line("issuer", person.issuer)
        _draw_client(person, viewer)
        draw_watch(viewer)
        st.space("stretch")
        _line("who", f"{person.name} · {person.role.label}")
        _draw_view_as(person, viewer)
        if st.button("Sign out", key=state.SIGN_OUT):
            _sign_out(person)
    if viewer and viewer.viewing_as:
        _draw_viewing_as(viewer)
    if viewer and viewer.is_demo:
        _line("demo", "Demo: every figure here is made up, and nobody is billed.")
    _keep_choice(person, viewer)


def draw_way_out(person: Person) -> None:
    """Draw the way out alone, where a person may do nothing else yet."""
    draw_watch(None)
    with st.container(key="mg_way_out"):
        if st.button("Sign out", key=state.SIGN_OUT):
            _sign_out(person)


def draw_notice() -> None:
    """Say once what the last action did, or why it was refused."""
    for key, say in ((state.NOTICE, st.success), (state.NOT_DONE, st.warning)):
        said = st.session_state.pop(key, None)
        if said:
            say(said)


def _draw_client(person: Person, viewer: Viewer | None) -> None:
    """Name the client, as a switcher where there is more than one."""
    if len(person.clients) <= 1:
        _line("client", viewer.client.name if viewer else "")
        return
    names = {client.slug: client.name for client in person.clients}
    st.session_state[state.SWITCHER] = viewer.client.slug if viewer else None
    st.selectbox(
        "Client",
        list(names),
        format_func=lambda slug: names.get(slug, slug),
        key=state.SWITCHER,
        on_change=_switch,
        label_visibility="collapsed",
        placeholder="Choose a client",
        width=260,
    )


def _switch() -> None:
    slug = st.session_state[state.SWITCHER]
    if slug is None:
        return
    st.session_state[state.CLIENT] = slug
    kept = {state.CLIENT_PARAMETER: slug}
    if state.VIEW_PARAMETER in st.query_params:
        kept[state.VIEW_PARAMETER] = st.query_params[state.VIEW_PARAMETER]
    st.query_params.from_dict(kept)


def _draw_view_as(person: Person, viewer: Viewer | None) -> None:
    if viewer and person.role.is_of_the_msp and not viewer.viewing_as:
        st.button("View as client", key=state.VIEW_AS, on_click=_view_as, type="tertiary")


def _view_as() -> None:
    st.session_state[state.VIEWING_AS] = True


def _draw_viewing_as(viewer: Viewer) -> None:
    with st.container(key="mg_viewing", horizontal=True, vertical_alignment="center"):
        st.text(f"You see what finance at {viewer.client.name} sees.")
        st.space("stretch")
        st.button("Back to your own view", key=state.VIEW_BACK, on_click=_view_back)


def _view_back() -> None:
    st.session_state.pop(state.VIEWING_AS, None)
    st.query_params.pop(state.VIEW_PARAMETER, None)


def _keep_choice(person: Person, viewer: Viewer | None) -> None:
    """Keep client and view across pages, and in the address so that a link says them."""
    if viewer is None:
        return
    if len(person.clients) > 1:
        st.session_state[state.CLIENT] = viewer.client.slug
        _say_in_address(state.CLIENT_PARAMETER, viewer.client.slug)
    if viewer.viewing_as:
        st.session_state[state.VIEWING_AS] = True
        _say_in_address(state.VIEW_PARAMETER, state.VIEW_AS_CLIENT)


def _say_in_address(name: str, value: str) -> None:
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def _sign_out(person: Person) -> None:
    try:
        actions.sign_out(person.session_hash, network_address())
    except Exception as error:
        if database_trouble(error) is None:
            raise
    # The route tries again, drops the cookie, and says so where the database can't note it.
    post_sign_out(secrets.token_urlsafe(8))
    st.stop()


def _line(name: str, text: str) -> None:
    if text:
        st.html(element("span", escaped(text), f"mg-{name}"), width="content")
