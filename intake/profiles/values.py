"""Single values of a row: numbers, codes, ids, each in its canonical text or refused."""

import re
from collections.abc import Callable

from billing_core.event import LONGEST_CODE, LONGEST_RESOURCE, LONGEST_TEXT
from billing_core.numbers import NumberFault, parse_number, plain
from intake.profiles.refusals import Refusal

CANONICAL_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,14}[1-9])?")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_ID = 200  # of a source's own id, and of a counted value
REMEMBERED = 1 << 16  # texts kept of each kind; forgotten together when full


def quantity_text(text: str) -> str:
    """The number's canonical text.

    Raises:
        Refusal: if it isn't a number.

    Example:
        >>> quantity_text("8e-05"), quantity_text("1.50")
        ('0.00008', '1.5')
    """
    if CANONICAL_NUMBER.fullmatch(text):
        return text
    try:
        return plain(parse_number(text))
    except NumberFault as fault:
        raise Refusal("number", str(fault)) from None


class Remembered(dict[str, str]):
    """Canonical texts by the text that was read: most times and numbers come again."""

    def __init__(self, canonical: Callable[[str], str]) -> None:
        super().__init__()
        self.canonical = canonical

    def __missing__(self, text: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[text] = self.canonical(text)
        return found


def meter_code(text: str) -> str:
    """The code of a meter, as it stands."""
    return _checked(text, "the name of a meter", LONGEST_CODE)


def resource_code(text: str) -> str:
    """The code of a resource, as it stands."""
    return _checked(text, "the name of a resource", LONGEST_RESOURCE)


def id_text(text: str) -> str:
    """A source's own id or a counted value, as it stands."""
    return _checked(text, "a text", LONGEST_ID)


def reason_text(text: str) -> str:
    """Why an event supersedes another, as it stands."""
    if not is_plain(text, LONGEST_TEXT):
        how = f"has 1 to {LONGEST_TEXT:,} characters, no spaces at its ends and no line break"
        raise Refusal("reason", f"a reason {how}")
    return text


def id_part(cell: str | None) -> str:
    """One of several columns that make an id: they are joined by "/"."""
    if not cell:
        raise Refusal("text", "a part of the id is empty")
    return cell.replace("%", "%25").replace("/", "%2F")


def is_plain(text: str, longest: int) -> bool:
    """Whether a text may be stored as a name.

    >>> is_plain("vm-1", 200), is_plain(" vm-1", 200)
    (True, False)
    """
    return 0 < len(text) <= longest and text == text.strip() and not CONTROL.search(text)


def _checked(text: str, what: str, longest: int) -> str:
    if not text:
        raise Refusal("text", f"{what} is empty")
    if len(text) > longest:
        raise Refusal("text", f"{what} has more than {longest} characters: {text[:40]!r}…")
    if not text.isprintable() and CONTROL.search(text):
        raise Refusal("text", f"{what} holds a line break, tab or other control sign: {text!r}")
    if text != text.strip():
        raise Refusal("text", f"{what} has spaces at an end: {text!r}")
    return text
