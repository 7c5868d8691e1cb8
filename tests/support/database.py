"""Databases for tests: one server for the run, one template, a copy for each test that asks."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Final

import psycopg2
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import URL, make_url

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.roles import LOGINS, OWNER, PORTAL, WRITER
from db.session import owner_transaction, portal_transaction, writer_transaction

TEMPLATE: Final = "meterglass"
#: A folder in memory: there a copy takes a tenth of the time that it takes on a disk, or less.
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM: Final = 4 * 2**30  #: bytes that must be free in memory; its log may grow so far


class DatabaseServer:
    """The server of a test run, with a template that holds the schema and no rows."""

    def __init__(self, directory: Path, urls: Urls) -> None:
        self.directory = directory
        self.urls = urls
        self._numbers = count(1)
        self._connection = psycopg2.connect(_address(self.urls.administrator, "postgres"))
        self._connection.autocommit = True

    def copy(self, template: str = TEMPLATE) -> "Database":
        """A fresh database, a copy of the template's files.

        Args:
            template: name of a database without connections, as `Database.name` gives it.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        self._run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        self._run(f"GRANT CONNECT ON DATABASE {name} TO {', '.join(LOGINS)}")
        self._run(f"GRANT TEMPORARY ON DATABASE {name} TO {OWNER}, {WRITER}")
        return Database(name=name, urls=self.urls)

    def drop(self, database: "Database") -> None:
        """Remove a copy, whoever is still connected."""
        database.disconnect()
        self._run(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    def disconnect(self) -> None:
        """Close the connection that makes the copies."""
        self._connection.close()

    def _run(self, statement: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database with its addresses and an engine for each login, made on first use."""

    name: str
    urls: Urls

    @property
    def owner_url(self) -> str:
        return _address(self.urls.owner, self.name)

    @property
    def writer_url(self) -> str:
        return _address(self.urls.writer, self.name)

    @property
    def portal_url(self) -> str:
        return _address(self.urls.portal, self.name)

    @property
    def administrator_url(self) -> str:
        return _address(self.urls.administrator, self.name)

    @property
    def own_urls(self) -> Urls:
        """The addresses of this database, as `db.urls.resolve_urls` would give them."""
        return Urls(
            owner=self.owner_url,
            writer=self.writer_url,
            portal=self.portal_url,
            administrator=self.administrator_url,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which a program of ours uses this database."""
        return {
            "METERGLASS_DATABASE_URL_OWNER": self.owner_url,
            "METERGLASS_DATABASE_URL_WRITER": self.writer_url,
            "METERGLASS_DATABASE_URL_PORTAL": self.portal_url,
        }

    @cached_property
    def owner(self) -> Engine:
        return make_engine(self.owner_url)

    @cached_property
    def writer(self) -> Engine:
        return make_engine(self.writer_url)

    @cached_property
    def portal(self) -> Engine:
        return make_engine(self.portal_url)

    @cached_property
    def administrator(self) -> Engine:
        return make_engine(self.administrator_url)

    def disconnect(self) -> None:
        """Close the connections of all engines that were used."""
        for name in ("owner", "writer", "portal", "administrator"):
            engine = self.__dict__.get(name)
            if isinstance(engine, Engine):
                engine.dispose()

    @contextmanager
    def as_owner(self) -> Iterator[Connection]:
        """A transaction of the owner."""
        with owner_transaction(self.owner) as connection:
            yield connection

    @contextmanager
    def as_writer(self, *client_ids: int) -> Iterator[Connection]:
        """A transaction of the writer for the clients."""
        with writer_transaction(self.writer, client_ids) as connection:
            yield connection

    @contextmanager
    def as_viewer(
        self, session_hash: bytes, client_id: int | None, database_role: str = "meterglass_client"
    ) -> Iterator[Connection]:
        """A transaction of the portal for a session and a client."""
        with portal_transaction(
            self.portal, session_hash=session_hash, client_id=client_id, database_role=database_role
        ) as connection:
            yield connection

    def client(self, slug: str, *, zone: str = "Europe/Amsterdam") -> int:
        """A new client; its id."""
        with self.as_owner() as connection:
            return _number(
                connection,
                "INSERT INTO billing.client (slug, name, zone, locale, country) "
                "VALUES (:slug, :slug, :zone, 'en_GB', 'NL') RETURNING client_id",
                slug=slug,
                zone=zone,
            )

    def person(self, email: str, role: str, *client_ids: int) -> int:
        """A new person with a role, tied to clients; its id."""
        with self.as_owner() as connection:
            person_id = _number(
                connection,
                "INSERT INTO auth.person (email, name, role, must_change_password) "
                "VALUES (:email, :email, :role, false) RETURNING person_id",
                email=email,
                role=role,
            )
            for client_id in client_ids:
                connection.execute(
                    text(
                        "INSERT INTO auth.person_client (client_id, person_id) "
                        "VALUES (:client, :person)"
                    ),
                    {"client": client_id, "person": person_id},
                )
        return person_id

    def session(self, person_id: int) -> bytes:
        """The hash of a new live session of a person."""
        session_hash = os.urandom(32)
        with self.as_owner() as connection:
            connection.execute(
                text(
                    "INSERT INTO auth.session (session_hash, person_id, idle_expires_at, "
                    "expires_at) VALUES (:hash, :person, now() + interval '30 minutes', "
                    "now() + interval '12 hours')"
                ),
                {"hash": session_hash, "person": person_id},
            )
        return session_hash


@contextmanager
def running_server() -> Iterator[DatabaseServer]:
    """The server of the environment variable TEST_DATABASE_URL, or else one of our own.

    The variable holds an administrator's address without a database: so the tests run on another
    version of PostgreSQL. They make their roles and databases there.
    """
    address = os.environ.get("TEST_DATABASE_URL")
    if address is None:
        with own_server() as server:
            yield server
        return
    urls = urls_on(make_url(address))
    create_database(urls)
    server = DatabaseServer(Path(), urls)
    yield server
    server.disconnect()


def urls_on(administrator: URL) -> Urls:
    """Addresses on a server, with new passwords for our logins."""

    def address(login: str) -> str:
        url = administrator.set(username=login, password=secrets.token_urlsafe(), database=TEMPLATE)
        return url.render_as_string(hide_password=False)

    own = administrator.set(database=TEMPLATE).render_as_string(hide_password=False)
    return Urls(
        owner=address(OWNER), writer=address(WRITER), portal=address(PORTAL), administrator=own
    )


@contextmanager
def own_server() -> Iterator[DatabaseServer]:
    """A server in a folder of its own, gone afterwards with the folder.

    The folder is not pytest's: PostgreSQL's account could not enter that one. It is in memory where
    there is room.
    """
    in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="meterglass-test-", dir=MEMORY if in_memory else None))
    folder.chmod(0o711)
    embedded = EmbeddedServer(folder, forgetful=True)
    try:
        urls = embedded.start()
        create_database(urls)
        server = DatabaseServer(folder, urls)
        yield server
        server.disconnect()
    finally:
        embedded.stop()
        shutil.rmtree(folder)


