"""The first schema: tables, functions, row-level security, grants and triggers.

All of it stands in the three SQL files beside this one and never changes; a later migration that
changes a table, a policy or a function carries its own statements.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = ("0001_first_schema.sql", "0001_functions.sql", "0001_protection.sql")


def upgrade() -> None:
    """Make everything."""
    connection = op.get_bind()
    for part in PARTS:
        statements = Path(__file__).with_name(part).read_text(encoding="utf-8")
        connection.exec_driver_sql(statements, execution_options={"no_parameters": True})
