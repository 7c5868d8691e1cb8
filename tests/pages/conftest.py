"""Pages over a small client; its figures are worked out by hand in `harbour`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from components import data
from db.commands.setup.apply import apply_setup
from tests.pages import harbour
from tests.support.database import Database, DatabaseServer
from tests.support.viewers import Viewing

PAGES = Path(__file__).parents[2] / "pages"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Clock:
    """The present of the screens in a test."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Screens:
    """The portal's pages over the small client."""

    database: Database
    viewing: Viewing
    clock: Clock

    def person(self, email: str) -> int:
        """The id of a person who was set up."""
        return harbour.number_of(self.database, "auth.person", "person_id", "email", email)

    def open(self, page: str, email: str = harbour.FINANCE, **query: str | list[str]) -> AppTest:
        """Open a page as somebody; the page has run once."""
        self.viewing.sign_in(self.person(email))
        opened = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=30)
        for name, value in query.items():
            opened.query_params[name] = value
        return opened.run()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The present, which a test may move."""
    clock = Clock(NOW)
    monkeypatch.setattr(data, "now", clock)
    return clock


@pytest.fixture(scope="session")
def filled(server: DatabaseServer) -> Iterator[Database]:
    """A database with the small client, to copy from."""
    made = server.copy()
    with made.as_owner() as connection:
        apply_setup(connection, harbour.SETUP, as_of=NOW, actor="test")
    harbour.record_usage(made, NOW)
    made.disconnect()
    yield made
    server.drop(made)


@pytest.fixture
def database(server: DatabaseServer, filled: Database) -> Iterator[Database]:
    """A fresh copy of the database with the small client."""
    made = server.copy(filled.name)
    yield made
    server.drop(made)


@pytest.fixture
def screens(viewing: Viewing, database: Database, clock: Clock) -> Iterator[Screens]:
    """Pages over the small client; nothing is cached from other tests."""
    data.forget()
    yield Screens(database=database, viewing=viewing, clock=clock)
    data.forget()


def words(opened: AppTest) -> str:
    """What a page's own blocks show, with their markup; a page that failed fails the test."""
    assert not opened.exception, [each.value for each in opened.exception]
    return "\n".join(block.proto.body for block in opened.get("html"))
