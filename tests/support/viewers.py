"""Viewers for tests, each with a real session in the test's database.

A page test has no browser and so no cookies. `viewing` stands in for exactly that: it makes a
session as the sign-in would, points the process at the test's database, and replaces
`components.viewer.cookies_of_this_run`, the one function that reads a websocket's cookies, in
this test's process. Everything behind it (the session's lookup, roles, row-level security) is
what runs in production, where nothing calls this module.

    def test_a_page(database: Database, viewing: Viewing) -> None:
        client = database.client("harbour")
        person = database.person("ada@harbour.example", "finance", client)
        viewing.sign_in(person)
        page = AppTest.from_file("pages/overview.py").run()

Values set on `AppTest.session_state` before the first run are wiped by that run, because no
session stands behind them: set them after it, or put them into `query_params`.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from typing import Final

import bcrypt
import pytest
from sqlalchemy import text

import db.portal
from components import viewer
from tests.support.database import Database

#: A password for people of a test, and its hash at the lowest cost.
PASSWORD: Final = "quiet harbour at dawn"
PASSWORD_HASH: Final = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


class Viewing:
    """Who looks, in this test's process."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        self._database = database
        self.cookies: dict[str, str] = {}
        patch.setattr(viewer, "cookies_of_this_run", lambda: self.cookies)

    def sign_in(self, person_id: int) -> bytes:
        """Open a session for a person and look as him; the session's hash."""
        token = secrets.token_urlsafe(32)
        session_hash = open_session(self._database, person_id, token)
        self.cookies = {db.portal.SESSION_COOKIES[False]: token}
        return session_hash

    def sign_out(self) -> None:
        """Look as nobody."""
        self.cookies = {}


def open_session(database: Database, person_id: int, token: str) -> bytes:
    """Open a session for a token, as a redeemed ticket would; the session's hash."""
    session_hash = hashlib.sha256(token.encode()).digest()
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO auth.session (session_hash, person_id, idle_expires_at, expires_at)"
                " VALUES (:hash, :person, now() + interval '30 minutes',"
                " now() + interval '12 hours')"
            ),
            {"hash": session_hash, "person": person_id},
        )
    return session_hash


def give_password(database: Database, person_id: int) -> None:
    """Let a person sign in with `PASSWORD`."""
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE auth.person SET password_hash = :hash WHERE person_id = :person"),
            {"hash": PASSWORD_HASH, "person": person_id},
        )


@pytest.fixture
def portal_process(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Make this process the portal of the test's database."""
    for name in [name for name in os.environ if name.startswith("METERGLASS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("METERGLASS_DATABASE_URL_PORTAL", database.portal_url)
    db.portal.settings.cache_clear()
    db.portal.portal_engine.cache_clear()
    yield database
    if db.portal.portal_engine.cache_info().currsize:
        db.portal.portal_engine().dispose()
    db.portal.settings.cache_clear()
    db.portal.portal_engine.cache_clear()


@pytest.fixture
def viewing(portal_process: Database, monkeypatch: pytest.MonkeyPatch) -> Viewing:
    """Who looks at pages in this process; nobody at first."""
    return Viewing(portal_process, monkeypatch)
