"""One row of a file: its cells read as what they stand for, its faults collected."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from billing_core.faults import Fault
from billing_core.numbers import NumberFault, parse_number, plain, size_fault

Choice = TypeVar("Choice", bound=StrEnum)

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}"
)
_LONGEST_EMAIL: Final = 254
#: Marks that turn the direction of the text around them: a name could show as another.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a number may be."""

    least: Decimal | None = Decimal(0)  #: inclusive
    above: Decimal | None = None  #: exclusive
    most: Decimal | None = None  #: inclusive
    places: int = 15  #: decimal digits

    def fault(self, number: Decimal) -> str | None:
        """What is wrong with a number, in a sentence; None where nothing is."""
        shown = plain(number)
        if self.least is not None and number < self.least:
            return f"{shown} is too small: give at least {self.least}."
        if self.above is not None and number <= self.above:
            return f"{shown} is too small: give more than {self.above}."
        if self.most is not None and number > self.most:
            return f"{shown} is too large: give at most {self.most}."
        if size_fault(number, decimals=self.places):
            return f"{shown} has more than {self.places} decimals: round it."
        return None


QUANTITY: Final = Bounds()
QUANTITY_ABOVE_ZERO: Final = Bounds(above=Decimal(0))
AMOUNT: Final = Bounds(places=12)
SIGNED_AMOUNT: Final = Bounds(least=None, places=12)
SHARE: Final = Bounds(most=Decimal(1))
RATE: Final = Bounds(most=Decimal(1000))
THRESHOLD: Final = Bounds(above=Decimal(0), most=Decimal(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row as it stands in its file; reading a cell notes what is wrong with it."""

    file: str
    line: int  #: the line it begins on; the header is line 1
    cells: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong so far."""
        return not self.faults

    @property
    def place(self) -> str:
        """Where the row stands, such as `prices.csv:4`."""
        return f"{self.file}:{self.line}"

    def refuse(self, column: str, message: str) -> None:
        """Note a fault of a column."""
        self.faults.append(Fault(where=f"{self.place}:{column}", message=message))

    def text(
        self, column: str, *, longest: int = 200, needed: bool = True, lines: bool = False
    ) -> str:
        """A cell as it stands; `lines` allows line breaks, which come out as LF."""
        cell = self.cells[column].replace("\r\n", "\n") if lines else self.cells[column]
        if message := _text_fault(cell, longest=longest, needed=needed, lines=lines):
            self.refuse(column, message)
        return cell

    def code(self, column: str, *, needed: bool = True) -> str:
        """A code, compared exactly: `NA`, `null`, `0012` and `1e5` are codes like any other."""
        cell = self.cells[column]
        if not cell and not needed:
            return ""
        if not _CODE.fullmatch(cell):
            self.refuse(column, f"{_shown(cell)} is not a code: {_CODE_RULE}")
        return cell

    def email(self, column: str, *, needed: bool = True) -> str:
        """An e-mail address in lower case."""
        cell = self.cells[column].lower()
        if not cell and not needed:
            return ""
        if len(cell) > _LONGEST_EMAIL or not _EMAIL.fullmatch(cell):
            self.refuse(
                column, f"{_shown(cell)} is not an e-mail address: write it as name@example.com."
            )
        return cell

    def known(self, column: str, names: frozenset[str], what: str) -> str:
        """A cell that must be one of a published list of names."""
        cell = self.cells[column]
        if cell not in names:
            self.refuse(column, f"{_shown(cell)} is not {what}.")
        return cell

    def choice(
        self, column: str, choices: type[Choice], default: Choice | None = None
    ) -> Choice | None:
        """One of a few words; None where it is none of them, which is noted."""
        cell = self.cells[column]
        if not cell and default is not None:
            return default
        if cell in tuple(choices):
            return choices(cell)
        self.refuse(
            column, f"{_shown(cell)} is not one of {', '.join(choices)}: write one of them."
        )
        return None

    def yes(self, column: str) -> bool | None:
        """Yes, no, or None where the cell is empty."""
        cell = self.cells[column]
        if cell not in {"yes", "no", ""}:
            self.refuse(column, f"{_shown(cell)} is neither yes nor no: write one of them.")
        return None if not cell else cell == "yes"

    def day(self, column: str, *, needed: bool = True) -> date | None:
        """A date, written 2026-10-01."""
        cell = self.cells[column]
        if not cell and not needed:
            return None
        try:
            return date.fromisoformat(cell if _DATE.fullmatch(cell) else "")
        except ValueError:
            self.refuse(column, f"{_shown(cell)} is not a date: write it as 2026-10-01.")
            return None

    def month(self, column: str) -> date | None:
        """The first day of a month, written 2026-10; None where the cell is empty or wrong."""
        cell = self.cells[column]
        if not cell:
            return None
        try:
            return date.fromisoformat(f"{cell}-01" if _MONTH.fullmatch(cell) else "")
        except ValueError:
            self.refuse(column, f"{_shown(cell)} is not a month: write it as 2026-10.")
            return None

    def whole(self, column: str, *, least: int, most: int) -> int | None:
        """A whole number between two bounds, both included; None where the cell is empty."""
        cell = self.cells[column]
        if not cell:
            return None
        if _WHOLE.fullmatch(cell) and least <= int(cell) <= most:
            return int(cell)
        self.refuse(
            column, f"{_shown(cell)} is not a whole number from {least} to {most}: write one."
        )
        return None

    def number(self, column: str, bounds: Bounds, *, needed: bool = False) -> Decimal | None:
        """A number; None where the cell is empty or wrong."""
        cell = self.cells[column]
        if not cell:
            if needed:
                self.refuse(column, "The cell is empty: give a number.")
            return None
        return self.parsed(column, cell, bounds)

    def parsed(self, column: str, text: str, bounds: Bounds) -> Decimal | None:
        """A number out of a cell; None where it is wrong, which is noted."""
        try:
            number = parse_number(text)
        except NumberFault as error:
            self.refuse(column, f"{error}.")
            return None
        if message := bounds.fault(number):
            self.refuse(column, message)
            return None
        return number


_CODE_RULE: Final = (
    "use 1 to 64 letters, digits, '.', '_' and '-', and begin with a letter or a digit."
)


def _text_fault(cell: str, *, longest: int, needed: bool, lines: bool) -> str | None:
    if needed and not cell:
        return "The cell is empty: fill it."
    if cell != cell.strip():
        return f"{_shown(cell)} begins or ends with a space: remove it."
    if len(cell) > longest:
        return f"The text has {len(cell):,} characters: use at most {longest:,}."
    if any(_hidden(sign) for sign in cell if not (lines and sign == "\n")):
        return f"{_shown(cell)} holds a character that can't be seen: remove it."
    return None


def _hidden(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} or sign in _TURNING


def _shown(cell: str) -> str:
    """A cell as a fault quotes it: short, with what can't be seen written out."""
    longest = 60
    return repr(cell) if len(cell) <= longest else repr(cell[: longest - 3] + "...")
