"""What the watcher of open pages asks the database, with the portal's own login."""

import os

import pytest
from sqlalchemy import text

from db.queries.live import Watched, watched_versions
from db.session import sign_in_transaction
from tests.support.database import Database


def seen(database: Database, *watched: Watched) -> list[int | None]:
    """The version told to each, in their order; None to who is told that it ended."""
    with sign_in_transaction(database.portal) as connection:
        found = watched_versions(connection, watched)
    return [found.get(each) for each in watched]


def looking(session: bytes, client: int | None = None) -> Watched:
    return Watched(session_hash=session, client_id=client)


@pytest.fixture
def ada(database: Database, people: dict[str, int]) -> bytes:
    """A session of harbour's person, whose client is at version 7 and the other's at 8."""
    with database.as_owner() as connection:
        for name, version in (("harbour", 7), ("quayside", 8)):
            given = {"client": people[name], "version": version}
            statement = (
                "INSERT INTO billing.client_version (client_id, version, changed_at)"
                " VALUES (:client, :version, now())"
                " ON CONFLICT (client_id) DO UPDATE SET version = :version"
            )
            connection.execute(text(statement), given)
    return database.session(people["ada"])


def test_each_session_is_told_of_the_clients_that_it_may_see(
    database: Database, people: dict[str, int], ada: bytes
) -> None:
    mara = database.session(people["mara"])
    harbour, quayside = people["harbour"], people["quayside"]
    assert seen(database, looking(ada, harbour), looking(ada, quayside)) == [7, None]
    assert seen(database, looking(mara, harbour), looking(mara, quayside)) == [7, 8]
    assert seen(database, looking(ada), looking(ada, 999_999)) == [0, None]


def test_without_a_session_nothing_is_told(
    database: Database, people: dict[str, int], ada: bytes
) -> None:
    unknown = os.urandom(32)
    assert ada != unknown
    assert seen(database, looking(unknown), looking(unknown, people["harbour"])) == [None, None]


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE auth.session SET idle_expires_at = now()",
        "UPDATE auth.session SET idle_expires_at = now(), expires_at = now()",
        "UPDATE auth.session SET revoked_at = now()",
        "UPDATE auth.person SET disabled_at = now()",
        "UPDATE auth.person SET password_changed_at = now() + interval '1 second'",
        "UPDATE billing.client SET disabled_at = now()",
        "DELETE FROM auth.session",
    ],
)
def test_f46_of_a_session_that_is_over_nothing_is_told(
    database: Database, people: dict[str, int], ada: bytes, meanwhile: str
) -> None:
    watched = (looking(ada), looking(ada, people["harbour"]))
    assert seen(database, *watched) == [0, 7]
    with database.as_owner() as connection:
        connection.execute(text(meanwhile))
    assert seen(database, *watched) == [None, None]
