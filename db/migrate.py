"""The version of the schema: which is there, which is expected, the way from one to the other."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ProgrammingError

from db.engine import make_engine
from db.faults import StartFault

VERSION_TABLE: Final = "schema_version"
VERSION_SCHEMA: Final = "billing"


def expected_version() -> str:
    """The version of the schema that this program is written for."""
    version = ScriptDirectory.from_config(_config()).get_current_head()
    if version is None:
        message = "the folder db/migrations/versions holds no migration"
        raise LookupError(message)
    return version


def current_version(engine: Engine) -> str | None:
    """The version of the schema in the database; None before the first migration."""
    with engine.connect() as connection:
        return version_on(connection)


def version_on(connection: Connection) -> str | None:
    """The version of the schema as seen on a connection."""
    options = {"version_table": VERSION_TABLE, "version_table_schema": VERSION_SCHEMA}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def require_expected_version(engine: Engine) -> None:
    """Refuse to work on another version of the schema.

    Raises:
        StartFault: the versions differ, or the login may not read them; it says what to do.
    """
    try:
        found, expected = current_version(engine), expected_version()
    except ProgrammingError:
        login = f"the login {engine.url.username} has no rights in {engine.url.database}"
        message = f"{login}; use the portal's login, or run: python -m jobs database init."
        raise StartFault(message) from None
    if found == expected:
        return
    if found is None:
        message = "the database has no schema yet; run: python -m jobs database init."
    elif _is_known(found):
        step = "python -m jobs database migrate"
        message = f"the schema is at version {found}, {expected} is needed; run: {step}."
    else:
        raise _unknown(found)
    raise StartFault(message)


def upgrade(url: str) -> None:
    """Bring the schema to the expected version, as the owner, in one transaction.

    Raises:
        StartFault: the database is at a version that this program does not know.
    """
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            upgrade_on(connection)
    finally:
        engine.dispose()


def upgrade_on(connection: Connection, version: str = "head") -> None:
    """Bring the schema to a version within the connection's transaction.

    Args:
        connection: of the owner.
        version: the expected one, unless another is named.
    """
    found = version_on(connection)
    if found is not None and not _is_known(found):
        raise _unknown(found)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _unknown(version: str) -> StartFault:
    return StartFault(f"the schema is at version {version}; install the Meterglass that knows it.")


def _is_known(version: str) -> bool:
    return any(
        script.revision == version
        for script in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
