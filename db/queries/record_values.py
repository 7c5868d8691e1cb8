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
    counted: bool = False  #: only those that count in the period itself
    most: int | None = None  #: rows; None: a page

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
        place = (self.resource, self.older_than, self.newer_than, self.oldest)
        around = repr((*place, self.counted, self.most))
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
    withdraws: bool  #: it only takes another record back
    superseded_by: UUID | None  #: the record that replaced it, or took it back
    is_withdrawn: bool  #: taken back, with nothing in its place
    #: Replaced or taken back before the month that bills it was closed for records; if that came
    #: later, it still counts there, and another month bills the difference.
    is_replaced_in_time: bool
    own_month: str  #: in which it occurred, such as "2026-10"
    billed_month: str  #: that bills it

    @property
    def counts(self) -> bool:
        """Whether the month that bills it counts it."""
        return not self.withdraws and not self.is_replaced_in_time

    @property
    def is_late(self) -> bool:
        """Whether a later month bills it than the one in which it occurred."""
        return self.billed_month != self.own_month

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
    step: Step | None  #: None where it counts nothing in the period


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """Some records, the newest first."""

    rows: tuple[RecordInOrder, ...]
    has_newer: bool
    has_older: bool
    count: int  #: of the records that count, of all that the question covers


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingCaused:
    """A bound or a threshold that a record passed, or passed until a crossing was moved."""

    price_code: str
    kind: str  #: "tier" or "threshold"
    share: Decimal | None  #: of a threshold
    next_tier: str  #: "" after the last
    burst: bool  #: whether the next tier is a burst tier
    stands: bool  #: not moved or withdrawn since


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDetail:
    """One record in full."""

    record: Record
    meter: Meter
    leaf_hash: bytes
    step: Step | None  #: the meter's quantity around it; None where it counts nothing in its month
    chain: tuple[Record, ...]  #: the first record, what replaced it, and so on; itself among them
    crossings: tuple[CrossingCaused, ...]
    missing: UUID | None = None  #: the record it corrects, where that has not arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRecords:
    """Records of one month that a later one bills."""

    own_month: str  #: in which they occurred
    billed_month: str
    count: int  #: of those that count
    quantity: Decimal | None  #: what they add up to; None where the meter adds nothing up
