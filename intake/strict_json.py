"""JSON from outside, read strictly: nothing is guessed, and nothing becomes a float.

A number without quotes, NaN or Infinity, or an object that names a key twice doesn't make the whole
text unreadable: `Refused` stands in its place and says why, so that the rest can be used.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DEEPEST: Final = 20
_LONGEST_SHOWN: Final = 40


class UnreadableFile(ValueError):  # noqa: N818 - it names what is the matter
    """A file that can't be read as JSON at all; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Stands where the JSON held something that we don't take."""

    message: str  #: the end of a sentence that starts with the place


def read_json(path: Path) -> object:
    """Read a JSON file in UTF-8, with or without a byte order mark.

    Raises:
        UnreadableFile: where there is no such file, no UTF-8, no JSON, or it is nested too deeply.
    """
    try:
        found: object = json.loads(
            _text_of(path),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_bare_number,
            parse_int=_bare_number,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableFile(f"{path.name} is not JSON at {where}: {error.msg}") from None
    except RecursionError:
        raise UnreadableFile(f"{path.name} is nested too deeply") from None
    if _is_deeper(found, DEEPEST):
        raise UnreadableFile(f"{path.name} is nested more than {DEEPEST} levels deep")
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path.name} is not UTF-8 at byte {error.start}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it has no such name"
        raise UnreadableFile(f"{path.name} can't be read: {reason}") from None


def _object(pairs: list[tuple[str, object]]) -> object:
    counts = Counter(name for name, _ in pairs)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        return Refused(message=f"names {', '.join(map(ascii, twice))} more than once")
    return dict(pairs)


def _constant(text: str) -> Refused:
    return Refused(message=f"{text} is not a number")


def _bare_number(text: str) -> Refused:
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return Refused(message=f'write the number as text: "{shown}"')


def _is_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in value)
