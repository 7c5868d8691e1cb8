"""The lines of a document as CSV: a row for each detailed line."""

from collections.abc import Iterator
from typing import Final

from billing_core.invoicing import DetailedLine, InvoiceLine
from billing_core.invoicing.document import Document
from documents.csv_form import Cell, columns_of, csv_stream, text_columns
from documents.edition import Edition

_NAMES: Final = (
    "document",
    "kind",
    "issued_on",
    "client",
    "period",
    "currency",
    "line",
    "price_code",
    "name",
    "line_kind",
    "model",
    "timing",
    "service_from",
    "service_to",
    "meter",
    "unit",
    "line_quantity",
    "tax_code",
    "clause",
    "reference",
    "reason",
    "adjusts",
    "too_late",
    "credits_line",
    "detail",
    "detail_kind",
    "text",
    "tier",
    "quantity",
    "unit_price",
    "flat_fee",
    "days",
    "period_days",
    "amount",
)
_TEXTS: Final = text_columns(
    "document",
    "client",
    "price_code",
    "name",
    "meter",
    "unit",
    "tax_code",
    "clause",
    "reference",
    "reason",
    "adjusts",
    "text",
    "tier",
)
COLUMNS: Final = columns_of(_NAMES, _TEXTS)
_NO_DETAIL: Final = (None,) * 9


def lines_csv(edition: Edition, *, safe: bool = False) -> Iterator[bytes]:
    """Write the lines; the column `amount` adds up to the document's total before tax.

    Decimals have the text that they have in the signed document. A line without detailed lines has
    one row with its amount, zero.

    Args:
        edition: what is written.
        safe: in the form that a spreadsheet opens without running anything.
    """
    return csv_stream(COLUMNS, _rows(edition), safe=safe)


def _rows(edition: Edition) -> Iterator[tuple[Cell, ...]]:
    head = _of_document(edition.document)
    for line in edition.document.invoice.lines:
        before = (*head, *_of_line(line, edition.unit_of(line)))
        for number, detail in enumerate(line.detailed_lines, start=1):
            yield (*before, number, *_of_detail(detail))
        if not line.detailed_lines:
            yield (*before, *_NO_DETAIL, line.amount)


def _of_document(document: Document) -> tuple[Cell, ...]:
    invoice = document.invoice
    return (
        document.number,
        document.kind,
        document.issued_on,
        invoice.client,
        invoice.period.name,
        invoice.currency,
    )


def _of_line(line: InvoiceLine, unit: str) -> tuple[Cell, ...]:
    return (
        line.number,
        line.price_code,
        line.name,
        line.kind,
        line.model,
        line.timing,
        line.service_from,
        line.service_to,
        line.meter,
        unit,
        line.quantity,
        line.tax_code,
        line.clause,
        line.reference,
        line.reason,
        line.adjusts,
        line.is_too_late,
        line.credits_line,
    )


def _of_detail(detail: DetailedLine) -> tuple[Cell, ...]:
    return (
        detail.kind,
        detail.text,
        detail.tier,
        detail.quantity,
        detail.unit_price,
        detail.flat_fee,
        detail.days,
        detail.period_days,
        detail.amount,
    )
