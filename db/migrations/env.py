"""How alembic runs the migrations: on the connection that `db.migrate` hands over."""

from alembic import context

from db.migrate import VERSION_SCHEMA, VERSION_TABLE
from db.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_schemas=True,
    include_name=lambda name, kind, _parents: kind != "schema" or name in {"billing", "auth"},
    version_table=VERSION_TABLE,
    version_table_schema=VERSION_SCHEMA,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
