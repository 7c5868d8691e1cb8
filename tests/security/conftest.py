"""A portal with two clients and their people, for the tests that come from outside."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from sqlalchemy import text

from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from tests.support.database import Database, DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.viewers import give_password, open_session


@dataclass(frozen=True, kw_only=True)
class Town:
    """Two clients, their people, and the portal that they use."""

    portal: Portal
    harbour: int
    quayside: int
    ada: int  #: finance of harbour
    quin: int  #: finance of quayside
    mara: int  #: account manager of both
    boss: int  #: administrator

    @property
    def database(self) -> Database:
        return self.portal.database

    def cookies(self, person: int) -> dict[str, str]:
        """The cookies of a browser in which a person is signed in."""
        token = secrets.token_urlsafe(32)
        open_session(self.database, person, token)
        return {
            SESSION_COOKIES[False]: token,
            BROWSER_COOKIES[False]: secrets.token_urlsafe(32),
        }

    def browser(self, cookies: dict[str, str] | None = None) -> httpx.Client:
        """A browser's requests to the portal."""
        return httpx.Client(base_url=self.portal.url, cookies=cookies or {}, timeout=30)


def settle(database: Database) -> dict[str, int]:
    """Put two clients and their people into a database."""
    harbour, quayside = database.client("harbour"), database.client("quayside")
    people = {
        "ada": database.person("ada@harbour.example", "finance", harbour),
        "quin": database.person("quin@quayside.example", "finance", quayside),
        "mara": database.person("mara@msp.example", "account_manager", harbour, quayside),
        "boss": database.person("boss@msp.example", "administrator"),
    }
    for person in people.values():
        give_password(database, person)
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.issuer (issuer_id, name, legal_name, country, address,"
                " tax_number, email) VALUES (1, 'Northwind', 'Northwind BV', 'NL', 'Kade 1', 'NL1',"
                " 'billing@northwind.example')"
            )
        )
    return {"harbour": harbour, "quayside": quayside, **people}


@pytest.fixture(scope="module")
def town(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One portal for a module's tests."""
    database = server.copy()
    ids = settle(database)
    with running_portal(database, tmp_path_factory.mktemp("portal")) as portal:
        yield Town(portal=portal, **ids)
    server.drop(database)


@pytest.fixture
def people(database: Database) -> dict[str, int]:
    """Two clients and their people in the test's own database."""
    return settle(database)
