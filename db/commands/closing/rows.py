"""A document as the rows of its tables: written together, once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from billing_core.invoicing import DetailedLine, InvoiceLine
from billing_core.invoicing.document import Document
from billing_core.proof import Evidence, Exclusion, Manifest, manifest_hash
from billing_core.proof.note import Note
from db import models

Row = dict[str, Any]

_INVOICE: Final = text(
    """
    INSERT INTO billing.invoice (client_id, number, kind, is_legal, billing_period, agreement_id,
        currency, as_of, issued_at, issued_on, due_on, net, tax, gross, corrects_invoice_id,
        replaces_invoice_id, reason, document, rate_card, basis, chain_position, manifest,
        manifest_hash, previous_hash)
    SELECT :client, :number, :kind, :is_legal, :month, a.agreement_id, :currency, :as_of,
        :issued_at, :issued_on, :due_on, :net, :tax, :gross,
        (SELECT invoice_id FROM billing.invoice WHERE client_id = :client AND number = :corrects),
        (SELECT invoice_id FROM billing.invoice WHERE client_id = :client AND number = :replaces),
        :reason, :document, :rate_card, :basis, :position, :manifest, :hash, :previous
    FROM billing.agreement a WHERE a.client_id = :client AND a.code = :agreement
    RETURNING invoice_id
    """
)
_METERS: Final = text("SELECT code, meter_id FROM billing.meter WHERE code = ANY (:codes)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The canonical texts that a manifest names by their hashes."""

    document: str
    rate_card: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A document with all that is stored of it."""

    document: Document
    texts: Texts
    manifest: Manifest
    note: Note  #: the manifest, signed
    is_legal: bool


def store(connection: Connection, client_id: int, sealed: Sealed) -> int:
    """Write a document's rows; gives its id.

    Args:
        connection: the transaction that issues it.
        client_id: whose it is.
        sealed: the document.
    """
    invoice_id = _store_invoice(connection, client_id, sealed)
    key = {"client_id": client_id, "invoice_id": invoice_id}
    meters = _meter_ids(connection, sealed)
    lines = sealed.document.invoice.lines
    evidence, exclusions = sealed.manifest.evidence, sealed.manifest.exclusions
    for model, rows in (
        (models.InvoiceLine, [_line(each, meters) for each in lines]),
        (models.DetailedLine, list(_details(lines, "detailed_lines"))),
        (models.RecomputedLine, list(_details(lines, "recomputed"))),
        (models.InvoiceTax, list(_taxes(sealed.document))),
        (models.Evidence, [_evidence(each, meters) for each in evidence]),
        (models.LineEvidence, list(_line_evidence(evidence, meters))),
        (models.EvidenceExclusion, [_exclusion(each, meters) for each in exclusions]),
    ):
        if rows:
            connection.execute(insert(model), [{**key, **row} for row in rows])
    return invoice_id


def _store_invoice(connection: Connection, client_id: int, sealed: Sealed) -> int:
    document, manifest = sealed.document, sealed.manifest
    invoice = document.invoice
    values = {
        "client": client_id,
        "number": document.number,
        "kind": document.kind.value,
        "is_legal": sealed.is_legal,
        "month": invoice.period.month,
        "agreement": invoice.agreement,
        "currency": invoice.currency,
        "as_of": invoice.as_of,
        "issued_at": document.issued_at,
        "issued_on": document.issued_on,
        "due_on": document.due_on,
        "net": invoice.net,
        "tax": invoice.tax,
        "gross": invoice.gross,
        "corrects": document.corrects,
        "replaces": document.replaces,
        "reason": document.reason,
        "document": sealed.texts.document,
        "rate_card": sealed.texts.rate_card,
        "basis": sealed.texts.basis,
        "position": manifest.position,
        "manifest": str(sealed.note),
        "hash": manifest_hash(sealed.note.text),
        "previous": manifest.previous,
    }
    invoice_id: int = connection.execute(_INVOICE, values).scalar_one()
    return invoice_id


def _meter_ids(connection: Connection, sealed: Sealed) -> dict[str, int]:
    lines = sealed.document.invoice.lines
    codes = {line.meter for line in lines if line.meter}
    codes |= {each.meter for each in sealed.manifest.evidence}
    rows = connection.execute(_METERS, {"codes": sorted(codes)})
    return {row.code: row.meter_id for row in rows}


def _line(line: InvoiceLine, meters: dict[str, int]) -> Row:
    return {
        "line_number": line.number,
        "price_code": line.price_code,
        "name": line.name,
        "kind": line.kind.value,
        "timing": line.timing.value,
        "charge_model": line.model.value if line.model else None,
        "service_from": line.service_from,
        "service_to": line.service_to,
        "meter_id": meters[line.meter] if line.meter else None,
        "quantity": line.quantity,
        "amount": line.amount,
        "counts_toward_commitment": line.counts_toward_commitment,
        "tax_code": line.tax_code,
        "adjusts_period": _month(line.adjusts) if line.adjusts else None,
        "is_too_late": line.is_too_late,
        "credits_line": line.credits_line,
        "clause": line.clause,
        "reference": line.reference,
        "reason": line.reason,
    }


def _details(lines: Sequence[InvoiceLine], which: str) -> Iterator[Row]:
    for line in lines:
        details: Sequence[DetailedLine] = getattr(line, which)
        for ordinal, each in enumerate(details, start=1):
            yield {
                "line_number": line.number,
                "ordinal": ordinal,
                "kind": each.kind.value,
                "text": each.text,
                "tier": each.tier,
                "quantity": each.quantity,
                "unit_price": each.unit_price,
                "flat_fee": each.flat_fee,
                "days": each.days,
                "period_days": each.period_days,
                "amount": each.amount,
            }


def _taxes(document: Document) -> Iterator[Row]:
    for ordinal, each in enumerate(document.invoice.taxes, start=1):
        yield {
            "ordinal": ordinal,
            "tax_code": each.code,
            "name": each.name,
            "treatment": each.treatment.value,
            "rate": each.rate,
            "note": each.note,
            "net": each.net,
            "tax": each.tax,
        }


def _evidence(each: Evidence, meters: dict[str, int]) -> Row:
    return {
        "meter_id": meters[each.meter],
        "usage_period": _month(each.usage_period),
        "disposition": each.disposition.value,
        "event_count": each.event_count,
        "excluded_count": each.excluded_count,
        "included_count": each.included_count,
        "root": each.root,
    }


def _line_evidence(evidence: Sequence[Evidence], meters: dict[str, int]) -> Iterator[Row]:
    for each in evidence:
        for number in each.lines:
            yield {
                "line_number": number,
                "meter_id": meters[each.meter],
                "usage_period": _month(each.usage_period),
            }


def _exclusion(each: Exclusion, meters: dict[str, int]) -> Row:
    return {
        "event_id": each.event_id,
        "meter_id": meters[each.meter],
        "usage_period": _month(each.usage_period),
        "reason": each.reason.value,
        "by_event_id": each.by,
    }


def _month(name: str) -> date:
    return date.fromisoformat(f"{name}-01")
