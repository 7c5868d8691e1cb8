"""What of a demo is in the database: asked before one is loaded or brought up to date."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

_CLIENTS = text("SELECT slug, is_demo FROM billing.client ORDER BY slug")
_FILES = text("""
    SELECT run.file_name
    FROM billing.ingest_run run JOIN billing.client USING (client_id)
    WHERE client.is_demo AND run.finished_at IS NOT NULL
    ORDER BY run.file_name
""")
_NEWEST = text("SELECT max(issued_at) FROM billing.invoice WHERE client_id = :client")
_MESSAGES = text("SELECT submission FROM billing.question_message")
_LINE = text("""
    SELECT c.client_id, i.number, l.line_number AS line
    FROM billing.client c JOIN billing.invoice i USING (client_id)
    JOIN billing.invoice_line l USING (client_id, invoice_id)
    WHERE c.slug = :client AND i.billing_period = :month AND l.price_code = :price
      AND i.corrects_invoice_id IS NULL AND l.adjusts_period IS NULL
    ORDER BY i.chain_position, l.line_number LIMIT 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsHeld:
    """The clients of a database, by slug."""

    demo: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineNamed:
    """A line of an issued document."""

    client_id: int
    number: str  #: of the document
    line: int


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


def newest_issue(connection: Connection, client_id: int) -> datetime | None:
    """Give the instant at which a client's newest document was issued; None before the first."""
    newest: datetime | None = connection.execute(_NEWEST, {"client": client_id}).scalar_one()
    return newest and newest.astimezone(UTC)


def messages_held(connection: Connection) -> frozenset[UUID]:
    """Give the submissions of all that was said about documents."""
    return frozenset(connection.execute(_MESSAGES).scalars())


def line_named(connection: Connection, client: str, month: date, price: str) -> LineNamed | None:
    """Give the first line of a price on the document of a month; None while there is none.

    Args:
        connection: of the owner.
        client: slug.
        month: by its first day.
        price: code.
    """
    row = connection.execute(_LINE, {"client": client, "month": month, "price": price}).first()
    return (
        None
        if row is None
        else LineNamed(client_id=row.client_id, number=row.number, line=row.line)
    )
