"""The events behind a document: each in one set, and all sets together are all of its month.

A document of month N is made from the events that N bills. By meter, and by the month in which they
occurred, they are sets: those of N itself stand behind its own lines, those of an earlier month
behind the lines that adjust it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from billing_core.faults import faults_if, refuse


class Disposition(StrEnum):
    """What became of a set's events that count."""

    BILLED = "billed"  #: they are in lines; what the included quantity covers is counted apart
    TOO_LATE = "too_late"  #: past the back-billing limit: shown, charged nothing
    UNPRICED = "unpriced"  #: no price asks for the meter


class ExclusionReason(StrEnum):
    """Why an event counts nothing."""

    SUPERSEDED = "superseded"  #: another event took its place
    WITHDRAWS = "withdraws"  #: it only takes another one back


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An event that counts nothing, as it was known when its document was issued."""

    event_id: UUID
    meter: str  #: code
    usage_period: str  #: "2026-10"
    reason: ExclusionReason
    by: UUID | None = None  #: superseded: by which event


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A set of events: one meter's that a document's month bills and that occurred in one month."""

    meter: str  #: code
    usage_period: str  #: month in which they occurred: the document's own, or an earlier one
    disposition: Disposition
    lines: tuple[int, ...]  #: numbers of the document's lines that they stand behind
    event_count: int  #: all of them: the leaves under the root
    excluded_count: int  #: of them, each listed as an `Exclusion`
    included_count: int  #: of the others, those that the included quantity covers
    root: bytes  #: RFC 6962, over the leaf hashes of all, in the order (occurred, event id)

    def __post_init__(self) -> None:
        counts = self.event_count, self.excluded_count, self.included_count
        left = self.event_count - self.excluded_count - self.included_count
        unpriced = self.disposition is Disposition.UNPRICED
        refuse(
            faults_if(
                [
                    (min(*counts, left) < 0, "event_count", "is less than its parts"),
                    (len(self.root) != 32, "root", "is not a SHA-256 of 32 bytes"),  # noqa: PLR2004 - as it says
                    (unpriced == bool(self.lines), "lines", "are there unless no price asks"),
                ]
            )
        )

    @property
    def charged_count(self) -> int:
        """Events that are in a line, beyond the included quantity."""
        left = self.event_count - self.excluded_count - self.included_count
        return left if self.disposition is Disposition.BILLED else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedLevels:
    """The levels that a meter's resources carried into a month, as the document knew them.

    They are events of earlier months: for each resource the one that stated its level last, unless
    it had ended by then. Without them nobody could compute the month again.
    """

    meter: str  #: code
    into: str  #: the month that they are carried into: the document's own, or one that it adjusts
    event_count: int
    root: bytes  #: RFC 6962, over their leaf hashes in the order (occurred, event id)

    def __post_init__(self) -> None:
        refuse(
            faults_if(
                [
                    (self.event_count < 1, "event_count", "is not above zero: leave the set out"),
                    (len(self.root) != 32, "root", "is not a SHA-256 of 32 bytes"),  # noqa: PLR2004 - as it says
                ]
            )
        )
