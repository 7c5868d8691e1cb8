"""Rows of a FOCUS file by the names of their columns; what is empty or `NULL` is absent."""

import csv
import json
from collections.abc import Iterator, Mapping
from typing import IO

from intake.focus.columns import MANDATORY, NEEDED, NULL, TAG, version_of
from intake.focus.profile import FocusProfile
from intake.profiles.csv_rows import LONGEST_CELL, header_of, name_faults, whole_rows
from intake.profiles.found import Note
from intake.profiles.refusals import FileRefused, RefusedRow
from intake.profiles.text_file import text_lines

#: The line a row begins on, and its values by column.
FocusRow = tuple[int, Mapping[str, str]]


def focus_rows(text: IO[bytes], profile: FocusProfile) -> Iterator[FocusRow | RefusedRow | Note]:
    """Give each row; first a note on the file as a whole.

    Raises:
        FileRefused: if columns are missing that a bill can't do without.
    """
    csv.field_size_limit(LONGEST_CELL)
    with text_lines(text) as lines:
        reader = csv.reader(lines, strict=True)
        header = header_of(reader)
        yield _checked(header, profile)
        for row in whole_rows(reader, header):
            if isinstance(row, RefusedRow):
                yield row
            else:
                line, cells = row
                yield line, present(dict(zip(header, cells, strict=True)))


def present(values: Mapping[str, str]) -> dict[str, str]:
    """The values that are there: neither empty nor `NULL`."""
    return {name: text for name, text in values.items() if text and text != NULL}


def tag_of(values: Mapping[str, str], key: str) -> str | None:
    """A tag's value, where the tags are JSON and have it as a text."""
    try:
        tags = json.loads(values.get("Tags", "{}"))
    except (ValueError, RecursionError):
        return None
    value = tags.get(key) if isinstance(tags, dict) else None
    return value if isinstance(value, str) else None


def text_of(values: Mapping[str, str], column: str) -> str | None:
    """A row's text in a column; `Tags:key` is the value of a tag."""
    if column.startswith(TAG):
        return tag_of(values, column.removeprefix(TAG))
    return values.get(column)


def _checked(header: list[str], profile: FocusProfile) -> Note:
    version = version_of(header)
    missing = [column for column in MANDATORY if column not in header]
    faults = [*name_faults(header), *_asked_for(header, profile)]
    lacking = f"mandatory columns are missing: {', '.join(missing)}"
    if not set(missing).isdisjoint(NEEDED):
        faults.insert(0, lacking)
    if faults:
        raise FileRefused(f"header (read as FOCUS {version}): {'; '.join(faults)}")
    return Note(f"FOCUS {version}; {lacking}" if missing else f"FOCUS {version}")


def _asked_for(header: list[str], profile: FocusProfile) -> Iterator[str]:
    for column in profile.columns:
        name = "Tags" if column.startswith(TAG) else column
        if name not in header and name not in MANDATORY:
            yield f"the column {name!r}, which the profile asks for, is missing"
