"""What of a demo is in the database: asked before one is loaded or brought up to date."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

_CLIENTS = text("SELECT slug, is_demo FROM billing.client ORDER BY slug")
_FILES = text("""
    SELECT run.file_name
    FROM billing.ingest_run run JOIN billing.client USING (client_id)
    WHERE client.is_demo AND run.finished_at IS NOT NULL
    ORDER BY run.file_name
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsHeld:
    """The clients of a database, by slug."""

    demo: tuple[str, ...]
    other: tuple[str, ...]


def clients_held(connection: Connection) -> ClientsHeld:
    """Give the clients that are made up and those that are not."""
    rows = connection.execute(_CLIENTS).all()
    return ClientsHeld(
        demo=tuple(row.slug for row in rows if row.is_demo),
        other=tuple(row.slug for row in rows if not row.is_demo),
    )


def finished_files(connection: Connection) -> tuple[str, ...]:
    """Give the names of the files of demo clients that were taken in to their end."""
    return tuple(connection.execute(_FILES).scalars())
