"""The values of an event, each checked, each in its canonical text.

Most of them come again and again, so what was found of them is remembered; what is remembered is
short, and what is refused is not remembered.
"""

from functools import lru_cache
from typing import Final

from intake.profiles.json_rows import HALF_SIGN
from intake.profiles.refusals import Refusal
from intake.profiles.times import occurred_text
from intake.profiles.values import id_text, meter_code, quantity_text, reason_text, resource_code

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
def meter_name(text: str) -> str:
    """The code of a meter, as it stands."""
    return meter_code(_whole(text))


@lru_cache(_REMEMBERED)
def resource_name(text: str) -> str:
    """The code of a resource, as it stands."""
    return resource_code(_whole(text))


def name(text: str) -> str:
    """An id or a counted value, as it stands."""
    return id_text(_whole(text))


def words(text: str) -> str:
    """A reason, as it stands."""
    return reason_text(_whole(text))


def _whole(text: str) -> str:
    """JSON can write halves of a sign, which no text of ours can hold."""
    if not text.isprintable() and HALF_SIGN.search(text):
        raise Refusal("text", f"{text[:40]!a} holds half a sign")
    return text
