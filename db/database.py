"""Making the database, and checking that what is there is safe to serve."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Raw  # noqa: N812 - the driver's own connection, not SQLAlchemy's
from psycopg2.extensions import encrypt_password
from sqlalchemy.engine import URL, make_url

from db.embedded import Urls
from db.faults import StartFault
from db.migrate import upgrade
from db.roles import CLIENT, MSP, OWNER, PORTAL, WRITER

OLDEST_SERVER: Final = 150000
SCHEMAS: Final = ("billing", "auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPasswords:
    """Passwords to give to the three logins; None leaves the one that is there."""

    owner: str | None
    writer: str | None
    portal: str | None


def create_database(urls: Urls) -> None:
    """Make roles, database, schemas and grants as the administrator, then migrate as the owner.

    Twice changes nothing but the passwords, which become those of the addresses.

    Args:
        urls: addresses of one database; the administrator's and the owner's are needed.

    Raises:
        StartFault: the server is unreachable, too old, or the administrator may not do it.
    """
    if urls.administrator is None or urls.owner is None:
        message = "making the database needs the administrator's and the owner's address."
        raise StartFault(message)
    administrator = make_url(urls.administrator)
    passwords = LoginPasswords(
        owner=make_url(urls.owner).password,
        writer=make_url(urls.writer).password if urls.writer else None,
        portal=make_url(urls.portal).password if urls.portal else None,
    )
    prepare(administrator, passwords)
    upgrade(urls.owner)


def prepare(administrator: URL, passwords: LoginPasswords) -> None:
    """Make what only an administrator can: roles, database, schemas, extension, rights to connect."""
    database = administrator.database or "meterglass"
    with _connected(administrator.set(database="postgres")) as maintenance:
        _require_new_enough(maintenance)
        for role, password in (
            (OWNER, passwords.owner),
            (WRITER, passwords.writer),
            (PORTAL, passwords.portal),
        ):
            _make_login(maintenance, role, password)
        for role in (CLIENT, MSP):
            _make_role(maintenance, role)
        _run(maintenance, "GRANT {}, {} TO {}", CLIENT, MSP, PORTAL)
        _run(maintenance, "GRANT {} TO CURRENT_USER", OWNER)
        if not _exists(maintenance, "SELECT FROM pg_database WHERE datname = %s", database):
            _run(maintenance, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database)
    with _connected(administrator.set(database=database)) as inside:
        _open_database(inside, database)


def _open_database(inside: Raw, database: str) -> None:
    _run(inside, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database)
    _run(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _run(inside, "GRANT USAGE ON SCHEMA public TO {}", OWNER)
    _run(inside, "GRANT CONNECT ON DATABASE {} TO {}, {}, {}", database, OWNER, WRITER, PORTAL)
    _run(inside, "GRANT TEMPORARY ON DATABASE {} TO {}, {}", database, OWNER, WRITER)
    _run(inside, "CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public")
    _run(
        inside,
        "ALTER DEFAULT PRIVILEGES FOR ROLE {} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        OWNER,
    )
    for schema in SCHEMAS:
        _run(inside, "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}", schema, OWNER)


def _make_login(administrator: Raw, role: str, password: str | None) -> None:
    _make_role(administrator, role)
    inherits = sql.SQL("NOINHERIT" if role == PORTAL else "INHERIT")
    with administrator.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER ROLE {} LOGIN {}").format(sql.Identifier(role), inherits))
        if password is not None:
            verifier = encrypt_password(password, role, administrator, "scram-sha-256")
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            cursor.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))


def _make_role(administrator: Raw, role: str) -> None:
    if not _exists(administrator, "SELECT FROM pg_roles WHERE rolname = %s", role):
        _run(
            administrator,
            "CREATE ROLE {} NOLOGIN NOINHERIT" if role == PORTAL else "CREATE ROLE {} NOLOGIN",
            role,
        )


def _require_new_enough(connection: Raw) -> None:
    if connection.server_version < OLDEST_SERVER:
        message = f"PostgreSQL {connection.server_version // 10000} is too old; Meterglass needs 15 or newer."
        raise StartFault(message)


def _run(connection: Raw, statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _exists(connection: Raw, question: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, (name,))
        return cursor.fetchone() is not None


@contextmanager
def _connected(url: URL) -> Iterator[Raw]:
    """A connection that commits each statement; its refusals become one sentence."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg2.connect(address, connect_timeout=5)
    except psycopg2.OperationalError as fault:
        message = f"the database at {url.host}:{url.port or 5432} cannot be reached: {str(fault).strip().splitlines()[-1]}"
        raise StartFault(message) from fault
    connection.autocommit = True
    try:
        yield connection
    except psycopg2.errors.InsufficientPrivilege as fault:
        message = f"{url.username} may not prepare the database: {fault.diag.message_primary}."
        raise StartFault(message) from fault
    finally:
        connection.close()
