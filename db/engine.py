"""How the programs connect."""

import os
from typing import Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError

from db.faults import StartFault
from db.patience import patient
from db.trouble import REFUSES_CHANGES

CONNECT_SECONDS: Final = 5
#: How much later than the server should have given a statement up it is given up here.
GRACE_SECONDS: Final = 5
#: A host that is gone without a word is noticed within half a minute.
_KEEPALIVE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
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


def make_engine(
    url: str | URL,
    *,
    pool_size: int = 5,
    pool_seconds: float = 10,
    statement_timeout_ms: int = 0,
    lock_timeout_ms: int = 0,
) -> Engine:
    """An engine whose pool tests each connection before lending it.

    Args:
        url: address of the database with login and password.
        pool_size: connections kept open; as many again may be opened for a while.
        pool_seconds: longest wait for a free connection.
        statement_timeout_ms: longest time for one statement, milliseconds; 0 is no limit. A
            server that doesn't keep to it is left some seconds later.
        lock_timeout_ms: longest time for one lock, milliseconds; 0 is no limit.

    Raises:
        StartFault: it is not the address of a PostgreSQL database.
    """
    settings = f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={lock_timeout_ms}"
    patience = statement_timeout_ms / 1000 + GRACE_SECONDS if statement_timeout_ms else 0
    engine = create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=pool_seconds,
        hide_parameters=True,
        connect_args={
            "options": f"{settings} -c timezone=UTC -c jit=off",
            "connect_timeout": CONNECT_SECONDS,
            "connection_factory": patient(patience),
            "application_name": "meterglass",
            **_KEEPALIVE,
        },
    )
    event.listen(engine, "handle_error", _leave_what_refuses_changes)
    return engine


def _leave_what_refuses_changes(context: ExceptionContext) -> None:
    """Connect anew after a refused change: the server may have handed its place to another one."""
    original = context.original_exception
    if getattr(original, "pgcode", None) == REFUSES_CHANGES:
        context.is_disconnect = True
