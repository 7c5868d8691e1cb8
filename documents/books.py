"""A document as a draft for books that are kept elsewhere: what an accounting system takes in.

Accounting systems compute a line again from its quantity and price, with fewer digits than a bill
has. So a line is handed over as one unit at its amount; the figures it comes from are told beside
it.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from billing_core.invoicing import DetailedLine, InvoiceLine
from billing_core.invoicing.document import Document, Party
from billing_core.numbers import plain
from billing_core.taxes import TaxLine
from documents.csv_form import Cell, columns_of, csv_stream, text_columns
from documents.edition import Edition
from documents.tax_rows import taxes_by_line

FORMAT: Final = "meterglass-draft/1"
_NAMES: Final = (
    "document",
    "client",
    "client_name",
    "client_tax_number",
    "period",
    "date",
    "due",
    "purchase_order",
    "currency",
    "line",
    "code",
    "description",
    "service_from",
    "service_to",
    "quantity",
    "unit_price",
    "net",
    "tax_code",
    "tax_rate",
)
_TEXTS: Final = text_columns(
    "document",
    "client",
    "client_name",
    "client_tax_number",
    "purchase_order",
    "code",
    "description",
    "tax_code",
)
COLUMNS: Final = columns_of(_NAMES, _TEXTS)
_ONE: Final = Decimal(1)


def draft_csv(edition: Edition, *, safe: bool = False) -> Iterator[bytes]:
    """Write a row for each line; `net` adds up to the total before tax."""
    return csv_stream(COLUMNS, _rows(edition), safe=safe)


def draft_json(edition: Edition) -> bytes:
    """Write the whole draft with its details, taxes and totals; numbers are text."""
    return json.dumps(_draft(edition), ensure_ascii=False, indent=2).encode() + b"\n"


def _rows(edition: Edition) -> Iterator[tuple[Cell, ...]]:
    document = edition.document
    taxes = taxes_by_line(document.invoice)
    head = (
        document.number,
        document.invoice.client,
        document.client.name,
        document.client.tax_number,
        document.invoice.period.name,
        document.issued_on,
        document.due_on,
        document.purchase_order,
        document.invoice.currency,
    )
    for line in document.invoice.lines:
        tax = taxes.get(line.number)
        yield (
            *head,
            line.number,
            line.price_code,
            description_of(line),
            line.service_from,
            line.service_to,
            _ONE,
            line.amount,
            line.amount,
            line.tax_code,
            plain(tax.rate) if tax else None,
        )


def description_of(line: InvoiceLine) -> str:
    """Say what a line is for and how it comes about, in one text."""
    figures = "; ".join(_figures(each) for each in line.detailed_lines)
    parts = (line.name, figures, line.reason, line.reference)
    return ". ".join(part for part in parts if part)


def _figures(detail: DetailedLine) -> str:
    share = f" × {detail.days} ÷ {detail.period_days} days" if detail.period_days else ""
    fee = f" + {plain(detail.flat_fee)}" if detail.flat_fee else ""
    figures = f"{plain(detail.quantity)} × {plain(detail.unit_price)}{share}{fee}"
    return f"{detail.text}: {figures} = {detail.amount:f}"


def _draft(edition: Edition) -> Mapping[str, object]:
    document = edition.document
    invoice = document.invoice
    taxes = taxes_by_line(invoice)
    return {
        "format": FORMAT,
        **_head(document),
        "lines": [_line(edition, each, taxes.get(each.number)) for each in invoice.lines],
        "taxes": [_tax(each) for each in invoice.taxes],
        "net": f"{invoice.net:f}",
        "tax": f"{invoice.tax:f}",
        "gross": f"{invoice.gross:f}",
    }


def _head(document: Document) -> Mapping[str, object]:
    invoice = document.invoice
    return {
        "document": document.number,
        "kind": document.kind,
        "issuer": _party(document.issuer),
        "client": {"code": invoice.client, **_party(document.client)},
        "agreement": invoice.agreement,
        "period": invoice.period.name,
        "date": document.issued_on.isoformat(),
        "due": document.due_on.isoformat(),
        "purchase_order": document.purchase_order,
        "corrects": document.corrects,
        "reason": document.reason,
        "currency": invoice.currency,
    }


def _party(party: Party) -> Mapping[str, str]:
    return {
        "name": party.name,
        "address": party.address,
        "country": party.country,
        "tax_number": party.tax_number,
    }


def _line(edition: Edition, line: InvoiceLine, tax: TaxLine | None) -> Mapping[str, object]:
    return {
        "line": line.number,
        "code": line.price_code,
        "name": line.name,
        "description": description_of(line),
        "kind": line.kind,
        "service_from": line.service_from.isoformat(),
        "service_to": line.service_to.isoformat(),
        "adjusts": line.adjusts,
        "unit": edition.unit_of(line),
        "net": f"{line.amount:f}",
        "tax_code": line.tax_code,
        "tax_rate": plain(tax.rate) if tax else None,
        "details": [_detail(each) for each in line.detailed_lines],
    }


def _detail(detail: DetailedLine) -> Mapping[str, object]:
    return {
        "kind": detail.kind,
        "text": detail.text,
        "tier": detail.tier,
        "quantity": plain(detail.quantity),
        "unit_price": plain(detail.unit_price),
        "flat_fee": plain(detail.flat_fee),
        "days": detail.days,
        "period_days": detail.period_days,
        "amount": f"{detail.amount:f}",
    }


def _tax(tax: TaxLine) -> Mapping[str, object]:
    return {
        "code": tax.code,
        "name": tax.name,
        "treatment": tax.treatment,
        "rate": plain(tax.rate),
        "note": tax.note,
        "net": f"{tax.net:f}",
        "tax": f"{tax.tax:f}",
    }
