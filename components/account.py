"""One's own account: who one is, the password, and the sessions that are open."""

from typing import Final

import streamlit as st

from components import actions, state
from components.audit_words import deed_in_words
from components.markup import paragraph, show
from components.open_sessions import browser_zone, draw_open_session, moment
from components.tables import Column, Noted, TableRow, table
from components.viewer import Person, Role, network_address

_SIGN_INS: Final = (Column(title="When", whole=True), Column(title="What"), Column(title="From"))
RULE = "12 to 72 characters. Length counts, signs and digits don't have to be in it."


def draw_person(person: Person) -> None:
    """Say who is signed in and which clients he may see."""
    st.text(f"{person.name} · {person.email}")
    every = person.role in {Role.BILLING, Role.ADMINISTRATOR}
    names = "all clients" if every else ", ".join(client.name for client in person.clients)
    st.text(f"{person.role.label} · {names or 'no client yet'}")


def draw_password(person: Person) -> None:
    """Draw the form that changes one's own password."""
    with st.form("password", clear_on_submit=True, enter_to_submit=True):
        st.subheader("Password")
        present = st.text_input(
            "Present password", type="password", autocomplete="current-password"
        )
        new = st.text_input("New password", type="password", autocomplete="new-password", help=RULE)
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        if st.form_submit_button("Change password"):
            _change_password(person, present, new, again)


def draw_sessions(person: Person) -> None:
    """List one's own sessions, each with its end."""
    st.subheader("Signed in on")
    zone = browser_zone()
    sessions = actions.own_sessions(person.session_hash)
    for session in sessions:
        draw_open_session(session, zone, _end, person.session_hash)
    show(paragraph(f"Times are {zone}.", "mg-panel-unit"))
    if len(sessions) > 1:
        st.button("End all others", on_click=_end_others, args=(person.session_hash,))


def draw_sign_ins(person: Person) -> None:
    """List one's own last sign-ins, refused ones too: one that was not one's own stands out."""
    st.subheader("Last sign-ins")
    zone = browser_zone()
    drawn = [
        TableRow(cells=(moment(each.at, zone), _what(each), each.address or "unknown"))
        for each in actions.own_sign_ins(person.session_hash)
    ]
    show(table("Last sign-ins, newest first", _SIGN_INS, drawn, hidden=True))
    words = "If one of them was not you, change your password: it ends all other sessions."
    show(paragraph(f"Times are {zone}. {words}", "mg-panel-unit"))


def _what(seen: actions.SignInSeen) -> str | Noted:
    words = deed_in_words(seen.action)
    return words if seen.action == "sign_in" else Noted(text=words, classes="mg-warning")


def draw_first_password(person: Person) -> None:
    """Ask for an own password before anything else is shown."""
    with st.container(key="mg_sign_in"):
        st.subheader("Choose your own password")
        st.text("The one that you were given is good for this only.")
        draw_password(person)


def _change_password(person: Person, present: str, new: str, again: str) -> None:
    differ = () if new == again else ("The two new passwords differ.",)
    faults = differ or actions.change_password(
        session_hash=person.session_hash,
        email=person.email,
        address=network_address(),
        present=present,
        new=new,
    )
    if faults:
        st.error(" ".join(faults))
        return
    st.session_state[state.NOTICE] = "Your password is changed, and your other sessions are ended."
    st.rerun()


def _end(session_hash: bytes, reference: str) -> None:
    if actions.end_own_session(session_hash, reference):
        st.session_state[state.NOTICE] = "The session is ended."


def _end_others(session_hash: bytes) -> None:
    actions.end_other_sessions(session_hash)
    st.session_state[state.NOTICE] = "Your other sessions are ended."
