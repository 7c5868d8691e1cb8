"""What leaves the portal as a file: an issued document by its number, and what is behind it."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from db.queries.issued_documents import IssuedDocument, issued_document
from db.queries.issued_evidence import EventsBehind, events_behind

_NAMED = text("""
    SELECT invoice_id, is_legal, document FROM billing.invoice
    WHERE client_id = :client AND number = :number
""")
#: A number is shorter; anything longer names no document.
LONGEST_NUMBER = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedDocument:
    """A document with all that any form of it says."""

    text: str  #: as it was signed
    is_legal: bool  #: else a statement: another system issues the legal invoice
    issued: IssuedDocument
    behind: EventsBehind


def exported_document(
    connection: Connection, client_id: int, number: str
) -> ExportedDocument | None:
    """Give a client's document by its number; None where it has none of it."""
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        return None
    named = connection.execute(_NAMED, {"client": client_id, "number": number}).one_or_none()
    if named is None:
        return None
    return ExportedDocument(
        text=named.document,
        is_legal=named.is_legal,
        issued=issued_document(connection, client_id, named.invoice_id),
        behind=events_behind(connection, client_id, named.invoice_id),
    )
