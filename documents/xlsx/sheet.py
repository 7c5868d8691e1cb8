"""A sheet: what may be written into a cell, and where the cells are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from billing_core.numbers import plain
from documents.xlsx.digits import decimals_of, held

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

#: A cell holds no more; longer texts are cut, and end with an ellipsis.
_LONGEST: Final = 32_767
AGREES: Final = "agrees"
DIFFERS: Final = "differs"
_FORMATS: Final = {
    "title": {"bold": True, "font_size": 16},
    "heading": {"bold": True, "font_size": 12},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "text": {"valign": "top"},
    "words": {"text_wrap": True, "valign": "top"},
    "label": {"font_color": "#5B6B7C", "valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"},
    "check": {"bold": True, "font_color": "#1E6B3A"},
    "differs": {"bold": True, "font_color": "#9C1C12", "bg_color": "#FBE3DF"},
}


class Style(StrEnum):
    """How a text looks."""

    TITLE = "title"
    HEADING = "heading"
    HEAD = "head"
    TEXT = "text"
    WORDS = "words"
    LABEL = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula, and what it comes to: for readers that show a file without computing it."""

    text: str
    value: Decimal | str
    is_total: bool = False
    decimals: int = 0  #: of a number, as it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number that is shown with a fixed number of decimals."""

    number: Decimal
    decimals: int
    is_total: bool = False


Cell = str | int | Decimal | date | Amount | Formula | None


class Book:
    """The workbook's formats, each made once."""

    def __init__(self, workbook: "Workbook") -> None:
        self._workbook = workbook
        self._formats: dict[str, Format] = {}
        self.named = {name: workbook.add_format(asked) for name, asked in _FORMATS.items()}

    def sheet(self, name: str, widths: Iterable[int]) -> "Sheet":
        """Add a sheet with columns of these widths, in letters."""
        worksheet = self._workbook.add_worksheet(name)
        for column, width in enumerate(widths):
            worksheet.set_column(column, column, width)
        worksheet.set_landscape()
        worksheet.set_paper(9)
        worksheet.fit_to_pages(1, 0)
        return Sheet(self, worksheet)

    def number(self, decimals: int, *, is_total: bool = False) -> "Format":
        """Give the format of numbers with so many decimals."""
        key = f"{decimals} {is_total}"
        if key not in self._formats:
            shown = "#,##0" + ("." + "0" * decimals if decimals else "")
            asked: dict[str, object] = {"num_format": shown, "valign": "top"}
            if is_total:
                asked |= {"bold": True, "top": 1}
            self._formats[key] = self._workbook.add_format(asked)
        return self._formats[key]


class Sheet:
    """A sheet that is written from the top down, row by row."""

    def __init__(self, book: Book, worksheet: "Worksheet") -> None:
        self._book = book
        self._worksheet = worksheet
        self._row = 0

    @property
    def next_row(self) -> int:
        """The number of the row that is written next, as a spreadsheet counts: from 1."""
        return self._row + 1

    def title(self, name: str, about: str) -> None:
        """Write what the sheet is, above its table."""
        self.row([name], Style.TITLE)
        self.row([about], Style.LABEL)
        self.skip()

    def skip(self) -> None:
        """Leave a row empty."""
        self._row += 1

    def head(self, names: Iterable[str]) -> None:
        """Write the names of columns, and keep them in sight and on each printed page."""
        self.row(names, Style.HEAD)
        self._worksheet.freeze_panes(self._row, 0)
        self._worksheet.repeat_rows(self._row - 1)

    def row(self, cells: Iterable[Cell], style: Style = Style.TEXT) -> None:
        """Write a row. A text is a text, whatever it begins with."""
        for column, cell in enumerate(cells):
            self._write(column, cell, style)
        self._row += 1

    def mark_what_differs(self, reference: str) -> None:
        """Let the checks of a range stand out where they don't agree."""
        rule = {"type": "cell", "criteria": "==", "value": f'"{DIFFERS}"'}
        self._worksheet.conditional_format(
            reference, {**rule, "format": self._book.named["differs"]}
        )

    def _write(self, column: int, cell: Cell, style: Style) -> None:
        sheet, named, row = self._worksheet, self._book.named, self._row
        match cell:
            case None:
                pass
            case Formula():
                look = named["check"] if isinstance(cell.value, str) else self._of(cell)
                sheet.write_formula(row, column, cell.text, look, _result(cell.value))
            case Amount():
                sheet.write_number(row, column, held(cell.number), self._of(cell))
            case str():
                sheet.write_string(row, column, _cut(cell), named[style])
            case date():
                sheet.write_datetime(row, column, cell, named["day"])
            case int():
                sheet.write_number(row, column, cell, self._book.number(0))
            case _:
                look = self._book.number(decimals_of(cell))
                sheet.write_number(row, column, held(cell), look)

    def _of(self, cell: Amount | Formula) -> "Format":
        return self._book.number(cell.decimals, is_total=cell.is_total)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _result(value: Decimal | str) -> str | Decimal:
    """Give a result as the library writes it: a text, or a number without an exponent."""
    return value if isinstance(value, str) else Decimal(plain(held(value)))


def check(computed: str, issued: str, minor: int) -> Formula:
    """Write the check of a computed cell: it is less than half a unit from the issued one.

    Args:
        computed: a cell, such as "K5".
        issued: another.
        minor: decimals of the minor unit.
    """
    half = plain(Decimal(5).scaleb(-minor - 1))
    text = f'=IF(ABS({computed}-{issued})<{half},"{AGREES}","{DIFFERS}")'
    return Formula(text=text, value=AGREES)
