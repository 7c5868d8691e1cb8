"""The sheet that counts the records behind the lines, so that the counts add up."""

from decimal import Decimal
from typing import Final

from billing_core.proof import Evidence
from documents.edition import Edition
from documents.xlsx.places import RECORDS, Place
from documents.xlsx.sheet import Book, Cell, Formula

_WIDTHS: Final = (24, 12, 14, 12, 14, 16, 16, 16, 68)
_NAMES: Final = (
    "Meter",
    "Month of use",
    "Became",
    "Lines",
    "Records",
    "Excluded",
    "Included quantity",
    "Charged, or shown",
    "Root of their hashes (RFC 6962, SHA-256)",
)


def records(book: Book, edition: Edition) -> None:
    """Write how many records there are, what became of them, and the root that fixes them."""
    sheet = book.sheet(RECORDS, _WIDTHS)
    sheet.title(RECORDS, _ABOUT if edition.evidence else _NONE)
    sheet.head(_NAMES)
    for each in edition.evidence:
        sheet.row(_cells(sheet.next_row, each, edition))
    if edition.evidence:
        place = Place(sheet=RECORDS, count=len(edition.evidence))
        sheet.row(_totals(place, edition))


_NONE: Final = "No metered record stands behind this document."
_ABOUT: Final = (
    "Each record is in exactly one of: excluded (superseded or taken back), covered by the "
    "included quantity, or charged; too late and unpriced ones are shown and charged nothing."
)


def _cells(row: int, each: Evidence, edition: Edition) -> tuple[Cell, ...]:
    left = each.event_count - each.excluded_count - each.included_count
    meter = edition.meters.get(each.meter)
    return (
        meter.name if meter else each.meter,
        each.usage_period,
        each.disposition.replace("_", " "),
        ", ".join(map(str, each.lines)) or None,
        each.event_count,
        each.excluded_count,
        each.included_count,
        Formula(text=f"=E{row}-F{row}-G{row}", value=Decimal(left)),
        each.root.hex(),
    )


def _totals(place: Place, edition: Edition) -> tuple[Cell, ...]:
    columns = {
        "E": sum(each.event_count for each in edition.evidence),
        "F": sum(each.excluded_count for each in edition.evidence),
        "G": sum(each.included_count for each in edition.evidence),
    }
    left = columns["E"] - columns["F"] - columns["G"]
    sums = (
        Formula(text=f"=SUM({place.own(letter)})", value=Decimal(total), is_total=True)
        for letter, total in {**columns, "H": left}.items()
    )
    return ("All", None, None, None, *sums)
