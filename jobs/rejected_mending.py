"""A refused record with some of its values mended, as text, and reading it again."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from billing_core.faults import Faults
from db.commands.rejected_reading import Read, Reading
from db.queries.refused_records import RefusedRecord
from intake import cloudevents
from intake.profiles.found import Billed
from intake.profiles.json_rows import NumberText
from intake.profiles.measurements import Measured
from intake.profiles.profile_file import AnyProfile, load_profile
from intake.profiles.reading import measure_record
from intake.profiles.refusals import RefusedRow

#: What a program recorded, not a file: its records read as those of posts do.
PROGRAM: Final = "events"
_JSON_WORDS: Final = {"true": True, "false": False}


class NotMendable(ValueError):  # noqa: N818 - the message is what the user is told
    """The record can't be changed so; the message is one sentence without its full stop."""


def profile_of(name: str | None, given: str) -> AnyProfile | None:
    """How records are read again; None for those of posts.

    Args:
        name: as it was when they came; None for posts.
        given: on the command line, in its place; empty if it wasn't.

    Raises:
        NotMendable: it can't be found.
    """
    if not given and name in {None, PROGRAM}:
        return None
    try:
        return load_profile(given or name or "")
    except Faults as faults:
        raise NotMendable(f"{faults}; give the profile's file with --profile") from None


def reader(profile: AnyProfile | None) -> Read:
    """Reads records again, each for the client and under the source that it names."""

    def read(record: RefusedRecord) -> Reading:
        source = record.source or ""
        found: Iterable[Measured | Billed | RefusedRow]
        if profile is None:
            found = cloudevents.measure_record(record.record, record.client, source)
        else:
            found = measure_record(record.record, profile, record.client, source)
        return _reading(tuple(found))

    return read


def _reading(found: tuple[Measured | Billed | RefusedRow, ...]) -> Reading:
    return Reading(
        measured=tuple(each for each in found if isinstance(each, Measured)),
        billed=tuple(each for each in found if isinstance(each, Billed)),
        refused=tuple(each for each in found if isinstance(each, RefusedRow)),
    )


def mended(record: str, changes: Iterable[str]) -> tuple[str, str]:
    """A record with some values changed, and what was changed in words.

    Args:
        record: JSON: a row by its columns, or a posted event.
        changes: each "column=value"; "data.quantity=value" reaches into a posted event. An empty
            value leaves the column out.

    Raises:
        NotMendable: the record is no JSON object, or a change isn't one.

    Example:
        >>> mended('{"id": "a", "gb": "1,5"}', ["gb=1.5"])
        ('{"id": "a", "gb": "1.5"}', 'gb "1,5" to "1.5"')
    """
    fields = _fields(record)
    said = [_changed(fields, change) for change in changes]
    return _dumped(fields), ", ".join(said)


def _fields(record: str) -> dict[str, object]:
    try:
        fields = json.loads(
            record, parse_float=NumberText, parse_int=NumberText, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise NotMendable("the record can't be taken apart; give all of it with --record FILE")
    return fields


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field stands there twice")
    return fields


def _changed(fields: dict[str, object], change: str) -> str:
    name, separator, value = change.partition("=")
    if not separator or not name:
        raise NotMendable(f"{change[:64]!r} is no change; write column=value")
    place, last = fields, name
    while last not in place and "." in last:
        first, _, rest = last.partition(".")
        inner = place.get(first)
        if not isinstance(inner, dict):
            break
        place, last = inner, rest
    before = place.pop(last, None) if not value else place.get(last)
    after = _JSON_WORDS.get(value, value) if value else None
    if after is not None:
        place[last] = after
    return f"{name} {_shown(before)} to {_shown(after)}"


def _shown(value: object) -> str:
    return "nothing" if value is None else _dumped(value)


def _dumped(value: object) -> str:
    """JSON with each number as it was written."""
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(_members(value, _dumped)) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dumped, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _members(fields: dict[str, object], dumped: Callable[[object], str]) -> Iterator[str]:
    return (
        f"{json.dumps(name, ensure_ascii=False)}: {dumped(each)}" for name, each in fields.items()
    )
