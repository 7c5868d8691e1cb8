"""Rows of a JSON lines file: one object per line, read without ever making a float."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import IO, Never

from intake.profiles.csv_rows import Row
from intake.profiles.profile import Profile
from intake.profiles.record import cut
from intake.profiles.refusals import Refusal, RefusedRow
from intake.profiles.text_file import MARK

LONGEST_LINE = 1 << 20
HALF_SIGN = re.compile("[\ud800-\udfff]")


class NumberText(str):
    """A JSON number, as the text it was written in."""

    __slots__ = ()


def json_rows(text: IO[bytes], profile: Profile) -> Iterator[Row | RefusedRow]:
    """Give each line's values in the order of the profile's columns; faulty lines are refused."""
    for number, line in enumerate(_lines(text), start=1):
        if not line.strip():
            continue
        try:
            yield number, json_cells(line, profile)
        except Refusal as refusal:
            record = cut(line.decode("utf-8", "replace"))
            yield RefusedRow(line=number, code=refusal.code, reason=refusal.reason, record=record)


def json_cells(line: bytes, profile: Profile) -> list[str | None]:
    """The values of one object in the order of the profile's columns.

    Raises:
        Refusal: if it isn't one, or not of this profile.
    """
    quantities = {meter.quantity for meter in profile.meters}
    withdraws = profile.correction.withdraws if profile.correction else None
    fields = _fields(line, profile)
    if withdraws is not None and isinstance(fields.get(withdraws), bool):
        fields[withdraws] = "true" if fields[withdraws] else "false"
    return [_text(fields, name, name in quantities) for name in profile.columns]


def _lines(text: IO[bytes]) -> Iterator[bytes]:
    first = True
    while line := text.readline(LONGEST_LINE):
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            _skip_to_next(text)
        yield line.removeprefix(MARK) if first else line
        first = False


def _skip_to_next(text: IO[bytes]) -> None:
    while (rest := text.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass


def _fields(line: bytes, profile: Profile) -> dict[str, object]:
    if len(line) == LONGEST_LINE:
        raise Refusal("row", f"a line may have at most {LONGEST_LINE:,} bytes")
    value = parsed_object(line)
    unknown = value.keys() - set(profile.columns) - profile.ignored
    if unknown:
        raise Refusal("row", f"unknown field {min(unknown)!r}")
    return value


def parsed_object(line: bytes) -> dict[str, object]:
    """One JSON object, its numbers as texts.

    Raises:
        Refusal: if it isn't one.
    """
    value = _parsed(line)
    if not isinstance(value, dict):
        raise Refusal("row", "a line must be one JSON object")
    return value


def _parsed(line: bytes) -> object:
    try:
        return json.loads(
            line,
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_no_constant,
            object_pairs_hook=_no_duplicates,
        )
    except json.JSONDecodeError as error:
        raise Refusal("row", f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise Refusal("row", "not a usage event: nested too deep") from None


def _no_constant(name: str) -> Never:
    raise Refusal("number", f"{name} is not a number")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Refusal("row", f"the field {first_double(pairs)!r} stands there twice")
    return fields


def first_double(pairs: Iterable[tuple[str, object]]) -> str:
    """The first name that stands there again, or nothing; in one pass, however long the object is.

    >>> first_double([("a", 1), ("b", 2), ("b", 3), ("a", 4)])
    'b'
    """
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _text(fields: dict[str, object], name: str, is_quantity: bool) -> str | None:  # noqa: FBT001 - called once, above
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or (isinstance(value, NumberText) and not is_quantity):
        raise Refusal("text", f"{name} must be a text in quotes")
    if HALF_SIGN.search(value) or "\0" in value:
        raise Refusal("text", f"{name} holds a sign that can't be stored (NUL or half a sign)")
    return value
