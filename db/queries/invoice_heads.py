"""What a list of issued documents says of each: its totals, its state, what corrects it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, text

from billing_core.canonical import value_from
from billing_core.invoicing.document import Document

#: Of each document: what credits or replaces it, what is asked about it, and the legal invoices
#: that another system issued for the month that it bills.
_HEADS = """
    SELECT i.invoice_id, i.number, i.kind, i.is_legal, i.billing_period, i.currency, i.issued_on,
           i.due_on, i.net, i.tax, i.gross, i.reason, i.chain_position,
           corrected.number AS corrects, replaced.number AS replaces, latter.number AS replaced_by,
           credits.numbers AS credited_by, coalesce(i.net + credits.net = 0, false) AS is_credited,
           asked.questions, asked.disputes, elsewhere.legal
    FROM billing.invoice i
    LEFT JOIN billing.invoice corrected ON corrected.client_id = i.client_id
         AND corrected.invoice_id = i.corrects_invoice_id
    LEFT JOIN billing.invoice replaced ON replaced.client_id = i.client_id
         AND replaced.invoice_id = i.replaces_invoice_id
    LEFT JOIN billing.invoice latter ON latter.client_id = i.client_id
         AND latter.replaces_invoice_id = i.invoice_id
    LEFT JOIN LATERAL (
        SELECT array_agg(c.number ORDER BY c.chain_position) AS numbers, sum(c.net) AS net
        FROM billing.invoice c
        WHERE c.client_id = i.client_id AND c.corrects_invoice_id = i.invoice_id) credits ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.kind = 'question' AND q.state = 'open') AS questions,
               count(*) FILTER (WHERE q.kind = 'dispute' AND q.state IN ('open', 'answered'))
               AS disputes
        FROM billing.invoice_question q
        WHERE q.client_id = i.client_id AND q.invoice_id = i.invoice_id) asked ON true
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object(
                   'number', l.number, 'issued_on', l.issued_on, 'currency', l.currency,
                   'gross', l.gross::text, 'difference', (l.gross - i.gross)::text)
                   ORDER BY l.issued_on, l.number) AS legal
        FROM billing.legal_invoice l
        WHERE l.client_id = i.client_id AND l.billing_period = i.billing_period
          AND i.corrects_invoice_id IS NULL) elsewhere ON true
    WHERE i.client_id = :client"""
_PAGE = text(f"""{_HEADS} AND (CAST(:before AS bigint) IS NULL OR i.chain_position < :before)
    ORDER BY i.chain_position DESC LIMIT :rows""")
_BY_NUMBER = text(f"{_HEADS} AND i.number = :number")
_DOCUMENTS = text("""
    SELECT invoice_id, document FROM billing.invoice
    WHERE client_id = :client AND invoice_id = ANY (:ids)
""")
_MONTHS = text("""
    SELECT i.billing_period, i.number, i.issued_on, i.gross, i.currency FROM billing.invoice i
    WHERE i.client_id = :client AND i.corrects_invoice_id IS NULL AND NOT EXISTS (
        SELECT FROM billing.invoice r
        WHERE r.client_id = i.client_id AND r.replaces_invoice_id = i.invoice_id)
    ORDER BY i.chain_position
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalNumber:
    """What another system issued for the month."""

    number: str
    issued_on: date
    currency: str
    gross: Decimal
    difference: Decimal  #: its total less the one computed here


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceHead:
    """A document in the list of all."""

    invoice_id: int
    number: str
    is_credit_note: bool
    is_legal: bool  #: else a statement: another system issues the legal document
    month: str  #: that it bills, like "2026-10"
    currency: str
    issued_on: date
    due_on: date
    net: Decimal
    tax: Decimal
    gross: Decimal
    reason: str
    position: int  #: in the client's chain of documents, from 1
    corrects: str | None
    replaces: str | None
    replaced_by: str | None
    credited_by: tuple[str, ...]
    is_credited: bool  #: whether its credit notes leave nothing of it
    open_questions: int
    open_disputes: int  #: neither agreed nor rejected
    legal: tuple[LegalNumber, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedMonth:
    """The document that stands for a month: the one that bills it and that none replaced."""

    month: str  #: like "2026-10"
    number: str
    issued_on: date
    currency: str
    gross: Decimal


def invoice_heads(
    connection: Connection, client_id: int, *, before: int | None, rows: int
) -> tuple[InvoiceHead, ...]:
    """Give documents, the latest first.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        before: a place in the chain; only documents before it.
        rows: how many at most.
    """
    found = connection.execute(_PAGE, {"client": client_id, "before": before, "rows": rows})
    return tuple(map(_head, found))


def invoice_head(connection: Connection, client_id: int, number: str) -> InvoiceHead | None:
    """Give a document by its number; None where the client has none of it."""
    row = connection.execute(_BY_NUMBER, {"client": client_id, "number": number}).one_or_none()
    return _head(row) if row else None


def titles_of(
    connection: Connection, client_id: int, invoice_ids: Sequence[int]
) -> Mapping[int, str]:
    """Give what documents hold, in words, by their ids."""
    rows = connection.execute(_DOCUMENTS, {"client": client_id, "ids": list(invoice_ids)})
    return {row.invoice_id: value_from(Document, row.document).invoice.title for row in rows}


def issued_months(connection: Connection, client_id: int) -> Mapping[str, IssuedMonth]:
    """Give the document of each issued month, by the month's name."""
    rows = connection.execute(_MONTHS, {"client": client_id})
    return {f"{row.billing_period:%Y-%m}": _month(row) for row in rows}


def _month(row: Row[Any]) -> IssuedMonth:
    return IssuedMonth(
        month=f"{row.billing_period:%Y-%m}",
        number=row.number,
        issued_on=row.issued_on,
        currency=row.currency,
        gross=row.gross,
    )


def _head(row: Row[Any]) -> InvoiceHead:
    return InvoiceHead(
        invoice_id=row.invoice_id,
        number=row.number,
        is_credit_note=row.kind == "credit_note",
        is_legal=row.is_legal,
        month=f"{row.billing_period:%Y-%m}",
        currency=row.currency,
        issued_on=row.issued_on,
        due_on=row.due_on,
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        reason=row.reason,
        position=row.chain_position,
        corrects=row.corrects,
        replaces=row.replaces,
        replaced_by=row.replaced_by,
        credited_by=tuple(row.credited_by or ()),
        is_credited=row.is_credited,
        open_questions=row.questions,
        open_disputes=row.disputes,
        legal=tuple(_legal(each) for each in row.legal or ()),
    )


def _legal(told: Mapping[str, str]) -> LegalNumber:
    return LegalNumber(
        number=told["number"],
        issued_on=date.fromisoformat(told["issued_on"]),
        currency=told["currency"],
        gross=Decimal(told["gross"]),
        difference=Decimal(told["difference"]),
    )
