"""A document as the rows of its tables: written together, once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from billing_core.invoicing import DetailedLine, InvoiceLine
from billing_core.invoicing.document import Document
from billing_core.proof import Evidence, Exclusion, Manifest, manifest_hash
from billing_core.proof.note import Note
from db.commands.closing.statement import STORE

Row = dict[str, Any]


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
    """Write a document's rows, in one statement; gives its id.

    Args:
        connection: the transaction that issues it.
        client_id: whose it is.
        sealed: the document.
    """
    rows = json.dumps(_rows(sealed), default=str)
    values = {"client": client_id, **_invoice(sealed), "rows": rows}
    invoice_id: int = connection.execute(STORE, values).scalar_one()
    return invoice_id


def _rows(sealed: Sealed) -> Mapping[str, list[Row]]:
    invoice, manifest = sealed.document.invoice, sealed.manifest
    return {
        "lines": [_line(each) for each in invoice.lines],
        "detailed": list(_details(invoice.lines, "detailed_lines")),
        "recomputed": list(_details(invoice.lines, "recomputed")),
        "taxes": list(_taxes(sealed.document)),
        "evidence": [_evidence(each) for each in manifest.evidence],
        "behind": list(_line_evidence(manifest.evidence)),
        "exclusions": [_exclusion(each) for each in manifest.exclusions],
    }


def _invoice(sealed: Sealed) -> Row:
    document, manifest = sealed.document, sealed.manifest
    invoice = document.invoice
    return {
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


def _line(line: InvoiceLine) -> Row:
    return {
        "line_number": line.number,
        "price_code": line.price_code,
        "name": line.name,
        "kind": line.kind.value,
        "timing": line.timing.value,
        "charge_model": line.model.value if line.model else None,
        "service_from": line.service_from,
        "service_to": line.service_to,
        "meter": line.meter,
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


def _evidence(each: Evidence) -> Row:
    return {
        "meter": each.meter,
        "usage_period": _month(each.usage_period),
        "disposition": each.disposition.value,
        "event_count": each.event_count,
        "excluded_count": each.excluded_count,
        "included_count": each.included_count,
        "root": f"\\x{each.root.hex()}",
    }


def _line_evidence(evidence: Sequence[Evidence]) -> Iterator[Row]:
    for each in evidence:
        for number in each.lines:
            yield {
                "line_number": number,
                "meter": each.meter,
                "usage_period": _month(each.usage_period),
            }


def _exclusion(each: Exclusion) -> Row:
    return {
        "event_id": each.event_id,
        "meter": each.meter,
        "usage_period": _month(each.usage_period),
        "reason": each.reason.value,
        "by_event_id": each.by,
    }


def _month(name: str) -> str:
    return f"{name}-01"
