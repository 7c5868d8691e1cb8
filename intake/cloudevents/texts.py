"""The values of an event, each checked, each in its canonical text.

Most of them come again and again, so what was found of them is remembered; what is remembered is
short, and what is refused is not remembered.
"""

from functools import lru_cache
from typing import Final

from billing_core.event import LONGEST_CODE, LONGEST_TEXT
from intake.profiles.json_rows import HALF_SIGN
from intake.profiles.reading import CONTROL, LONGEST_ID, quantity_text
from intake.profiles.refusals import Refusal
from intake.profiles.times import occurred_text

#: Texts that are remembered of each kind.
_REMEMBERED: Final = 1 << 14
#: The longest way to write an instant that we read, characters; zeros may follow its microseconds.
_LONGEST_TIME: Final = 64


@lru_cache(_REMEMBERED)
def instant(text: str) -> str:
    """The instant in UTC, to the microsecond.

    >>> instant("2026-11-02T11:00:00+01:00")
    '2026-11-02T10:00:00.000000Z'
    """
    if len(text) > _LONGEST_TIME:
        raise Refusal("time", f"the time has more than {_LONGEST_TIME} characters")
    return occurred_text(text, None)


@lru_cache(_REMEMBERED)
def amount(text: str) -> str:
    """The number with all its digits.

    >>> amount("8e-05")
    '0.00008'
    """
    return quantity_text(text)


@lru_cache(_REMEMBERED)
def code(text: str) -> str:
    """The code of a meter or resource, as it stands."""
    return _checked(text, "the name of a resource or meter", LONGEST_CODE)


def name(text: str) -> str:
    """An id or a counted value, as it stands."""
    return _checked(text, "an id or counted value", LONGEST_ID)


def words(text: str) -> str:
    """A reason, as it stands."""
    return _checked(text, "the reason", LONGEST_TEXT)


def _checked(text: str, what: str, longest: int) -> str:
    if not text:
        raise Refusal("text", f"{what} is empty")
    if len(text) > longest:
        raise Refusal("text", f"{what} has more than {longest} characters: {text[:40]!a}…")
    if not text.isprintable() and (CONTROL.search(text) or HALF_SIGN.search(text)):
        raise Refusal("text", f"{what} holds a sign that can't be stored: {text!a}")
    if text != text.strip():
        raise Refusal("text", f"{what} has spaces at an end: {text!a}")
    return text
