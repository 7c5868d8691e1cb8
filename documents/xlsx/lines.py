"""The sheet of lines: each the sum of its detailed lines."""

from collections.abc import Mapping
from typing import Final

from billing_core.invoicing import InvoiceLine
from billing_core.money import minor_units
from documents.edition import Edition
from documents.tax_rows import taxes_by_line
from documents.xlsx.details import AMOUNT as DETAIL_AMOUNT
from documents.xlsx.details import all_digits
from documents.xlsx.places import LINES, Place, Places
from documents.xlsx.sheet import Amount, Book, Cell, Formula, check

_WIDTHS: Final = (6, 12, 20, 34, 12, 12, 12, 18, 12, 18, 8, 12, 16, 16, 10, 44, 32)
AMOUNT: Final = "M"
TAX_ROW: Final = "K"
CHECK: Final = "O"


def lines(book: Book, edition: Edition, places: Places) -> None:
    """Write the lines."""
    invoice = edition.document.invoice
    sheet = book.sheet(LINES, _WIDTHS)
    sheet.title(LINES, "A line is the sum of its detailed lines. Tax is not in it.")
    sheet.head(_names(invoice.currency))
    tax_rows = _tax_rows(edition)
    for line in invoice.lines:
        sheet.row(_cells(sheet.next_row, line, edition, places.details, tax_rows))
    sheet.mark_what_differs(places.lines.own(CHECK))


def _tax_rows(edition: Edition) -> Mapping[int, int]:
    invoice = edition.document.invoice
    return {number: invoice.taxes.index(tax) + 1 for number, tax in taxes_by_line(invoice).items()}


def _names(currency: str) -> tuple[str, ...]:
    return (
        "Line",
        "Kind",
        "Price",
        "Name",
        "Service from",
        "Service to",
        "Charged",
        "Meter",
        "Unit",
        "Quantity",
        "Tax no.",
        "Tax code",
        f"Amount, computed ({currency})",
        f"Amount, issued ({currency})",
        "Check",
        "Reason, reference, clause",
        "All digits, where a cell keeps fewer",
    )


def _cells(
    row: int, line: InvoiceLine, edition: Edition, details: Place, tax_rows: Mapping[int, int]
) -> tuple[Cell, ...]:
    minor = minor_units(edition.document.invoice.currency)
    summed = f"SUMIFS({details.column(DETAIL_AMOUNT)},{details.column('A')},A{row})"
    return (
        line.number,
        _kind(line),
        line.price_code,
        line.name,
        line.service_from,
        line.service_to,
        line.timing,
        edition.meter_name_of(line) or None,
        edition.unit_of(line) or None,
        line.quantity,
        tax_rows.get(line.number),
        line.tax_code or None,
        Formula(text=f"=ROUND({summed},{minor})", value=line.amount, decimals=minor),
        Amount(number=line.amount, decimals=minor),
        check(f"M{row}", f"N{row}", minor),
        _why(line),
        None if line.quantity is None else all_digits(quantity=line.quantity),
    )


def _kind(line: InvoiceLine) -> str:
    return f"adjusts {line.adjusts}" if line.adjusts else str(line.kind)


def _why(line: InvoiceLine) -> str | None:
    late = "too late to be charged" if line.is_too_late else ""
    said = (line.reason, late, line.reference, line.clause)
    return "; ".join(text for text in said if text) or None
