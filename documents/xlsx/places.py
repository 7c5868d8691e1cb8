"""Where the figures of one sheet are, for the formulas of another."""

from dataclasses import dataclass
from typing import Final

from billing_core.invoicing import Invoice

INVOICE: Final = "Invoice"
LINES: Final = "Lines"
DETAILS: Final = "Detailed lines"
RECOMPUTED: Final = "Recomputed lines"
TAX: Final = "Tax"
RECORDS: Final = "Records summary"
#: A table starts below the sheet's title, a sentence about it, an empty row and its head.
FIRST_ROW: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The rows of a sheet's table; where there is none, the empty one that would be the first."""

    sheet: str
    count: int

    @property
    def last(self) -> int:
        """The number of the last row, as a spreadsheet counts: from 1."""
        return FIRST_ROW + max(self.count, 1) - 1

    def column(self, letter: str) -> str:
        """Give the cells of a column, as a formula on any sheet names them."""
        return f"'{self.sheet}'!${letter}${FIRST_ROW}:${letter}${self.last}"

    def own(self, letter: str) -> str:
        """Give the cells of a column, as the sheet itself names them."""
        return f"{letter}{FIRST_ROW}:{letter}{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the tables of a document are."""

    lines: Place
    details: Place
    recomputed: Place  #: empty where no earlier month is adjusted
    taxes: Place


def places_of(invoice: Invoice) -> Places:
    """Give where the tables of a document are going to be."""
    return Places(
        lines=Place(sheet=LINES, count=len(invoice.lines)),
        details=Place(sheet=DETAILS, count=sum(len(line.detailed_lines) for line in invoice.lines)),
        recomputed=Place(
            sheet=RECOMPUTED, count=sum(len(line.recomputed) for line in invoice.lines)
        ),
        taxes=Place(sheet=TAX, count=len(invoice.taxes)),
    )
