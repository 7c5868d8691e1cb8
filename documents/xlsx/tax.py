"""The sheet of taxes: each rate on the sum of its lines, rounded once."""

from fractions import Fraction
from typing import Final

from billing_core.invoicing import Invoice
from billing_core.money import minor_units
from billing_core.taxes import TaxLine
from documents.xlsx.digits import guard_of
from documents.xlsx.lines import AMOUNT as LINE_AMOUNT
from documents.xlsx.lines import TAX_ROW
from documents.xlsx.places import TAX, Place, Places
from documents.xlsx.sheet import Amount, Book, Cell, Formula, check

_WIDTHS: Final = (8, 14, 24, 16, 10, 18, 18, 18, 18, 10, 10, 60)
TAXES: Final = "G"
CHECKS: Final = ("J", "K")
_ABOUT: Final = "Per rate on the sum of its lines, rounded once."


def taxes(book: Book, invoice: Invoice, places: Places) -> None:
    """Write the taxes."""
    sheet = book.sheet(TAX, _WIDTHS)
    sheet.title(TAX, _ABOUT if invoice.taxes else "No tax is charged on this document.")
    sheet.head(_names(invoice.currency))
    for number, each in enumerate(invoice.taxes, start=1):
        sheet.row(_cells(sheet.next_row, number, each, places.lines, invoice.currency))
    for letter in CHECKS:
        sheet.mark_what_differs(places.taxes.own(letter))


def _names(currency: str) -> tuple[str, ...]:
    return (
        "Tax no.",
        "Tax code",
        "Name",
        "Treatment",
        "Rate",
        f"Net, computed ({currency})",
        f"Tax, computed ({currency})",
        f"Net, issued ({currency})",
        f"Tax, issued ({currency})",
        "Check of net",
        "Check of tax",
        "Note",
    )


def _cells(row: int, number: int, tax: TaxLine, lines: Place, currency: str) -> tuple[Cell, ...]:
    minor = minor_units(currency)
    summed = f"SUMIFS({lines.column(LINE_AMOUNT)},{lines.column(TAX_ROW)},A{row})"
    return (
        number,
        tax.code,
        tax.name,
        tax.treatment.replace("_", " "),
        tax.rate,
        Formula(text=f"=ROUND({summed},{minor})", value=tax.net, decimals=minor),
        _tax(row, tax, currency),
        Amount(number=tax.net, decimals=minor),
        Amount(number=tax.tax, decimals=minor),
        check(f"F{row}", f"H{row}", minor),
        check(f"G{row}", f"I{row}", minor),
        tax.note or None,
    )


def _tax(row: int, tax: TaxLine, currency: str) -> Cell:
    minor = minor_units(currency)
    guard = guard_of((Fraction(tax.net),), minor)
    if guard is None:
        return Amount(number=tax.tax, decimals=minor)
    return Formula(text=guard.around(f"F{row}*E{row}"), value=tax.tax, decimals=minor)
