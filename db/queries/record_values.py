"""What records are asked for, and what is answered: values only."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from billing_core.metering import Measurement, Meter, Step
from billing_core.period import BillingPeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A record's place in the order of records."""

    occurred_at: datetime  #: UTC
    event_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAsked:
    """Which records of a meter are asked for: the newest, or those beside a place."""

    meter: Meter
    period: BillingPeriod
    starts_at: datetime  #: inclusive; the period's start, or a day's
    ends_at: datetime  #: exclusive; a day's end, or the instant up to which figures are shown
    resource: str | None = None  #: None: all
    older_than: Place | None = None
    newer_than: Place | None = None
    oldest: bool = False  #: the last page

    @property
    def backwards(self) -> bool:
        """Whether rows are looked for from new to old."""
        return self.newer_than is None and not self.oldest

    @property
    def place(self) -> Place | None:
        """The place beside which the page stands."""
        return self.older_than if self.backwards else self.newer_than

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this question from another."""
        bounds = f"{self.starts_at.isoformat()}/{self.ends_at.isoformat()}"
        around = repr((self.resource, self.older_than, self.newer_than, self.oldest))
        return self.meter.code, self.period.name, bounds, around


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A usage event as it was recorded."""

    event_id: UUID
    occurred_at: datetime  #: UTC
    recorded_at: datetime  #: UTC
    resource: str
    quantity: Decimal
    counted_value: str | None
    source: str
    source_event_id: str
    supersedes: UUID | None
    reason: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the order of records."""
        return Place(occurred_at=self.occurred_at, event_id=self.event_id)

    @property
    def measurement(self) -> Measurement:
        """The record as metering sees it."""
        return Measurement(
            occurred_at=self.occurred_at,
            resource=self.resource,
            quantity=self.quantity,
            counted_value=self.counted_value,
            event_id=self.event_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordInOrder:
    """A record, and the meter's quantity of the period before and after it."""

    record: Record
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """Some records, the newest first."""

    rows: tuple[RecordInOrder, ...]
    has_newer: bool
    has_older: bool
    count: int  #: of all records that the question covers


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDetail:
    """One record in full."""

    record: Record
    meter: Meter
    month: str  #: of its billing period, such as "2026-10"
    leaf_hash: bytes
    superseded_by: UUID | None
    withdraws: bool
