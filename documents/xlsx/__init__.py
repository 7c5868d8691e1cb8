"""A document as a spreadsheet that computes the bill again from its quantities and prices."""

from io import BytesIO
from typing import Final

from xlsxwriter.workbook import Workbook

from documents.edition import Edition
from documents.xlsx.details import detailed_lines, recomputed_lines
from documents.xlsx.front import front
from documents.xlsx.lines import lines
from documents.xlsx.places import places_of
from documents.xlsx.records import records
from documents.xlsx.sheet import Book
from documents.xlsx.tax import taxes

#: A text is a text, whatever it looks like; the file is made in memory.
_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def invoice_xlsx(edition: Edition) -> bytes:
    """Write a document as a workbook: Invoice, Lines, Detailed lines, Tax, Records summary.

    Its amounts are live formulas with their results beside the issued figures. Where earlier months
    are adjusted, one more sheet has those months' lines as they are known now.
    """
    written = BytesIO()
    workbook = Workbook(written, _OPTIONS)
    workbook.set_properties(_properties(edition))
    _sheets(Book(workbook), edition)
    workbook.close()
    return written.getvalue()


def _sheets(book: Book, edition: Edition) -> None:
    invoice = edition.document.invoice
    places = places_of(invoice)
    front(book, edition, places)
    lines(book, edition, places)
    detailed_lines(book, invoice, places)
    if places.recomputed.count:
        recomputed_lines(book, invoice, places)
    taxes(book, invoice, places)
    records(book, edition)


def _properties(edition: Edition) -> dict[str, object]:
    document = edition.document
    return {
        "title": f"{edition.kind} {document.number}",
        "author": document.issuer.name,
        "created": document.issued_at.replace(tzinfo=None),
    }
