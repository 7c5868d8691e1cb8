"""The first schema: tables, functions, row-level security, grants and triggers.

The tables stand in the SQL file of the same name; the statements of `db.functions`,
`db.sign_in_functions` and `db.policies` are those of this version. A later migration that changes
a table, a policy or a function carries its own statements.
"""

from pathlib import Path

from alembic import op

from db.functions import FUNCTIONS
from db.policies import protection
from db.sign_in_functions import SIGN_IN_FUNCTIONS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything."""
    tables = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind()
    for statement in (tables, *FUNCTIONS, *SIGN_IN_FUNCTIONS, *protection()):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
