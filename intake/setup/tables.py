"""Bytes of one CSV file → its rows, with every fault of the file's form."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from billing_core.faults import Fault
from intake.setup.files import SINCE_INVOICES
from intake.setup.row import Row

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One file as read: its rows, and what is wrong with the file as a whole."""

    file: str
    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = field(default=())

    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of the file, then those of its rows, in the order of the rows."""
        return self.faults + tuple(fault for row in self.rows for fault in row.faults)


def read_table(file: str, content: bytes, columns: Sequence[str]) -> Table:
    """The rows of a file whose header must name exactly these columns, in any order.

    Where only columns lack that came with invoices, which may be empty, the rows are read as well:
    so that all else that is wrong is told at once.
    """
    try:
        text = _decoded(content)
    except ValueError as error:
        return Table(file=file, faults=(Fault(where=file, message=str(error)),))
    records = _records(text)
    try:
        _, header = next(records)
    except StopIteration:
        message = f"The file is empty: begin it with the header {','.join(columns)}."
        return Table(file=file, faults=(Fault(where=f"{file}:1", message=message),))
    except csv.Error as error:
        return Table(file=file, faults=(_broken(file, 1, error),))
    faults = tuple(_header_faults(file, header, columns))
    lacking = SINCE_INVOICES.get(file, frozenset()) - set(header)
    if len(faults) > len(lacking):
        return Table(file=file, faults=faults)
    rows, broken = _rows(file, header, records)
    empty = dict.fromkeys(lacking, "")
    whole = tuple(replace(row, cells={**row.cells, **empty}) for row in rows) if empty else rows
    return Table(file=file, rows=whole, faults=faults + broken)


def _decoded(content: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises:
        ValueError: one sentence with the offset of the first byte that is not UTF-8 text.
    """
    if content.startswith(_UTF_16_MARKS):
        raise ValueError("The file is UTF-16 (byte 0): save it as UTF-8.")
    if (offset := content.find(b"\x00")) >= 0:
        raise ValueError(f"Byte {offset} is NUL, which no text has: save the file as UTF-8 text.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder counts from behind a byte order mark.
        offset = error.start + len(content) - len(error.object)
        wrong = error.object[error.start]
        message = f"Byte {offset} (0x{wrong:02x}) is not UTF-8: save the file as UTF-8."
        raise ValueError(message) from None


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on, counted from 1; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    for record in reader:
        if record:
            yield line, record
        line = reader.line_num + 1


def _header_faults(file: str, header: Sequence[str], columns: Sequence[str]) -> Iterator[Fault]:
    for name, count in Counter(header).items():
        if name not in columns:
            message = f"The column {name!r} is not one of this file: remove it."
            yield Fault(where=f"{file}:1:{name}", message=message)
        elif count > 1:
            message = f"The column is there {count} times: keep one."
            yield Fault(where=f"{file}:1:{name}", message=message)
    for name in columns:
        if name not in header:
            is_new = name in SINCE_INVOICES.get(file, ())
            message = _NEW_COLUMN if is_new else "The column is missing: add it."
            yield Fault(where=f"{file}:1:{name}", message=message)


_NEW_COLUMN: Final = "The column came with invoices and is missing: add it, its cells may be empty."


def _rows(
    file: str, header: Sequence[str], records: Iterator[tuple[int, list[str]]]
) -> tuple[tuple[Row, ...], tuple[Fault, ...]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    last = 1
    try:
        for line, record in records:
            last = line
            if len(record) == len(header):
                cells = dict(zip(header, record, strict=True))
                rows.append(Row(file=file, line=line, cells=cells))
            else:
                faults.append(_wrong_length(file, line, len(record), len(header)))
    except csv.Error as error:
        faults.append(_broken(file, last + 1, error))
    return tuple(rows), tuple(faults)


def _wrong_length(file: str, line: int, found: int, needed: int) -> Fault:
    message = (
        f"The row has {found} cells and the header {needed}: "
        "put cells that hold a comma in quotes, and give every column a cell."
    )
    return Fault(where=f"{file}:{line}", message=message)


def _broken(file: str, line: int, error: csv.Error) -> Fault:
    message = f"The row, or one after it, can't be read as CSV ({error}): check its quotes."
    return Fault(where=f"{file}:{line}", message=message)
