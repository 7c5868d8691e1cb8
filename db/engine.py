"""How the programs connect."""

import os
from typing import Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.faults import StartFault

CONNECT_SECONDS: Final = 5
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PLACES: Final = ("host", "hostaddr")


def driver_url(url: str | URL) -> URL:
    """The address with the driver spelled out: `postgresql://…` becomes `postgresql+psycopg2://…`.

    A database on another machine is reached by TLS and its certificate is checked, unless the
    address says otherwise: `?sslmode=…`.

    Raises:
        StartFault: it is not the address of a PostgreSQL database.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = "a database address must look like postgresql://login:password@host:port/name."
        raise StartFault(message) from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        message = f"a database address must begin with postgresql://, not {parsed.drivername}://."
        raise StartFault(message)
    parsed = parsed.set(drivername="postgresql+psycopg2")
    return parsed.update_query_dict({"sslmode": "verify-full"}) if _is_far(parsed) else parsed


def _is_far(url: URL) -> bool:
    """Whether a database is on another machine, by an address that says nothing of TLS."""
    if "sslmode" in url.query or "PGSSLMODE" in os.environ:
        return False
    surroundings = {name: os.environ.get(f"PG{name}".upper(), "") for name in _PLACES}
    named = [url.query.get(name) or surroundings[name] for name in _PLACES]
    hosts = {str(host) for host in (url.host, *named) if host}
    return any(not host.startswith("/") and host not in _THIS_MACHINE for host in hosts)


def make_engine(url: str | URL, *, pool_size: int = 5, statement_timeout_ms: int = 0) -> Engine:
    """An engine whose pool tests each connection before lending it.

    Args:
        url: address of the database with login and password.
        pool_size: connections kept open; as many again may be opened for a while.
        statement_timeout_ms: longest time for one statement, milliseconds; 0 is no limit.

    Raises:
        StartFault: it is not the address of a PostgreSQL database.
    """
    settings = f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC -c jit=off"
    return create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        hide_parameters=True,
        connect_args={
            "options": settings,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "meterglass",
        },
    )
