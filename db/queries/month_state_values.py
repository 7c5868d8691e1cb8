"""What is known of clients' months at their end, as values for a screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class MonthStage(StrEnum):
    """How far a client's month is at an instant, in the order in which it goes."""

    RUNNING = "running"
    GRACE = "grace"  #: ended; its records still arrive
    NOT_READY = "not-ready"
    READY = "ready"
    APPROVED = "approved"  #: the worker closes it once it may
    CLOSING = "closing"
    FAILED = "failed"  #: the worker could not close it
    ISSUED = "issued"
    COMPARED = "compared"  #: before the first month billed here: never issued


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthSeen:
    """A client's month at its end, as it was last looked up."""

    client_id: int
    month: date  #: its first day
    stage: MonthStage
    ends_at: datetime  #: exclusive
    grace_until: datetime  #: exclusive
    currency: str
    net: Decimal | None  #: the document's, else the draft's; None while there is none
    gross: Decimal | None
    booked_net: Decimal | None  #: of all its documents, credit notes too; else the draft's
    booked_gross: Decimal | None
    adjusted_net: Decimal | None  #: part of net that corrects earlier months
    former_net: Decimal | None  #: the month before's, as issued, in the same currency
    number: str | None  #: of its document
    is_legal: bool | None  #: whether that is the legal document
    legal_numbers: str | None  #: in another system
    legal_net: Decimal | None
    legal_gross: Decimal | None
    matters: Mapping[str, int] = field(default_factory=dict)  #: what is not ready, by kind
    fault: str | None  #: why it could not be closed, or no draft be made
    looked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    override_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsAsked:
    """Which clients' months are asked for."""

    client_ids: Sequence[int]  #: in the order in which they are shown
    month: date  #: its first day
    now: datetime

    @property
    def given(self) -> dict[str, object]:
        """What each question takes of it."""
        return {"clients": list(self.client_ids), "month": self.month, "now": self.now}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCounts:
    """How many clients' months are how far, in the order in which it goes."""

    months: Mapping[MonthStage, int]
    looked_at: datetime | None  #: when one that is not issued was last looked up; None without any

    @property
    def total(self) -> int:
        """How many months there are."""
        return sum(self.months.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsTotal:
    """What the months of one currency come to, before tax."""

    currency: str
    months: int  #: that have a total
    net: Decimal
    compared_net: Decimal | None  #: of those whose month before was issued; None: of none
    former_net: Decimal | None  #: their months before


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the worker is with what was approved and may be closed."""

    issued: int
    failed: int
    of_all: int  #: those too that wait


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthKnown:
    """A month of which something is known."""

    month: date  #: its first day
    has_ended: bool  #: for some client
