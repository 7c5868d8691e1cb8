"""Values as one text, and back: what is signed, stored and handed out must be the same bytes.

The text is JSON as RFC 8785 (JCS) writes it: no blanks, keys in order. Numbers are text, so that
none is ever read as a float; only whole counts are JSON numbers. Names are those of the fields.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Final, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

from billing_core.faults import Fault, Faults

Value = TypeVar("Value")

_PLAIN: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


def canonical_text(value: object) -> str:
    """Give a value's one text, on one line, without a line feed.

    A value is a dataclass of texts, whole numbers, truth values, decimals, dates, instants, lengths
    of time, UUIDs, bytes, enumerations, tuples of these, or other such dataclasses. Decimals keep
    their zeros; a length of time is whole microseconds and "us".

    >>> canonical_text((Decimal("1.50"), date(2026, 10, 1), None))
    '["1.50","2026-10-01",null]'
    """
    return json.dumps(
        _plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )


def value_from(kind: type[Value], text: str) -> Value:
    """Give back the value that `canonical_text` wrote.

    Raises:
        Faults: with one sentence, where the text is no such value: not JSON, a field missing or
            too many, or one of another kind; or where the value itself is wrong.
    """
    try:
        told = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as fault:
        _refuse(kind.__name__, f"is not JSON of ours: {fault}")
    read: Value = _read(kind, told, kind.__name__)
    return read


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int)):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if type(value) in _WRITERS:
        return _WRITERS[type(value)](value)
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical text")


def _length(length: timedelta) -> str:
    return f"{length // timedelta(microseconds=1)}us"


#: Kinds that are written as text, and how each is.
_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    Decimal: "{:f}".format,
    date: date.isoformat,
    datetime: "{:%Y-%m-%dT%H:%M:%S.%f}Z".format,
    timedelta: _length,
    UUID: str,
    bytes: bytes.hex,
}


def _read(kind: Any, told: object, where: str) -> Any:  # noqa: ANN401 - any kind of value
    if get_origin(kind) is UnionType:
        (only,) = (each for each in get_args(kind) if each is not type(None))
        return None if told is None else _read(only, told, where)
    if get_origin(kind) is tuple:
        listed = _of_kind(list, told, where)
        each = get_args(kind)[0]
        return tuple(_read(each, one, f"{where}[{index}]") for index, one in enumerate(listed))
    if is_dataclass(kind):
        return _read_fields(kind, _of_kind(dict, told, where), where)
    if kind in {bool, int}:
        return _of_kind(kind, told, where)
    return _read_text(kind, _of_kind(str, told, where), where)


def _read_fields(kind: Any, told: Mapping[str, object], where: str) -> Any:  # noqa: ANN401 - as above
    kinds = _kinds(kind)
    if told.keys() != kinds.keys():
        odd = ", ".join(sorted(told.keys() ^ kinds.keys()))
        _refuse(where, f"has other fields than it must: {odd}")
    return kind(**{name: _read(kinds[name], told[name], f"{where}.{name}") for name in kinds})


@cache
def _kinds(kind: type) -> Mapping[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


#: JSON's own kinds, as JSON calls them.
_JSON: Final = {list: "list", dict: "object", str: "text", int: "whole number", bool: "truth value"}


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def _decimal(text: str) -> Decimal:
    """Read a decimal as it is written here: never with an exponent, which could stand for much."""
    if not _PLAIN.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _length_from(text: str) -> timedelta:
    return timedelta(microseconds=int(text.removesuffix("us")))


#: The same kinds, and how each is read.
_READERS: Final[Mapping[type, Callable[[str], object]]] = {
    str: str,
    Decimal: _decimal,
    date: date.fromisoformat,
    datetime: _instant,
    timedelta: _length_from,
    UUID: UUID,
    bytes: bytes.fromhex,
}


def _read_text(kind: type, text: str, where: str) -> object:
    """Read a text, and see that it would be written the same: there is one text for each value."""
    try:
        value = _READERS.get(kind, kind)(text)
    except (ValueError, ArithmeticError):
        _refuse(where, f"{text!r} is no {kind.__name__}")
    if _plain(value) != text:
        _refuse(where, f"{text!r} is not how a {kind.__name__} is written")
    return value


def _of_kind(kind: type[Value], told: object, where: str) -> Value:
    if type(told) is not kind:
        _refuse(where, f"is not a {_JSON[kind]}")
    return told


def _refuse(where: str, message: str) -> NoReturn:
    raise Faults([Fault(where=where, message=message)])


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text} is a number that is not whole")
