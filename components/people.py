"""All people, for an administrator."""

import streamlit as st

from components import actions, state
from components.viewer import Person, Role


def draw_people(person: Person) -> None:
    """List everybody: role, clients, state, open sessions."""
    rows = actions.people(person.session_hash)
    st.dataframe(
        [
            {
                "Name": row.name,
                "E-mail address": row.email,
                "Role": Role(row.role).label,
                "Clients": ", ".join(row.clients) or "all clients",
                "State": _state(
                    disabled=row.disabled_at is not None, first=row.must_change_password
                ),
                "Sessions": row.live_sessions,
                "Last seen (UTC)": f"{row.last_seen_at:%Y-%m-%d %H:%M}"
                if row.last_seen_at
                else "never",
            }
            for row in rows
        ],
        hide_index=True,
        placeholder="–",
    )
    _draw_ending(
        person, {row.person_id: f"{row.name} ({row.email})" for row in rows if row.live_sessions}
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
