"""A small spreadsheet program: computes a workbook's formulas in doubles, as the real ones do.

It shares nothing with the product. ROUND works on the shortest decimal that a double stands for, as
Excel's and LibreOffice's do.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

TOKEN = re.compile(
    r"""\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<text>"[^"]*")|(?P<name>[A-Z]+)(?=\()
    |(?P<cells>(?:'[^']+'!)?\$?[A-Z]+\$?[0-9]+(?::\$?[A-Z]+\$?[0-9]+)?)|(?P<sign>[-+*/=<(),]))""",
    re.VERBOSE,
)


@dataclass
class Spreadsheet:
    """A workbook, computed when it is asked."""

    content: bytes
    known: dict[tuple[str, int, int], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = load_workbook(BytesIO(self.content))
        self.stored = load_workbook(BytesIO(self.content), data_only=True)

    def formulas(self) -> Iterator[tuple[str, int, int]]:
        for sheet in self.book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        yield sheet.title, cell.row, cell.column

    def text_of(self, sheet: str, row: int, column: int) -> str:
        return str(self.book[sheet].cell(row, column).value)

    def stored_value(self, sheet: str, row: int, column: int) -> Any:  # noqa: ANN401 - any value
        return self.stored[sheet].cell(row, column).value

    def value(self, sheet: str, row: int, column: int) -> Any:  # noqa: ANN401 - any value
        place = (sheet, row, column)
        if place not in self.known:
            cell = self.book[sheet].cell(row, column)
            is_formula = cell.data_type == "f"
            self.known[place] = (
                _Formula(self, sheet, cell.value[1:]).result() if is_formula else cell.value
            )
        return self.known[place]

    def cells(self, sheet: str, reference: str) -> list[Any]:
        name, _, cells = reference.rpartition("!")
        left, top, right, bottom = range_boundaries(cells.replace("$", ""))
        return [
            self.value(name.strip("'") or sheet, row, column)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]


class _Formula:
    def __init__(self, spreadsheet: Spreadsheet, sheet: str, text: str) -> None:
        self._of = spreadsheet
        self._sheet = sheet
        found = list(TOKEN.finditer(text))
        assert sum(len(each[0]) for each in found) == len(text), text
        self._tokens = [(str(each.lastgroup), str(each[each.lastgroup or 0])) for each in found]

    def result(self) -> Any:  # noqa: ANN401 - any value
        return self._comparison()

    def _next(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self) -> tuple[str, str]:
        return self._tokens.pop(0)

    def _comparison(self) -> Any:  # noqa: ANN401 - any value
        left = self._sum()
        while self._next() in {"=", "<"}:
            _, sign = self._take()
            right = self._sum()
            left = left == right if sign == "=" else left < right
        return left

    def _sum(self) -> Any:  # noqa: ANN401 - any value
        left = self._product()
        while self._next() in {"+", "-"}:
            _, sign = self._take()
            right = self._product()
            left = _of(left) + _of(right) if sign == "+" else _of(left) - _of(right)
        return left

    def _product(self) -> Any:  # noqa: ANN401 - any value
        left = self._atom()
        while self._next() in {"*", "/"}:
            _, sign = self._take()
            right = self._atom()
            left = _of(left) * _of(right) if sign == "*" else _of(left) / _of(right)
        return left

    def _atom(self) -> Any:  # noqa: ANN401 - any value
        kind, token = self._take()
        match kind:
            case "number":
                return float(token)
            case "text":
                return token[1:-1]
            case "name":
                self._take()
                return FUNCTIONS[token](*self._arguments())
            case "cells":
                found = self._of.cells(self._sheet, token)
                return found if ":" in token else found[0]
        raise AssertionError(token)

    def _arguments(self) -> list[Any]:
        found = [self._comparison()]
        while self._take()[1] == ",":
            found.append(self._comparison())
        return found


def _of(value: object) -> float:
    return 0.0 if value is None else float(value)  # type: ignore[arg-type]  # a number, as cells go


def _rounded(value: object, places: object) -> float:
    unit = Decimal(1).scaleb(-int(_of(places)))
    return float(Decimal(repr(_of(value))).quantize(unit, rounding=ROUND_HALF_UP))


def _sum_if(amounts: Sequence[object], keys: Sequence[object], key: object) -> float:
    pairs = zip(amounts, keys, strict=True)
    return sum(_of(amount) for amount, each in pairs if each is not None and each == key)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ROUND": _rounded,
    "ABS": lambda value: abs(_of(value)),
    "SUM": lambda cells: sum(_of(each) for each in cells if not isinstance(each, str)),
    "SUMIFS": _sum_if,
    "COUNTIF": lambda cells, wanted: cells.count(wanted),
    "IF": lambda test, yes, no: yes if test else no,
}
