"""All people, for an administrator."""

from typing import Final

import streamlit as st

from components import actions, state
from components.markup import show
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
    """List everybody: role, clients, state, open sessions."""
    rows = actions.people(person.session_hash)
    drawn = (TableRow(cells=_cells(row)) for row in rows)
    show(table("People who may sign in", _COLUMNS, drawn, hidden=True))
    awake = (row for row in rows if row.live_sessions)
    _draw_ending(person, {row.person_id: f"{row.name} ({row.email})" for row in awake})


def _cells(row: actions.PersonRow) -> tuple[str, ...]:
    return (
        row.name,
        row.email,
        Role(row.role).label,
        ", ".join(row.clients) or "all clients",
        _state(disabled=row.disabled_at is not None, first=row.must_change_password),
        str(row.live_sessions),
        f"{row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "never",
    )


def _draw_ending(person: Person, names: dict[int, str]) -> None:
    with st.form("end_sessions", border=False):
        chosen = st.selectbox(
            "End all sessions of", list(names), format_func=lambda found: names[found], index=None
        )
        if st.form_submit_button("End sessions") and chosen is not None:
            ended = actions.end_sessions_of(person.session_hash, chosen)
            st.session_state[state.NOTICE] = f"{ended} sessions ended."
            st.rerun()


def _state(*, disabled: bool, first: bool) -> str:
    if disabled:
        return "disabled"
    return "has yet to choose a password" if first else "active"
