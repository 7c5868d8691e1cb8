"""Rows of a CSV file, their cells in the order in which the profile reads its columns."""

import csv
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import IO, Protocol

from intake.profiles.profile import Profile
from intake.profiles.record import refused
from intake.profiles.refusals import FileRefused, Refusal, RefusedRow
from intake.profiles.text_file import text_lines

LONGEST_CELL = 1 << 24  # more than this is an unclosed quote, not a cell


class Reader(Protocol):
    """What `csv.reader` gives."""

    @property
    def line_num(self) -> int:
        """Lines read so far."""

    def __next__(self) -> list[str]:
        """The next row's cells."""


#: A row: the line it begins on and its cells; a column that the file lacks is None.
Row = tuple[int, Sequence[str | None]]


def csv_rows(text: IO[bytes], profile: Profile) -> Iterator[Row | RefusedRow]:
    """Give each row; one with too few or too many cells is refused.

    Raises:
        FileRefused: if the header isn't the profile's.
    """
    csv.field_size_limit(LONGEST_CELL)
    with text_lines(text) as lines:
        reader = csv.reader(lines, delimiter=profile.delimiter, strict=True)
        header = header_of(reader)
        places = _places(header, profile)
        for row in whole_rows(reader, header):
            if isinstance(row, RefusedRow):
                yield row
            else:
                line, cells = row
                yield line, [None if place is None else cells[place] for place in places]


def whole_rows(
    reader: Reader, header: Sequence[str]
) -> Iterator[tuple[int, list[str]] | RefusedRow]:
    """Each row below the header with its line; what isn't as wide as the header is refused."""
    width = len(header)
    for first, cells in _numbered(reader):
        if isinstance(cells, csv.Error):
            yield _unreadable(first, str(cells))
        elif len(cells) == width:
            yield first, cells
        elif cells:
            yield _wrong_width(first, cells, header)


def _numbered(reader: Reader) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Each row with the line it begins on; what can't be read as CSV ends the file."""
    while True:
        first = reader.line_num + 1
        try:
            yield first, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield first, error
            return


def header_of(reader: Reader) -> list[str]:
    """The names of the columns.

    Raises:
        FileRefused: if there are none.
    """
    try:
        header = next(reader)
    except (csv.Error, StopIteration) as error:
        raise FileRefused(f"the header can't be read: {error}") from None
    if not any(name.strip() for name in header):
        raise FileRefused("the first line is empty; it must name the columns")
    return header


def _places(header: list[str], profile: Profile) -> list[int | None]:
    faults = [*_header_faults(header, profile), *name_faults(header)]
    if faults:
        raise FileRefused(f"header: {'; '.join(faults)}")
    return [header.index(name) if name in header else None for name in profile.columns]


def _header_faults(header: list[str], profile: Profile) -> Iterator[str]:
    known = set(profile.columns)
    for name in profile.columns:
        if name not in header and name not in profile.optional:
            yield f"the column {name!r} is missing"
    for name in dict.fromkeys(header):
        if name.strip() and name not in known and name not in profile.ignored:
            yield f"the column {name!r} is not known to the profile {profile.name}"


def name_faults(header: Sequence[str]) -> Iterator[str]:
    """Columns without a name, or with one that stands there already."""
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            yield f"the column {name!r} stands there {header.count(name)} times"
        if not name.strip():
            yield f"column {header.index(name) + 1} has no name"


def _wrong_width(line: int, cells: list[str], header: Sequence[str]) -> RefusedRow:
    reason = f"{len(cells)} cells where the header has {len(header)}"
    return refused(line, dict(zip_longest(header, cells)), Refusal("row", reason))


def _unreadable(line: int, error: str) -> RefusedRow:
    reason = f"can't be read as CSV ({error}); nothing after it was read"
    return RefusedRow(line=line, code="row", reason=reason, record="")
