"""One issued document in full: what was signed, what it was built from, and its proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from billing_core.canonical import value_from
from billing_core.invoicing.document import Document
from billing_core.metering import Meter
from billing_core.prices import Agreement
from billing_core.proof import Basis
from billing_core.taxes import TaxRate

_DOCUMENT = text("""
    SELECT document, rate_card, basis, manifest, manifest_hash, previous_hash, chain_position
    FROM billing.invoice WHERE client_id = :client AND invoice_id = :invoice
""")
_OF_MONTH = text("""
    SELECT i.invoice_id FROM billing.invoice i
    WHERE i.client_id = :client AND i.billing_period = :month AND i.corrects_invoice_id IS NULL
      AND NOT EXISTS (SELECT FROM billing.invoice r
          WHERE r.client_id = i.client_id AND r.replaces_invoice_id = i.invoice_id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDocument:
    """A document, the agreement and the meters that it was built from, and its manifest."""

    invoice_id: int
    document: Document
    agreement: Agreement  #: as it was
    meters: Mapping[str, Meter]  #: by code, as they were
    tax_rates: tuple[TaxRate, ...]  #: of its tax codes, as they were
    manifest: str  #: the signed note
    manifest_hash: bytes  #: SHA-256 of its text
    previous_hash: bytes | None  #: that of the document before it; None: it is the first
    position: int  #: in the client's chain of documents, from 1


def issued_document(connection: Connection, client_id: int, invoice_id: int) -> IssuedDocument:
    """Give a document of a client, by its id.

    Raises:
        NoResultFound: the client has no document of this id.
    """
    row = connection.execute(_DOCUMENT, {"client": client_id, "invoice": invoice_id}).one()
    basis = value_from(Basis, row.basis)
    return IssuedDocument(
        invoice_id=invoice_id,
        document=value_from(Document, row.document),
        agreement=value_from(Agreement, row.rate_card),
        meters={meter.code: meter for meter in basis.meters},
        tax_rates=basis.tax_rates,
        manifest=row.manifest,
        manifest_hash=bytes(row.manifest_hash),
        previous_hash=bytes(row.previous_hash) if row.previous_hash else None,
        position=row.chain_position,
    )


def document_of_month(connection: Connection, client_id: int, month: date) -> IssuedDocument | None:
    """Give the document that stands for a month, by its first day; None where it has none."""
    asked = {"client": client_id, "month": month}
    invoice_id = connection.execute(_OF_MONTH, asked).scalar_one_or_none()
    return None if invoice_id is None else issued_document(connection, client_id, invoice_id)