def _number(connection: Connection, statement: str, **values: object) -> int:
    number: int = connection.execute(text(statement), values).scalar_one()
    return number


def _address(url: str | None, database: str) -> str:
    assert url is not None
    parsed: URL = make_url(url)
    return parsed.set(database=database).render_as_string(hide_password=False)


def until_it_waits(database: Database, is_under_way: Callable[[], bool]) -> None:
    """Wait until what is under way waits for a lock.

    Raises:
        AssertionError: it ended without.
    """
    waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
    found = False
    while not found:
        assert is_under_way(), "nothing waited for a lock"
        time.sleep(0.01)
        with database.as_owner() as connection:
            found = bool(connection.execute(waiting).scalar_one())


def until_alone(database: Database) -> None:
    """Wait until nobody but the test is connected to its database.

    A server goes on for a moment with what a killed client sent last, a COMMIT among it.
    """
    others = text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid())"
    )
    database.disconnect()
    alone = database.administrator.execution_options(isolation_level="AUTOCOMMIT")
    with alone.connect() as connection:
        while connection.execute(others).scalar_one():
            time.sleep(0.01)


def portal_connections(administrator: Engine) -> int:
    """How many connections the portal's login holds to the database that is asked."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = 'meterglass_portal' AND datname = current_database()"
    )
    with administrator.connect() as connection:
        return int(connection.execute(asked).scalar_one())
