"""A post's body and headers, read as CloudEvents but not yet as usage.

Three modes: one event as JSON (structured), a list of them (batch), and one event whose attributes
are headers and whose data is the body (binary).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from intake.profiles.json_rows import NumberText, first_double

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
BINARY: Final = "application/json"
_PREFIX: Final = "ce-"
_TOO_DEEP: Final = "The body is nested too deeply."
#: Events in one request, at most.
MOST_EVENTS: Final = 1_000
#: Finds where an element ends, and makes no numbers: they may have any length.
_ENDS: Final = json.JSONDecoder(parse_int=str, parse_float=str)


class PostFault(StrEnum):
    """Why a whole request is refused."""

    MALFORMED = "malformed"  #: not UTF-8, not JSON, not CloudEvents
    MEDIA_TYPE = "media type"  #: a content type that isn't taken
    TOO_MANY = "too many"  #: more events than one request may have


class PostRefused(ValueError):  # noqa: N818 - "refused" is what the sender is told
    """The whole request is refused, and nothing of it is kept. The message is one sentence."""

    def __init__(self, fault: PostFault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Stands where the JSON held something that we don't take."""

    reason: str  #: a sentence


@dataclass(frozen=True, kw_only=True)
class Body:
    """The events of a request, in order."""

    events: Sequence[object]  #: as JSON gives them; numbers are `NumberText`
    text: str  #: the JSON that they were read from
    is_batch: bool

    @cached_property
    def records(self) -> list[str]:
        """The JSON text of each event, as it came.

        Raises:
            PostRefused: it could be read, but is nested too deeply to be read again from here.
        """
        try:
            return [*_elements(self.text)] if self.is_batch else [self.text]
        except RecursionError:
            raise PostRefused(PostFault.MALFORMED, _TOO_DEEP) from None


def read_body(body: bytes, headers: Mapping[str, str]) -> Body:
    """Read the events of a request.

    Args:
        body: unpacked.
        headers: by name in small letters.

    Raises:
        PostRefused: it holds no CloudEvents in one of the three modes, or too many.
    """
    media_type = _media_type(headers.get("content-type", ""))
    text = _text(body)
    if media_type == BATCH:
        return Body(events=_batch(parsed(text)), text=text, is_batch=True)
    if media_type == STRUCTURED:
        return Body(events=[_single(parsed(text))], text=text, is_batch=False)
    if media_type == BINARY and f"{_PREFIX}specversion" in headers:
        return _binary(text, headers)
    asked = f"{STRUCTURED}, {BATCH}, or {BINARY} with ce- headers"
    raise PostRefused(PostFault.MEDIA_TYPE, f"The content type must be {asked}.")


def parsed(text: str) -> object:
    """JSON, strictly: numbers stay text, and what isn't JSON's is `Unusable` where it stood.

    Raises:
        PostRefused: it is not JSON, or nested too deeply.
    """
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise PostRefused(
            PostFault.MALFORMED, f"The body is not JSON at {where}: {error.msg}."
        ) from None
    except RecursionError:
        raise PostRefused(PostFault.MALFORMED, _TOO_DEEP) from None


def _constant(name: str) -> Unusable:
    return Unusable(reason=f"{name} is not a number")


def _object(pairs: list[tuple[str, object]]) -> "dict[str, object] | Unusable":
    fields = dict(pairs)
    if len(fields) < len(pairs):
        return Unusable(reason=f"the field {first_double(pairs)[:64]!a} stands there twice")
    return fields


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=NumberText,
    parse_int=NumberText,
    parse_constant=_constant,
)


def _media_type(content_type: str) -> str:
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in {"utf-8", "utf8"}:
            raise PostRefused(PostFault.MEDIA_TYPE, "The body must be UTF-8.")
    return media_type


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise PostRefused(
            PostFault.MALFORMED, f"The body is not UTF-8 at byte {error.start}."
        ) from None


def _batch(value: object) -> list[object]:
    if not isinstance(value, list):
        raise PostRefused(PostFault.MALFORMED, "A batch must be a JSON list of events.")
    if len(value) > MOST_EVENTS:
        reason = f"A request may have at most {MOST_EVENTS:,} events; this one has {len(value):,}."
        raise PostRefused(PostFault.TOO_MANY, reason)
    return value


def _single(value: object) -> object:
    if isinstance(value, Unusable):
        return value
    if not isinstance(value, dict) or "specversion" not in value:
        raise PostRefused(PostFault.MALFORMED, "The body is not a CloudEvent.")
    return value


def _binary(text: str, headers: Mapping[str, str]) -> Body:
    written = {
        name.removeprefix(_PREFIX): _unquoted(value)
        for name, value in headers.items()
        if name.startswith(_PREFIX) and name != f"{_PREFIX}data"
    }
    decoded = {name: _decoded(value) for name, value in written.items()}
    readable = {name: value for name, value in decoded.items() if isinstance(value, str)}
    shown = f'{json.dumps({**written, **readable})[:-1]}, "data": {text}}}'
    return Body(events=[{**decoded, "data": parsed(text)}], text=shown, is_batch=False)


def _unquoted(value: str) -> str:
    """A header's value without the quotes that it may stand in."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _decoded(value: str) -> str | Unusable:
    """A header's text: ASCII, in which all else is percent-encoded UTF-8."""
    try:
        return unquote(value.encode("ascii").decode(), errors="strict")
    except UnicodeError:
        return Unusable(reason="the header is not percent-encoded UTF-8")


def _elements(text: str) -> Iterator[str]:
    """The texts of a list's elements; the whole is known to be JSON."""
    at = _after_space(text, text.index("[") + 1)
    while text[at] != "]":
        _, end = _ENDS.raw_decode(text, at)
        yield text[at:end]
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    while text[at] in " \t\n\r":
        at += 1
    return at
