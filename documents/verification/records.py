"""The rows of an event file, told apart byte for byte: there is but one way to write them."""

import csv
from collections.abc import Iterator
from typing import Final

from documents.bundle.event_rows import COLUMNS, HEADER, line_of_texts
from documents.verification.report import Unreadable

LONGEST_ROW: Final = 65_536


class Spoiled(Exception):  # noqa: N818 - it says of a file what it is
    """From here on the file is not what a bundle holds; the message is the end of a sentence."""


def records_of(pieces: Iterator[str], name: str) -> Iterator[list[str]]:
    """Give the fields of each row after the header.

    Raises:
        Spoiled: the file was not written as it must be; what came before is still good.
        Unreadable: a row is longer than any can be.
    """
    lines = _lines_of(pieces, name)
    if next(lines, "") != HEADER[:-1]:
        raise Spoiled("does not start with the names of its columns, or has Windows line ends")
    for line in lines:
        if '"' in line:
            yield _quoted(line, lines, name)
        elif "\r" in line:
            raise Spoiled("has Windows line ends (CR LF): its bytes were changed on the way")
        else:
            yield line.split(",")


def _lines_of(pieces: Iterator[str], name: str) -> Iterator[str]:
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from lines
        if len(rest) > LONGEST_ROW:
            raise Unreadable(f"{name} has a row of more than {LONGEST_ROW} characters.")
    if rest:
        raise Spoiled("ends in the middle of a row")


def _quoted(line: str, lines: Iterator[str], name: str) -> list[str]:
    """Read a row with quotes, which may hold line feeds."""
    whole = line
    while whole.count('"') % 2:
        following = next(lines, None)
        if following is None:
            raise Spoiled("ends in the middle of a row")
        whole = f"{whole}\n{following}"
        if len(whole) > LONGEST_ROW:
            raise Unreadable(f"{name} has a row of more than {LONGEST_ROW} characters.")
    try:
        (fields,) = csv.reader([whole], strict=True)
    except (csv.Error, ValueError):
        fields = []
    if len(fields) != len(COLUMNS) or line_of_texts(fields) != f"{whole}\n":
        raise Spoiled("has a row that is not written as it must be")
    return fields
