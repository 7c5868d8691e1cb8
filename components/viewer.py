"""Who looks at this run, checked against the database each time.

Nothing that an earlier run left behind says who somebody is: each run of a page and of a
fragment looks the session up for the cookie of the websocket that it answers to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NoReturn
from weakref import WeakKeyDictionary

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components import actions, causes, state
from components.persons import ANSWERING, ClientRef, Person, Role, Viewer
from db.commands.sign_in import touch_session
from db.places import place_of
from db.portal import (
    BROWSER_COOKIES,
    SESSION_COOKIES,
    database_is_away,
    portal_engine,
    principal_of,
    settings,
    token_hash,
)
from db.queries.sign_in import SessionPerson, VisibleClient, clients_of, session_person
from db.roles import CLIENT, MSP
from db.session import sign_in_transaction
from db.trouble import Trouble, database_trouble

__all__ = [
    "ANSWERING",
    "ClientRef",
    "Person",
    "Role",
    "Trouble",
    "Viewer",
    "asks_for_client_view",
    "browser_hash",
    "cookies_of_this_run",
    "database_is_away",
    "database_trouble",
    "network_address",
    "present_person",
    "present_viewer",
    "require_person",
    "require_viewer",
    "settings",
]

#: What somebody reads whose session ended while he looked.
SIGNED_OUT: Final = "You are signed out. Reload the page to sign in."
#: A slug is shorter; anything longer names no client.
LONGEST_SLUG: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What one run learned from the database."""

    person: Person
    client: ClientRef | None
    records_version: int
    month_versions: tuple[tuple[str, int], ...]


_found_in_run: WeakKeyDictionary[object, dict[str | None, _Found | None]] = WeakKeyDictionary()


def require_viewer(*, acting: bool | None = None) -> Viewer:
    """Return the viewer of this run, or end the run with the way to sign in.

    Args:
        acting: Whether a person caused this run, which extends the idle time. None: yes
            unless the page asked for the run by itself (`causes`).
    """
    found = _found(acting=acting) or _end_signed_out()
    if found.client is None:
        _end_without_client(found.person)
    return _viewer(found, found.client)


def require_person(*, acting: bool | None = None) -> Person:
    """Return the signed-in person of this run, or end the run: for pages without a client."""
    found = _found(acting=acting) or _end_signed_out()
    return found.person


def present_person() -> Person | None:
    """The signed-in person of this run, or None: for the frame, which then asks to sign in."""
    found = _found(acting=None)
    return found.person if found else None


def present_viewer() -> Viewer | None:
    """The viewer of this run, or None without a session or a client that he may see."""
    found = _found(acting=None)
    if found is None or found.client is None:
        return None
    return _viewer(found, found.client)


def cookies_of_this_run() -> Mapping[str, str]:
    """The cookies with which this run's websocket was opened."""
    return st.context.cookies


def browser_hash() -> bytes | None:
    """The hash of the cookie that ties a ticket to this browser; None before it is set."""
    return token_hash(cookies_of_this_run(), BROWSER_COOKIES)


def network_address() -> str:
    """Where this run's websocket comes from, as the server or its trusted proxy saw it."""
    return place_of(st.context.ip_address or "127.0.0.1")


def chosen_slug() -> str | None:
    """The client that the address or the visit asks for; the address goes first."""
    named = st.query_params.get_all(state.CLIENT_PARAMETER)
    if len(named) > 1:
        return ""
    asked: str | None = named[0] if named else st.session_state.get(state.CLIENT)
    if asked is None:
        return None
    return asked if len(asked) <= LONGEST_SLUG and asked.isprintable() else ""


def asks_for_client_view() -> bool:
    """Whether the address or the visit asks for what the client's finance sees."""
    asked = st.query_params.get(state.VIEW_PARAMETER)
    return asked == state.VIEW_AS_CLIENT or bool(st.session_state.get(state.VIEWING_AS))


def _found(*, acting: bool | None) -> _Found | None:
    """Look the session up, once in a run for each client that is asked for."""
    run = causes.this_run()
    if run is None:
        return _look_up(acting=bool(acting))
    known = _found_in_run.setdefault(run, {})
    slug = chosen_slug()
    if slug not in known:
        known[slug] = _look_up(acting=causes.is_a_persons() if acting is None else acting)
        causes.remember_websocket()
    return known[slug]


def _look_up(*, acting: bool) -> _Found | None:
    session_hash = token_hash(cookies_of_this_run(), SESSION_COOKIES)
    found = _ask(session_hash, acting=acting) if session_hash else None
    wiped = _keep_to_principal(found.person.session_hash if found else None)
    return _ask(session_hash, acting=False) if wiped and session_hash else found


def _ask(session_hash: bytes, *, acting: bool) -> _Found | None:
    idle = timedelta(minutes=settings().session_idle_minutes)
    with sign_in_transaction(portal_engine()) as connection:
        found = session_person(connection, session_hash, chosen_slug())
        if found is None:
            return None
        if acting and found.touch_is_due:
            touch_session(connection, session_hash, idle)
        only_one = found.client and not Role(found.role).is_of_the_msp
        visible = (found.client,) if only_one else clients_of(connection, session_hash)
    clients = tuple(_reference(client) for client in visible if client)
    return _Found(
        person=_person(found, clients, session_hash),
        client=_reference(found.client) if found.client else None,
        records_version=found.records_version,
        month_versions=tuple(sorted(found.month_versions.items())),
    )


def _person(found: SessionPerson, clients: tuple[ClientRef, ...], session_hash: bytes) -> Person:
    return Person(
        person_id=found.person_id,
        name=found.name,
        email=found.email,
        role=Role(found.role),
        must_change_password=found.must_change_password,
        clients=clients,
        issuer=found.issuer,
        session_hash=session_hash,
        is_demo=found.is_demo,
    )


def _reference(client: VisibleClient) -> ClientRef:
    return ClientRef(
        client_id=client.client_id,
        slug=client.slug,
        name=client.name,
        zone=client.zone,
        locale=client.locale,
        is_demo=client.is_demo,
    )


def _viewer(found: _Found, client: ClientRef) -> Viewer:
    person = found.person
    viewing_as = person.role.is_of_the_msp and asks_for_client_view()
    return Viewer(
        person_id=person.person_id,
        name=person.name,
        email=person.email,
        role=Role.FINANCE if viewing_as else person.role,
        client=client,
        clients=person.clients,
        database_role=MSP if person.role.is_of_the_msp and not viewing_as else CLIENT,
        viewing_as=viewing_as,
        session_hash=person.session_hash,
        records_version=found.records_version,
        month_versions=found.month_versions,
        is_demo=client.is_demo,
    )


def _keep_to_principal(session_hash: bytes | None) -> bool:
    """Wipe what the visit remembers if it was remembered for another session; whether it was."""
    principal = principal_of(session_hash) if session_hash else None
    former = st.session_state.get(state.PRINCIPAL)
    if former == principal:
        return False
    st.session_state.clear()
    if principal:
        st.session_state[state.PRINCIPAL] = principal
    return former is not None


def _end_signed_out() -> NoReturn:
    context = get_script_run_ctx(suppress_warning=True)
    if context and context.fragment_ids_this_run:
        st.rerun()
    st.info(SIGNED_OUT)
    st.stop()


def _end_without_client(person: Person) -> NoReturn:
    slug = chosen_slug()
    if slug is None:
        st.subheader("No client yet")
        st.text("As soon as a client is set up, its figures stand here.")
    else:
        actions.note_denied(person.session_hash, "client", slug, network_address())
        st.subheader("Not found")
        st.text("There is no such client, or you may not see it.")
    st.stop()
