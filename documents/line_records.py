"""The records behind a line in order, with what each added, and what completes their sum."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from billing_core.adjustment_rows import adjusting_rows
from billing_core.explanation import completing_rows
from billing_core.invoicing import InvoiceLine
from billing_core.metering import Level, Meter, RunningQuantity, Step
from billing_core.metering.usage import Measured
from billing_core.numbers import DECIMALS, exact_text, plain, rounded, rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.proof import Exclusion
from billing_core.rating import price_in_period
from billing_core.rating.models import amount_between
from billing_core.rating.tiers import tier_of
from documents.records_csv import RecordRow

_TOO_LATE = "too_late"


class StoredEvent(Measured, Protocol):
    """What is asked of a stored event."""

    @property
    def source(self) -> str:
        """The code of its source."""

    @property
    def source_event_id(self) -> str:
        """The source's own id."""

    @property
    def supersedes(self) -> UUID | None:
        """The event that it replaces or takes back."""

    @property
    def reason(self) -> str | None:
        """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSet:
    """A set of events behind a line, as its document's evidence names it."""

    meter: Meter
    period: BillingPeriod  #: in which they occurred
    events: Iterable[StoredEvent]  #: in order (occurred, event id)
    excluded: Mapping[UUID, Exclusion] = field(default_factory=lambda: MappingProxyType({}))
    carried_in: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))


def record_rows(
    line: InvoiceLine, agreement: Agreement, sets: Iterable[EventSet]
) -> Iterator[RecordRow]:
    """Give the records of a line one by one, then the rows that are no records.

    The column `added` adds up to the line's amount, exactly.

    Args:
        line: of an issued document.
        agreement: the rate card that the document was built from.
        sets: those that stand behind the line; none for a fee.
    """
    total, found = Fraction(0), False
    for each in sets:
        found = True
        rows = _of_earlier(line, each) if line.adjusts else _Own(line, agreement, each).rows()
        for row in rows:
            total += Fraction(row.added or 0)
            yield row
    yield from _completing(line, total, found=found)


def _completing(line: InvoiceLine, total: Fraction, *, found: bool) -> Iterator[RecordRow]:
    if not found:
        yield RecordRow(kind="line", added=line.amount, text="No metered record stands behind it")
    elif line.adjusts:
        for row in adjusting_rows(line, total):
            yield RecordRow(kind=row.kind, added=_decimal(row.amount), text=row.text)
    else:
        for completing in completing_rows(line, total):
            added = _decimal(completing.amount)
            yield RecordRow(kind=completing.kind, added=added, text=completing.text)


def _of_earlier(line: InvoiceLine, behind: EventSet) -> Iterator[RecordRow]:
    """Give late and correcting records: they change their month's sum, and have none of their own.

    What they come to all together is what the adjustment's own rows say.
    """
    for event in behind.events:
        reason = _TOO_LATE if line.is_too_late else None
        yield _row(event, behind, excluded=reason)


@dataclass(slots=True)
class _Own:
    """The walk through the events of a line's own month."""

    line: InvoiceLine
    agreement: Agreement
    behind: EventSet
    _prices: dict[date, Price | None] = field(default_factory=dict)

    def rows(self) -> Iterator[RecordRow]:
        behind = self.behind
        running = RunningQuantity(behind.meter, behind.period, behind.carried_in)
        for event in behind.events:
            if event.event_id in behind.excluded:
                yield _row(event, behind)
            else:
                yield self._counted(event, running.record(event))

    def _counted(self, event: StoredEvent, step: Step) -> RecordRow:
        price = self._price_on(self.behind.period.day_of(event.occurred_at))
        before, after = (rounded_quantity(each) for each in (step.before, step.after))
        tier = tier_of(price, Fraction(after)) if price else None
        added = amount_between(price, Fraction(before), Fraction(after)) if price else Fraction(0)
        return _row(
            event,
            self.behind,
            added=_decimal(added),
            running_quantity=after,
            tier=tier.name if tier else None,
        )

    def _price_on(self, day: date) -> Price | None:
        if day not in self._prices:
            price = self.agreement.price_at(self.line.price_code, day)
            in_period = price and price_in_period(self.agreement, price, self.behind.period)
            self._prices[day] = in_period
        return self._prices[day]


def _row(
    event: StoredEvent,
    behind: EventSet,
    *,
    added: Decimal | None = None,
    running_quantity: Decimal | None = None,
    tier: str | None = None,
    excluded: str | None = None,
) -> RecordRow:
    exclusion = behind.excluded.get(event.event_id)
    return RecordRow(
        added=added,
        running_quantity=running_quantity,
        tier=tier,
        occurred_at=event.occurred_at,
        meter=behind.meter.code,
        resource=event.resource,
        quantity=Decimal(plain(event.quantity)),
        event_id=event.event_id,
        source=event.source,
        source_event_id=event.source_event_id,
        counted_value=event.counted_value,
        supersedes=event.supersedes,
        excluded=exclusion.reason if exclusion else excluded,
        superseded_by=exclusion.by if exclusion else None,
        text=event.reason or "",
    )


def _decimal(exact: Fraction) -> Decimal:
    """Write an exact amount; prices of finite decimals make amounts of finite decimals."""
    text = exact_text(exact)
    return rounded(exact, 2 * DECIMALS) if "/" in text else Decimal(text)
