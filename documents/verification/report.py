"""What was found of a bundle: sentences that hold, and sentences about what does not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

MOST_OF_A_PLACE: Final = 10


class Unreadable(Exception):  # noqa: N818 - it says of a file what it is
    """The file is no bundle that can be read; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold."""

    where: str  #: "manifest.txt", "events/backup-gb/2026-10/2026-10.csv row 7", "line 3"
    message: str  #: what is wrong there, the end of a sentence

    def __str__(self) -> str:
        return f"{self.where} {self.message}"


@dataclass(slots=True)
class Report:
    """Collects what was found. A bundle is valid if nothing was found that does not hold."""

    title: str = ""  #: of the document: "invoice HARB-2026-0007 of Quayside IT to harbour"
    holds: list[str] = field(default_factory=list)  #: whole sentences
    remarks: list[str] = field(default_factory=list)  #: whole sentences: what could not be checked
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def found(self, where: str, message: str) -> None:
        """Note what does not hold."""
        self.findings.append(Finding(where=where, message=message))

    def remark(self, count: int, what: str) -> None:
        """Note how many things there are that nothing here proves; none is no remark."""
        if count:
            self.remarks.append(f"{count:,} {what}.")

    def take(self, where: str, messages: Iterable[str]) -> None:
        """Note what does not hold of one place: the first ten, and how many more."""
        listed = list(messages)
        for message in listed[:MOST_OF_A_PLACE]:
            self.found(where, message)
        if len(listed) > MOST_OF_A_PLACE:
            more = len(listed) - MOST_OF_A_PLACE
            self.found(where, f"and {more} more of that kind")
