"""A database as an earlier version of the program left it."""

from sqlalchemy import text

from db.migrate import upgrade_on
from db.roles import OWNER
from tests.support.database import Database


def make_older(database: Database, version: str) -> None:
    """Replace a database's schemas by those of a version, without a row."""
    with database.administrator.begin() as connection:
        connection.execute(text("DROP SCHEMA billing, auth CASCADE"))
        for schema in ("billing", "auth"):
            connection.execute(text(f"CREATE SCHEMA {schema} AUTHORIZATION {OWNER}"))
    with database.owner.begin() as connection:
        upgrade_on(connection, version)
