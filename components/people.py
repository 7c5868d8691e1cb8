"""All people and their open sessions, for an administrator."""

from typing import Final

import streamlit as st

from components import actions, state
from components.markup import paragraph, show
from components.open_sessions import browser_zone, draw_open_session
from components.tables import Column, TableRow, table
from components.viewer import Person, Role

_COLUMNS: Final = (
    Column(title="Name"),
    Column(title="E-mail address", breaks=True, wide="24%"),
    Column(title="Role"),
    Column(title="Clients"),
    Column(title="State"),
    Column(title="Sessions", number=True),
    Column(title="Last seen (UTC)", whole=True),
)


def draw_people(person: Person) -> None:
    """Let sessions be ended; list everybody: role, clients, state, number of open sessions."""
    rows = actions.people(person.session_hash)
    awake = (row for row in rows if row.live_sessions)
    _draw_sessions(person, {row.person_id: f"{row.name} ({row.email})" for row in awake})
    st.subheader("Who may sign in", anchor=False)
    drawn = (TableRow(cells=_cells(row)) for row in rows)
    show(table("People who may sign in", _COLUMNS, drawn, hidden=True, stacked=True))


def _cells(row: actions.PersonRow) -> tuple[str, ...]:
    return (
        row.name,
        row.email,
        Role(row.role).label,
        ", ".join(row.clients) or "all clients",
        _state(row),
        str(row.live_sessions),
        f"{row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "never",
    )


def _draw_sessions(person: Person, names: dict[int, str]) -> None:
    """Let one person be chosen; list the open sessions, each with its end, and the end of all."""
    st.subheader("Open sessions", anchor=False)
    chosen = st.selectbox(
        "Person",
        list(names),
        format_func=lambda found: names.get(found, ""),
        index=None,
        placeholder="Choose a person",
        key=state.PERSON_PICKER,
        width=420,
    )
    if chosen is None:
        return
    zone = browser_zone()
    sessions = actions.sessions_of_person(person.session_hash, chosen)
    for session in sessions:
        draw_open_session(session, zone, _end, person.session_hash, chosen)
    show(paragraph(f"Times are {zone}.", "mg-panel-unit"))
    label = "End this session" if len(sessions) == 1 else f"End all {len(sessions)} sessions"
    st.button(label, key=state.END_ALL, on_click=_end_all, args=(person.session_hash, chosen))


def _end(session_hash: bytes, person_id: int, reference: str) -> None:
    if actions.end_session_of(session_hash, person_id, reference):
        st.session_state[state.NOTICE] = "The session is ended."


def _end_all(session_hash: bytes, person_id: int) -> None:
    ended = actions.end_sessions_of(session_hash, person_id)
    if ended is None:
        return
    words = "The session is ended." if ended == 1 else f"{ended} sessions are ended."
    st.session_state[state.NOTICE] = words


def _state(row: actions.PersonRow) -> str:
    if row.disabled_at is not None:
        return "disabled"
    if row.client_is_disabled:
        return "client disabled"
    return "has yet to choose a password" if row.must_change_password else "active"
