"""A fragment runs again without its page, and so asks again who is looking."""

import hashlib
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from db.portal import SESSION_COOKIES
from tests.security.conftest import Town, settle
from tests.support.database import DatabaseServer
from tests.support.portal import running_portal
from tests.support.visits import Visit

END = "UPDATE auth.session SET revoked_at = now() WHERE session_hash = :session"
LAST_SEEN = (
    "SELECT last_seen_at > now() - interval '1 minute' FROM auth.session"
    " WHERE session_hash = :session"
)
LONG_AGO = (
    "UPDATE auth.session SET last_seen_at = now() - interval '10 minutes'"
    " WHERE session_hash = :session"
)


@pytest.fixture(scope="module")
def town(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    database = server.copy()
    ids = settle(database)
    folder = tmp_path_factory.mktemp("portal")
    with running_portal(database, folder, app="tests/security/fragmented/app.py") as portal:
        yield Town(portal=portal, **ids)
    server.drop(database)


def hashed(cookies: dict[str, str]) -> bytes:
    return hashlib.sha256(cookies[SESSION_COOKIES[False]].encode()).digest()


def test_a_fragment_runs_alone_while_the_session_lives(town: Town) -> None:
    with Visit.to(town.portal, town.cookies(town.ada)) as visit:
        fragment = visit.run().fragment()
        visit.run(fragment=fragment)
        assert visit.sees("figures of harbour")
        assert not visit.sees("the page")


def test_a_fragment_of_an_ended_session_shows_nothing(town: Town) -> None:
    cookies = town.cookies(town.ada)
    with Visit.to(town.portal, cookies) as visit:
        fragment = visit.run().fragment()
        with town.database.as_owner() as connection:
            connection.execute(text(END), {"session": hashed(cookies)})
        visit.run(fragment=fragment)
        assert not visit.sees("figures of")
        assert visit.sees("You are signed out.")


def test_a_fragment_by_itself_keeps_no_session_alive(town: Town) -> None:
    cookies = town.cookies(town.ada)
    given = {"session": hashed(cookies)}
    with Visit.to(town.portal, cookies) as visit:
        fragment = visit.run().fragment()
        with town.database.as_owner() as connection:
            connection.execute(text(LONG_AGO), given)
        visit.run(fragment=fragment)
        with town.database.as_owner() as connection:
            assert connection.execute(text(LAST_SEEN), given).scalar() is False
        visit.run()
        with town.database.as_owner() as connection:
            assert connection.execute(text(LAST_SEEN), given).scalar() is True
