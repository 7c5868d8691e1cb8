"""Whether the database that answers is safe to serve a portal from."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import Row

from billing_core.faults import Fault

OLDEST: Final = {15: 14, 16: 10, 17: 6}
"""Per major version the first minor one that does not leak rows past row-level security."""
OLDEST_MAJOR: Final = 15

_LOGIN: Final = text("""
SELECT session_user AS name, r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolinherit
FROM pg_roles r WHERE r.rolname = session_user
""")
_OWNED: Final = text("""
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('billing', 'auth') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND pg_has_role(session_user, c.relowner, 'MEMBER')
ORDER BY 1 LIMIT 1
""")
_WRITABLE: Final = text("""
SELECT format('%I.%I', n.nspname, c.relname) AS name, r.rolname AS role
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles r ON pg_has_role(session_user, r.oid, 'MEMBER')
WHERE n.nspname IN ('billing', 'auth') AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
       OR has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))
ORDER BY 1, 2 LIMIT 1
""")
_UNPROTECTED: Final = text("""
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relrowsecurity, c.relforcerowsecurity,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('billing', 'auth') AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_version'
ORDER BY 1
""")
_VIEWS: Final = text("""
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('billing', 'auth')
  AND (c.relkind IN ('m', 'f') OR c.relkind = 'v'
       AND NOT coalesce(c.reloptions, '{}')
               && ARRAY['security_invoker=true', 'security_invoker=on'])
ORDER BY 1
""")


def check_portal_login(engine: Engine) -> tuple[Fault, ...]:
    """What makes the portal's login too strong; nothing if it is fit.

    Args:
        engine: connects with the login that the portal would use.
    """
    with engine.connect() as connection:
        return (*_attribute_faults(connection), *_reach_faults(connection))


def check_protection(engine: Engine) -> tuple[Fault, ...]:
    """What is open in the schema: tables without forced policies, views that bypass them.

    Args:
        engine: connects with any login; the catalogue is open to all.
    """
    with engine.connect() as connection:
        tables = connection.execute(_UNPROTECTED).all()
        views = connection.execute(_VIEWS).all()
        old = oldest_fault(_version(connection))
    faults = [fault for row in tables for fault in _table_faults(row)]
    faults += [Fault(where=row.name, message="runs with its owner's rights.") for row in views]
    if not tables:
        faults.append(Fault(where="schema", message="there are no tables of Meterglass."))
    return (*faults, *([old] if old else []))


def oldest_fault(server_version: int) -> Fault | None:
    """The fault of a server that is too old.

    Args:
        server_version: as PostgreSQL gives it: 150018 is 15.18.
    """
    major, minor = divmod(server_version, 10000)
    if major < OLDEST_MAJOR:
        return Fault(where="server", message=f"PostgreSQL {major} is too old; 15 is needed.")
    if minor < OLDEST.get(major, 0):
        needed = f"{major}.{OLDEST[major]}"
        message = f"PostgreSQL {major}.{minor} lets rows past its policies; {needed} is needed."
        return Fault(where="server", message=message)
    return None


def _version(connection: Connection) -> int:
    version: int = connection.execute(text("SHOW server_version_num")).scalar_one()
    return int(version)


def _attribute_faults(connection: Connection) -> Iterator[Fault]:
    login = connection.execute(_LOGIN).one()
    wrong = (
        (login.rolsuper, "is a superuser, whom no policy binds."),
        (login.rolbypassrls, "may bypass row-level security."),
        (login.rolcreaterole, "may create roles."),
        (login.rolinherit, "inherits the rights of its roles; it must be NOINHERIT."),
    )
    return (Fault(where=login.name, message=message) for is_wrong, message in wrong if is_wrong)


def _reach_faults(connection: Connection) -> Iterator[Fault]:
    login = connection.execute(_LOGIN).one().name
    owned = connection.execute(_OWNED).scalar_one_or_none()
    if owned is not None:
        yield Fault(where=login, message=f"owns {owned}; the portal's login must own nothing.")
    writable = connection.execute(_WRITABLE).one_or_none()
    if writable is not None:
        message = f"may write {writable.name} (as {writable.role}); it must only read."
        yield Fault(where=login, message=message)


def _table_faults(row: Row[tuple[str, bool, bool, int]]) -> Iterator[Fault]:
    if not row.relrowsecurity:
        yield Fault(where=row.name, message="row-level security is off.")
    elif not row.relforcerowsecurity:
        yield Fault(where=row.name, message="row-level security does not bind the owner.")
    if row.policies == 0:
        yield Fault(where=row.name, message="has no policy.")
