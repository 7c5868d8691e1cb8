"""What a page says, in words and figures, before anything is drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import StrEnum
from typing import TypeVar, cast


class Look(StrEnum):
    """How a row of the table looks."""

    GROUP = "group"  #: names the lines below it
    LINE = "line"
    DETAIL = "detail"  #: a figure that its line is the sum of
    NOTE = "note"  #: words below a line or a total
    SUBTOTAL = "subtotal"
    SUM = "sum"  #: a figure on the way to the total
    TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table."""

    look: Look
    number: str = ""
    text: str
    service: str = ""
    quantity: str = ""
    unit_price: str = ""
    amount: str = ""
    keeps_with_next: bool = False  #: no page ends after it


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyText:
    """Who issues, or who is billed."""

    label: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that a document's pages say."""

    kind: str  #: Invoice, Credit note, Statement
    number: str
    about: str  #: November usage + December fee
    issuer: PartyText
    client: PartyText
    facts: tuple[tuple[str, str], ...]  #: label and value
    remarks: tuple[str, ...]  #: what it corrects and why; that it is no invoice
    to_pay: tuple[str, str]  #: the total in words, and the amount
    head: Row
    rows: tuple[Row, ...]
    closing: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=()
    )  #: heading and paragraphs: payment, how to verify
    footer: str


Said = TypeVar("Said")


def each_text(value: Said, change: Callable[[str], str]) -> Said:
    """Give a value with every text in it changed."""
    changed: object = value
    if isinstance(value, str) and not isinstance(value, StrEnum):
        changed = change(value)
    elif isinstance(value, tuple):
        changed = tuple(each_text(each, change) for each in value)
    elif is_dataclass(value) and not isinstance(value, type):
        names = (each.name for each in fields(value))
        changed = replace(
            value, **{name: each_text(getattr(value, name), change) for name in names}
        )
    return cast("Said", changed)


def letters_of(value: object) -> frozenset[str]:
    """Give every character that a value says anywhere in it."""
    letters: set[str] = set()

    def noted(text: str) -> str:
        letters.update(text)
        return text

    each_text(value, noted)
    return frozenset(letters)
