"""What was refused, corrected and resold.

A correction may arrive before what it corrects; hours of usage are checked once per statement;
refused records say what became of them, also those of posts and of clients that nobody set up;
what the MSP pays has a table that no client reads. All of it stands in the SQL file of the same
name.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema and bring its rows along."""
    statements = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(statements, execution_options={"no_parameters": True})
