"""Whose document a number names."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

_NUMBERED: Final = text(
    """
    SELECT i.client_id, c.slug AS client, a.code AS agreement
    FROM billing.invoice i JOIN billing.client c USING (client_id)
    JOIN billing.agreement a USING (client_id, agreement_id)
    WHERE i.number = :number ORDER BY c.slug
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A document's client, and the agreement that it bills by."""

    client_id: int
    client: str  #: slug
    agreement: str  #: code


def documents_numbered(connection: Connection, number: str) -> tuple[Numbered, ...]:
    """Give the clients that have a document of a number; it is one, unless prefixes are alike."""
    rows = connection.execute(_NUMBERED, {"number": number}).mappings()
    return tuple(Numbered(**row) for row in rows)
