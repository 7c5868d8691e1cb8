"""Transactions of the three logins: the only places where a connection learns for whom it works."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from db.roles import CLIENT, MSP

#: All that a screen shows is of one state of the database, and of one look at the session; the
#: driver would say so, and take it back, in questions of their own. Plans that are kept are for any
#: values. And no table is read from end to end where an index helps: each policy looks the session
#: up, which among few seems as cheap without the index, but works the hash out anew for each.
_PORTAL_SETTINGS = text(
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; "
    "SELECT set_config('meterglass.session', :session, true), "
    "set_config('meterglass.client', :client, true), "
    "set_config('plan_cache_mode', 'force_generic_plan', true), "
    "set_config('enable_seqscan', 'off', true), set_config('role', :role, true)"
)
_WRITER_SETTINGS = text("SELECT set_config('meterglass.clients', :clients, true)")
_ROLES = frozenset({CLIENT, MSP})
_ONE_STATE = "REPEATABLE READ"


@contextmanager
def portal_transaction(
    engine: Engine, *, session_hash: bytes, client_id: int | None, database_role: str
) -> Iterator[Connection]:
    """A transaction that sees one client's rows, if the session is live and may see that client.

    The role and the settings end with the transaction, so the pool never lends them on.

    Args:
        engine: the portal's engine.
        session_hash: SHA-256 of the session's secret.
        client_id: the chosen client; None sees no client's rows.
        database_role: `meterglass_client` or `meterglass_msp`.

    Raises:
        KeyError: for another role.
    """
    if database_role not in _ROLES:
        raise KeyError(database_role)
    settings = {
        "session": session_hash.hex(),
        "client": "" if client_id is None else str(client_id),
        "role": database_role,
    }
    with engine.begin() as connection:
        connection.execute(_PORTAL_SETTINGS, settings)
        yield connection


@contextmanager
def sign_in_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction of the portal's login itself, which may only call functions of `auth`."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def writer_transaction(
    engine: Engine, client_ids: Iterable[int], *, of_one_state: bool = False
) -> Iterator[Connection]:
    """A transaction that sees and writes the rows of the declared clients.

    Args:
        engine: the writer's engine.
        client_ids: the clients; without any, no row is seen.
        of_one_state: whether all that it reads is of one state of the database.
    """
    clients = ",".join(str(client_id) for client_id in sorted(set(client_ids)))
    options = {"isolation_level": _ONE_STATE} if of_one_state else {}
    with engine.execution_options(**options).begin() as connection:
        connection.execute(_WRITER_SETTINGS, {"clients": clients})
        yield connection


@contextmanager
def owner_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction of the owner, who sets up everything but changes no append-only row."""
    with engine.begin() as connection:
        yield connection
