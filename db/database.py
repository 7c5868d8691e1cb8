"""Making the database: what only an administrator can do, then the schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Raw  # noqa: N812 - the driver's connection is a class
from psycopg2.extensions import encrypt_password
from sqlalchemy.engine import URL, make_url

from db.embedded import Urls
from db.engine import driver_url, make_engine
from db.faults import StartFault, unreachable
from db.migrate import upgrade_on
from db.roles import CLIENT, MSP, OWNER, PORTAL, WRITER
from db.safety import check_portal_login, check_protection, oldest_fault

__all__ = [
    "SCHEMAS",
    "LoginPasswords",
    "check_portal_login",
    "check_protection",
    "create_database",
    "existing_logins",
    "make_database",
    "prepare",
    "reachable",
]

SCHEMAS: Final = ("billing", "auth")
LOCK: Final = 20_261_001
"""Number of the lock under which one program at a time makes the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPasswords:
    """Passwords to give to the three logins; None leaves the one that is there."""

    owner: str | None = None
    writer: str | None = None
    portal: str | None = None

    @classmethod
    def of(cls, urls: Urls) -> "LoginPasswords":
        """The passwords that stand in the addresses.

        Raises:
            StartFault: an address names another login than its own.
        """
        return cls(
            owner=_password(urls.owner, OWNER),
            writer=_password(urls.writer, WRITER),
            portal=_password(urls.portal, PORTAL),
        )


def create_database(urls: Urls) -> None:
    """Make roles, database, schemas and grants, then bring the schema to the expected version.

    Twice changes nothing but the passwords, which become those of the addresses.

    Args:
        urls: addresses of one database; the administrator's is needed.

    Raises:
        StartFault: the server is unreachable, too old, or the administrator may not do it.
    """
    if urls.administrator is None:
        message = "making the database needs the administrator's address."
        raise StartFault(message)
    make_database(make_url(urls.administrator), LoginPasswords.of(urls))


def make_database(administrator: URL, passwords: LoginPasswords) -> None:
    """Like `create_database`, with the logins' passwords given apart.

    Two programs that do it at the same time do it one after the other.
    """
    with reachable(administrator.set(database="postgres")) as maintenance:
        _run(maintenance, f"SELECT pg_advisory_lock({LOCK})")
        prepare(maintenance, administrator, passwords)
        engine = make_engine(administrator)
        try:
            with engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
                upgrade_on(connection)
        finally:
            engine.dispose()


def prepare(maintenance: Raw, administrator: URL, passwords: LoginPasswords) -> None:
    """Make what only an administrator can: roles, database, schemas, extension, rights to connect.

    Args:
        maintenance: the administrator's connection to the database `postgres`.
        administrator: address of the database to make, with the administrator's login.
        passwords: what the logins' passwords become.
    """
    database = administrator.database or "meterglass"
    _require_new_enough(maintenance)
    _make_logins(maintenance, passwords)
    for role in (CLIENT, MSP):
        _make_role(maintenance, role, "NOLOGIN")
    _run(maintenance, "GRANT {}, {} TO {}", CLIENT, MSP, PORTAL)
    _run(maintenance, "GRANT {} TO CURRENT_USER", OWNER)
    if not _exists(maintenance, "SELECT FROM pg_database WHERE datname = %s", database):
        _run(maintenance, "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", database)
    with reachable(administrator.set(database=database)) as inside:
        _open_database(inside, database)


def existing_logins(administrator: URL) -> tuple[str, ...]:
    """Which of the three logins exist on the administrator's server."""
    question = "SELECT FROM pg_roles WHERE rolname = %s"
    with reachable(administrator.set(database="postgres")) as maintenance:
        return tuple(
            role for role in (OWNER, WRITER, PORTAL) if _exists(maintenance, question, role)
        )


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


def _make_logins(administrator: Raw, passwords: LoginPasswords) -> None:
    _make_role(administrator, OWNER, "LOGIN")
    _make_role(administrator, WRITER, "LOGIN")
    _make_role(administrator, PORTAL, "LOGIN NOINHERIT")
    _set_password(administrator, OWNER, passwords.owner)
    _set_password(administrator, WRITER, passwords.writer)
    _set_password(administrator, PORTAL, passwords.portal)


def _make_role(administrator: Raw, role: str, attributes: str) -> None:
    known = _exists(administrator, "SELECT FROM pg_roles WHERE rolname = %s", role)
    _run(administrator, f"{'ALTER' if known else 'CREATE'} ROLE {{}} {attributes}", role)


def _set_password(administrator: Raw, role: str, password: str | None) -> None:
    """Set the password by its verifier: its plain text reaches neither the server nor its log."""
    if password is None:
        return
    verifier = encrypt_password(password, role, administrator, "scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    with administrator.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))


def _password(url: str | None, login: str) -> str | None:
    if url is None:
        return None
    parsed = driver_url(url)
    if parsed.username != login:
        message = f"the address for {login} names the login {parsed.username}; it must be {login}."
        raise StartFault(message)
    return parsed.password


def _require_new_enough(connection: Raw) -> None:
    fault = oldest_fault(connection.server_version)
    if fault is not None:
        raise StartFault(fault.message)


def _run(connection: Raw, statement: str, *names: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _exists(connection: Raw, question: str, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, (name,))
        return cursor.fetchone() is not None


@contextmanager
def reachable(url: URL) -> Iterator[Raw]:
    """A connection that commits each statement; its refusals become one sentence.

    Raises:
        StartFault: nobody answers, the password is wrong, or a right is missing.
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = psycopg2.connect(address, connect_timeout=5)
    except psycopg2.OperationalError as fault:
        raise unreachable(fault) from fault
    connection.autocommit = True
    try:
        yield connection
    except psycopg2.errors.InsufficientPrivilege as fault:
        message = f"{url.username} may not prepare the database: {fault.diag.message_primary}."
        raise StartFault(message) from fault
    finally:
        connection.close()
