"""Portals over two clients that have usage, for what people and networks do to them."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from db.commands.ingest import record
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from tests.support.database import Database
from tests.support.portal import Portal, running_portal
from tests.support.usage import SOURCE, Ground, ground
from tests.support.viewers import give_password, open_session
from tests.support.visits import Visit

SESSION, BROWSER = SESSION_COOKIES[False], BROWSER_COOKIES[False]
OWN_PAGE: Final = {"Sec-Fetch-Site": "same-origin", "Origin": "null", "Accept": "text/html"}
#: Every page, by the name under which a websocket asks for it.
PAGES: Final = ("", "consumption", "invoices", "agreement", "account", "people", "audit")
PAGES_OF_A_CLIENT: Final = ("", "consumption", "invoices", "agreement")
RECORDS: Final = "show=records&meter=egress"
ERROR_ID: Final = re.compile(r"Error id [0-9a-f]+")
MACHINES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Quay:
    """A database with two clients, their people, and a portal over it."""

    portal: Portal
    month: str  #: in which the clients have usage, like 2026-11
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
        """What a browser holds in which a person is signed in."""
        return cookies_of(self.database, person)

    def browser(self, cookies: Mapping[str, str] | None = None) -> httpx.Client:
        """A browser's requests to the portal."""
        return httpx.Client(base_url=self.portal.url, cookies=dict(cookies or {}), timeout=60)

    def change(self, statement: str, **given: object) -> None:
        """Let the owner change something."""
        with self.database.as_owner() as connection:
            connection.execute(text(statement), given)

    def administer(self, statement: str) -> None:
        """Let the administrator change something of the database itself."""
        with self.database.administrator.begin() as connection:
            connection.execute(text(statement))


def cookies_of(database: Database, person: int) -> dict[str, str]:
    """What a browser holds in which a person is signed in."""
    token = secrets.token_urlsafe(32)
    open_session(database, person, token)
    return {SESSION: token, BROWSER: secrets.token_urlsafe(32)}


def month_of(now: datetime) -> str:
    """The month that the records of `settle` lie in, in universal time."""
    return f"{now - timedelta(minutes=1):%Y-%m}"


def new_client(database: Database, slug: str, now: datetime) -> int:
    """A client with usage on machines that carry its name."""
    client = ground(database, slug=slug, zone="UTC")
    use(client, now, *(f"{slug}-vm-{each}" for each in range(MACHINES)))
    return client.client_id


def use(client: Ground, now: datetime, *machines: str) -> None:
    """Record some usage of a client, once for each machine."""
    at = (now - timedelta(minutes=1)).isoformat()
    events = [client.event(at, "5", resource=each, id_=f"on {each}") for each in machines]
    record(client.database.writer, client.client_id, SOURCE, events, as_of=now)


def settle(database: Database, now: datetime) -> dict[str, int]:
    """Put two clients with usage and their people into a database."""
    ids = {slug: new_client(database, slug, now) for slug in ("harbour", "quayside")}
    people = {
        "ada": database.person("ada@harbour.example", "finance", ids["harbour"]),
        "quin": database.person("quin@quayside.example", "finance", ids["quayside"]),
        "mara": database.person("mara@msp.example", "account_manager", *ids.values()),
        "boss": database.person("boss@msp.example", "administrator"),
    }
    for person in people.values():
        give_password(database, person)
    return {**ids, **people}


@contextmanager
def running_quay(
    database: Database, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Quay]:
    """A portal over a database with two clients that have usage."""
    now = datetime.now(UTC)
    ids = settle(database, now)
    with running_portal(database, folder, settings) as portal:
        yield Quay(portal=portal, month=month_of(now), **ids)


def alerts(visit: Visit) -> list[str]:
    """What the last run drew as an alarm."""
    return [element for element in visit.elements if "alert {" in element]


def leaks(visit: Visit) -> list[str]:
    """What the last run let through of a failure's inside."""
    signs = ("Traceback", "psycopg2", "sqlalchemy", "SELECT ", "auth.", "billing.")
    return [element for element in visit.elements if any(sign in element for sign in signs)]


def sign_in(visit: Visit, email: str, password: str) -> Visit:
    """Fill in the form and send it."""
    visit.run()
    fields: dict[str, str | bool] = {
        visit.widget("E-mail address"): email,
        visit.widget("Password"): password,
        visit.widget("Sign in"): True,
    }
    return visit.run("", widgets=fields)
