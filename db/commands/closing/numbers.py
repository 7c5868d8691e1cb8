"""Numbers of documents: one series for a client and year, and a place in its chain."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, text

#: The row stays locked until the document is there: who comes second waits, and gets the next one.
#: If this transaction is rolled back, its number was never given.
_NEXT: Final = text(
    """
    WITH given AS (
        INSERT INTO billing.invoice_counter AS c (client_id, series_year, last_number)
        VALUES (:client, :year, 1)
        ON CONFLICT (client_id, series_year) DO UPDATE SET last_number = c.last_number + 1
        RETURNING last_number)
    SELECT g.last_number, i.chain_position, i.manifest_hash
    FROM given g LEFT JOIN LATERAL (
        SELECT n.chain_position, n.manifest_hash FROM billing.invoice n
        WHERE n.client_id = :client ORDER BY n.chain_position DESC LIMIT 1) i ON true
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The number and the place of the next document of a client."""

    number: str  #: like HARB-2026-0007
    position: int  #: in the client's chain of documents, from 1
    previous: bytes | None  #: hash of the manifest before it; None: it is the first


def next_place(connection: Connection, client_id: int, prefix: str, issued_on: date) -> Place:
    """Give the next document of a client its number, and its place in the chain.

    Args:
        connection: the transaction that issues the document.
        client_id: whose series.
        prefix: what its numbers begin with.
        issued_on: the day of issue in the client's zone; its year is that of the series.
    """
    year = issued_on.year
    row = connection.execute(_NEXT, {"client": client_id, "year": year}).one()
    return Place(
        number=f"{prefix}-{year}-{row.last_number:04d}",
        position=(row.chain_position or 0) + 1,
        previous=None if row.manifest_hash is None else bytes(row.manifest_hash),
    )
