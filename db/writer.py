"""The writer's login in a process that takes posts: its engine, and what must be true of it."""

from functools import cache
from typing import Final

from sqlalchemy import Engine, text

from billing_core.faults import Fault
from db.engine import make_engine
from db.faults import StartFault
from db.migrate import require_expected_version
from db.portal import settings
from db.safety import check_protection
from db.urls import resolve_urls

#: Connections kept open for posts; as many again for a while.
POOL_SIZE: Final = 4
#: The longest that a statement of a post may run, milliseconds.
STATEMENT_TIMEOUT_MS: Final = 30_000

_LOGIN: Final = text(
    """
    SELECT session_user AS name, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
        EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('billing', 'auth')
                  AND pg_has_role(session_user, c.relowner, 'MEMBER')) AS owns,
        EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'billing' AND c.relname = 'usage_event'
                  AND has_table_privilege(c.oid, 'INSERT')) AS records
    FROM pg_roles r WHERE r.rolname = session_user
    """
)


@cache
def writer_engine() -> Engine | None:
    """This process's one pool of the writer's connections; None where no address is set."""
    url = resolve_urls(settings()).writer
    if url is None:
        return None
    return make_engine(url, pool_size=POOL_SIZE, statement_timeout_ms=STATEMENT_TIMEOUT_MS)


def check_writer_login(engine: Engine) -> tuple[Fault, ...]:
    """What makes a login unfit to take posts; nothing if it is fit.

    Args:
        engine: connects with the login that posts would be recorded with.
    """
    with engine.connect() as connection:
        login = connection.execute(_LOGIN).one()
    wrong = (
        (login.rolsuper, "is a superuser, whom no policy binds."),
        (login.rolbypassrls, "may bypass row-level security."),
        (login.rolcreaterole, "may create roles."),
        (login.owns, "owns tables; posts are recorded with the writer's login."),
        (not login.records, "may not record usage; posts need the writer's login."),
    )
    return tuple(Fault(where=login.name, message=message) for fault, message in wrong if fault)


def require_safe_writer(engine: Engine) -> None:
    """Refuse to take posts with an unfit login, or into another version of the schema.

    Raises:
        StartFault: with the first thing that is wrong, and what to do.
    """
    faults = check_writer_login(engine)
    if faults:
        raise StartFault(f"{faults[0].where}: {faults[0].message}")
    require_expected_version(engine)
    faults = check_protection(engine)
    if faults:
        raise StartFault(f"{faults[0].where}: {faults[0].message}")
