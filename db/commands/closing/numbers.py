"""Numbers of documents: one series for a client and year, without a gap."""

from datetime import date
from typing import Final

from sqlalchemy import Connection, text

#: The row stays locked until the document is there: who comes second waits, and gets the next one.
#: If this transaction is rolled back, its number was never given.
_NEXT: Final = text(
    """
    INSERT INTO billing.invoice_counter AS c (client_id, series_year, last_number)
    VALUES (:client, :year, 1)
    ON CONFLICT (client_id, series_year) DO UPDATE SET last_number = c.last_number + 1
    RETURNING last_number
    """
)


def next_number(connection: Connection, client_id: int, prefix: str, issued_on: date) -> str:
    """Give the next number of a client's series, like HARB-2026-0007.

    Args:
        connection: the transaction that issues the document.
        client_id: whose series.
        prefix: what its numbers begin with.
        issued_on: the day of issue in the client's zone; its year is that of the series.
    """
    year = issued_on.year
    number = connection.execute(_NEXT, {"client": client_id, "year": year}).scalar_one()
    return f"{prefix}-{year}-{number:04d}"
