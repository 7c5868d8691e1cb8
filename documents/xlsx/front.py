"""The first sheet: what the document is, its totals computed again, and how the file works."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from billing_core.invoicing.document import Party
from billing_core.money import minor_units
from documents.edition import Edition
from documents.xlsx.details import CHECK as DETAIL_CHECK
from documents.xlsx.lines import AMOUNT as LINE_AMOUNT
from documents.xlsx.lines import CHECK as LINE_CHECK
from documents.xlsx.places import INVOICE, Places
from documents.xlsx.sheet import (
    AGREES,
    DIFFERS,
    Amount,
    Book,
    Cell,
    Formula,
    Sheet,
    Style,
    check,
)
from documents.xlsx.tax import CHECKS as TAX_CHECKS
from documents.xlsx.tax import TAXES

_HOW: Final = """\
Every amount in a column “computed” is a formula over the quantities and prices of this file.
The column beside it has the issued figure, and “Check” says whether they agree.
An amount is rounded once, half away from zero, by the outer ROUND of its formula. The inner one,
at the 14th digit, removes only what binary arithmetic adds.
A spreadsheet keeps 15 significant digits of a number. Where one has more, all its digits stand as
text in the last column of its row. Where an amount needs more than those 15, the issued amount
stands in place of a formula and its check reads “as issued”."""


def front(book: Book, edition: Edition, places: Places) -> None:
    """Write the first sheet, with formulas over the others."""
    sheet = book.sheet(INVOICE, (34, 26, 26, 12))
    document = edition.document
    sheet.title(f"{edition.kind} {document.number}", document.invoice.title)
    for label, value in (*_facts(edition), *_given(edition)):
        sheet.row([label, value], Style.WORDS)
    sheet.skip()
    _totals(sheet, edition, places)
    sheet.row(["All checks of this file", _all_agree(places)])
    sheet.skip()
    sheet.row(["How this file works"], Style.HEADING)
    for sentence in _HOW.splitlines():
        sheet.row([sentence])


def _facts(edition: Edition) -> Iterator[tuple[str, str | date]]:
    document = edition.document
    invoice = document.invoice
    yield from _party("Issued by", document.issuer)
    yield from _party("Billed to", document.client)
    yield "Date", document.issued_on
    yield "To be paid by", document.due_on
    yield "Billing period", f"{invoice.period.name} ({invoice.period.zone})"
    yield "Agreement", invoice.agreement
    yield "Currency", invoice.currency


def _given(edition: Edition) -> Iterator[tuple[str, str]]:
    document = edition.document
    given = (
        ("Purchase order", document.purchase_order),
        ("Credit note for", document.corrects or ""),
        ("Takes the place of", document.replaces or ""),
        ("Reason", document.reason),
        ("Payment", document.payment_details),
        ("Fingerprint of the manifest", (edition.manifest_hash or b"").hex()),
    )
    return ((label, text) for label, text in given if text)


def _party(label: str, party: Party) -> Iterator[tuple[str, str]]:
    yield label, party.name
    if party.address:
        yield f"{label}: address", party.address
    yield f"{label}: country", party.country
    if party.tax_number:
        yield f"{label}: tax number", party.tax_number


def _totals(sheet: Sheet, edition: Edition, places: Places) -> None:
    invoice = edition.document.invoice
    minor = minor_units(invoice.currency)
    currency = invoice.currency
    sheet.row(["Totals", f"Computed ({currency})", f"Issued ({currency})", "Check"], Style.HEAD)
    net = sheet.next_row
    summed = f"=ROUND(SUM({places.lines.column(LINE_AMOUNT)}),{minor})"
    taxed = f"=ROUND(SUM({places.taxes.column(TAXES)}),{minor})"
    both = f"=ROUND(B{net}+B{net + 1},{minor})"
    sheet.row(_total("Net (tax not included)", net, summed, invoice.net, minor))
    sheet.row(_total("Tax", net + 1, taxed, invoice.tax, minor))
    sheet.row(_total("Total (tax included)", net + 2, both, invoice.gross, minor))
    sheet.mark_what_differs(f"D{net}:D{net + 3}")


def _total(label: str, row: int, formula: str, issued: Decimal, minor: int) -> tuple[Cell, ...]:
    return (
        label,
        Formula(text=formula, value=issued, decimals=minor, is_total=True),
        Amount(number=issued, decimals=minor, is_total=True),
        check(f"B{row}", f"C{row}", minor),
    )


def _all_agree(places: Places) -> Formula:
    details = (places.details, places.recomputed) if places.recomputed.count else (places.details,)
    columns = (
        *(place.column(DETAIL_CHECK) for place in details),
        places.lines.column(LINE_CHECK),
        *(places.taxes.column(letter) for letter in TAX_CHECKS),
    )
    counted = "+".join(f'COUNTIF({column},"{DIFFERS}")' for column in columns)
    return Formula(text=f'=IF({counted}=0,"{AGREES}","{DIFFERS}")', value=AGREES)
