"""One measured figure, and the table of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Scale = Literal["small", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, beside what it may cost."""

    name: str
    value: str  #: with its unit, as it is printed
    limit: str  #: what it may be, or the peer that it stands beside
    within: bool | None  #: None where there is no limit
    note: str = ""  #: what holds the figure back


def table_of(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table, one row each."""
    rows = ["| what | measured | limit or peer | | what holds it back |", "|---|---|---|---|---|"]
    rows += [
        f"| {each.name} | {each.value} | {each.limit} | {_verdict(each)} | {each.note} |"
        for each in figures
    ]
    return "\n".join(rows)


def _verdict(figure: Figure) -> str:
    return {True: "kept", False: "**exceeded**", None: ""}[figure.within]
