"""What the doors of the portal's process share: its settings, its engine, its cookies."""

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from functools import cache
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from db.engine import make_engine
from db.faults import StartFault
from db.settings import Settings, load_settings
from db.trouble import database_trouble
from db.urls import resolve_urls

#: The cookie that opens a session: over TLS, and over HTTP on the loopback address.
SESSION_COOKIES: Final = {True: "__Host-meterglass", False: "meterglass"}
#: The cookie that binds a ticket to the browser in which the password was typed.
BROWSER_COOKIES: Final = {True: "__Host-meterglass-browser", False: "meterglass-browser"}
#: A token's length as text: 32 random bytes, base64url without padding.
TOKEN_LENGTH: Final = 43

#: A screen waits for its turn, for a connection or a lock, this part of the time for an answer.
TURNS: Final = 3

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@cache
def settings() -> Settings:
    """The process's settings, read once from the environment."""
    return load_settings()


@cache
def portal_engine() -> Engine:
    """The portal's one pool of connections.

    Raises:
        StartFault: no address is set for the portal's login.
    """
    url = resolve_urls(settings()).portal
    if url is None:
        raise StartFault("METERGLASS_DATABASE_URL_PORTAL is not set: the portal needs its login.")
    seconds = settings().database_seconds
    return make_engine(
        url,
        pool_size=settings().database_connections,
        pool_seconds=seconds / TURNS,
        statement_timeout_ms=seconds * 1000,
        lock_timeout_ms=seconds * 1000 // TURNS,
    )


def open_connections() -> None:
    """Open all connections that the pool keeps: nobody's page waits for one to be opened.

    Where the database gives fewer, the rest are opened when they are wanted.
    """
    with suppress(OperationalError), ExitStack() as lent:
        for _ in range(settings().database_connections):
            lent.enter_context(portal_engine().connect())


def behind_tls() -> bool:
    """Whether browsers reach the portal by HTTPS: METERGLASS_PUBLIC_URL says so."""
    return (settings().public_url or "").startswith("https://")


def token_hash(cookies: Mapping[str, str], names: Mapping[bool, str]) -> bytes | None:
    """The SHA-256 of the token in one of our cookies; None without one of the right form."""
    token = cookies.get(names[behind_tls()], "")
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    return hashlib.sha256(token.encode("ascii")).digest()


def principal_of(session_hash: bytes) -> str:
    """What names a session inside the process: a hash of its hash, which opens nothing."""
    return hashlib.sha256(session_hash).hexdigest()


def database_is_away(error: BaseException) -> bool:
    """Whether an error passes: the database can't be reached, is too slow or takes no change."""
    return database_trouble(error) is not None
