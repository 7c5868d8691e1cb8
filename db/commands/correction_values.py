"""What is right instead of a wrong event, and what became of saying so."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

Outcome = Literal["accepted", "late", "duplicate"]


class CorrectionRefusedError(ValueError):
    """The event can't be corrected so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The right values of an event. What is None stays as it was."""

    reason: str
    quantity: Decimal | None  #: None takes the event back
    occurred_at: datetime | None = None  #: UTC
    resource: str | None = None
    counted_value: str | None = None
    cost: Decimal | None = None  #: what the MSP pays, of a resold event

    @property
    def withdraws(self) -> bool:
        """Whether it only takes the event back."""
        return self.quantity is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What became of a correction."""

    event_id: UUID  #: the correction's own
    outcome: Outcome
    billing_period: date  #: the month that bills it
