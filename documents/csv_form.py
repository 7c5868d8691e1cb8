"""Rows as CSV: one byte-exact form, and one that a spreadsheet opens without running anything.

The canonical form is RFC 4180 in UTF-8: lines end with CR LF, the first has the names of the
columns, a field is quoted only where it holds a comma, a quote, a CR or a LF. It is written here
and not by a library, so that the same rows stay the same bytes under every version of one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

_QUOTED: Final = frozenset(',"\r\n')
#: The safe form's as well: other countries' spreadsheets split a line at these.
_QUOTED_WHEN_SAFE: Final = _QUOTED | frozenset(";\t|")
#: What makes a spreadsheet read a text as a formula, with the wide forms of = + - @ in the end.
_STARTS_A_FORMULA: Final = (*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
#: Where a spreadsheet that splits lines elsewhere begins a cell, quoted or not.
_BEGINS_A_CELL: Final = re.compile('([;\t|\r\n])(?=[\\s"]*[-=+@\uff1d\uff0b\uff0d\uff20])')
#: By this a spreadsheet knows that the text is UTF-8.
_MARK: Final = "\ufeff"
#: Bytes are handed on in pieces of about this size.
_PIECE: Final = 1 << 16

Cell = str | int | bool | Decimal | date | datetime | StrEnum | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its name; what people wrote is text, all else is ours."""

    name: str
    is_text: bool = False  #: somebody's words, which a spreadsheet must not run


def text_columns(*names: str) -> frozenset[str]:
    """Name the columns that hold somebody's words."""
    return frozenset(names)


def columns_of(names: Iterable[str], texts: frozenset[str]) -> tuple[Column, ...]:
    """Give the columns of these names, of which some hold somebody's words."""
    return tuple(Column(name=name, is_text=name in texts) for name in names)


def csv_stream(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, safe: bool = False
) -> Iterator[bytes]:
    r"""Write rows piece by piece; however many there are, a piece is all that is held.

    >>> names = columns_of(["resource", "quantity"], text_columns("resource"))
    >>> b"".join(csv_stream(names, [("=1+1", Decimal("-1.50"))]))
    b'resource,quantity\r\n=1+1,-1.50\r\n'
    >>> b"".join(csv_stream(names, [("=1+1", Decimal("-1.50"))], safe=True))[3:]
    b"resource,quantity\r\n'=1+1,-1.50\r\n"

    Args:
        columns: in order.
        rows: each with a cell for every column.
        safe: defuse texts that a spreadsheet would run, by an apostrophe before what it would run,
            quote fields with a semicolon, a tab or a bar, too, and mark the file as UTF-8; numbers
            stay numbers.
    """
    held: list[str] = [_MARK] if safe else []
    size = 0
    for line in _lines(columns, rows, safe=safe):
        held.append(line)
        size += len(line)
        if size >= _PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def _lines(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, safe: bool
) -> Iterator[str]:
    yield _line(column.name for column in columns)
    for row in rows:
        texts = tuple(map(cell_text, row))
        yield _line(_defused(columns, texts), _QUOTED_WHEN_SAFE) if safe else _line(texts)


def _defused(columns: Sequence[Column], texts: Sequence[str]) -> Iterator[str]:
    for column, text in zip(columns, texts, strict=True):
        yield defused(text) if column.is_text else text


def _line(texts: Iterable[str], quoted: frozenset[str] = _QUOTED) -> str:
    return ",".join(_field(text, quoted) for text in texts) + "\r\n"


def _field(text: str, quoted: frozenset[str]) -> str:
    return text if quoted.isdisjoint(text) else '"' + text.replace('"', '""') + '"'


def cell_text(cell: Cell) -> str:
    """Write a cell: decimals with all their digits, days and instants as ISO 8601 in UTC."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return f"{cell:%Y-%m-%dT%H:%M:%S.%f}Z"
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


def defused(text: str) -> str:
    """Put an apostrophe before whatever in a text a spreadsheet would run.

    >>> defused("=cmd|' /C calc'!A0"), defused("Storage"), defused("x;=1+1")
    ("'=cmd|' /C calc'!A0", 'Storage', "x;'=1+1")
    """
    inner = _BEGINS_A_CELL.sub(r"\1'", text)
    return f"'{inner}" if inner.startswith(_STARTS_A_FORMULA) else inner
