"""Which events stand behind an issued document, as it was fixed when it was issued."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    literal,
    select,
    text,
    tuple_,
    union,
)
from sqlalchemy.orm import aliased
from sqlalchemy.types import DateTime, Uuid

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from billing_core.proof import Disposition, Evidence, Exclusion, ExclusionReason
from db.models import UsageEvent
from db.queries.record_pages import PAGE, meter_id_of
from db.queries.record_rows import record_from, records_with
from db.queries.record_values import Place, RecordInOrder, RecordPage

_EVIDENCE = text("""
    SELECT m.code AS meter, to_char(e.usage_period, 'YYYY-MM') AS usage_period, e.disposition,
           e.event_count, e.excluded_count, e.included_count, e.root,
           coalesce(array_agg(l.line_number ORDER BY l.line_number)
                    FILTER (WHERE l.line_number IS NOT NULL), '{}') AS lines
    FROM billing.evidence e
    JOIN billing.meter m USING (meter_id)
    LEFT JOIN billing.line_evidence l USING (client_id, invoice_id, meter_id, usage_period)
    WHERE e.client_id = :client AND e.invoice_id = :invoice
    GROUP BY e.client_id, e.invoice_id, e.meter_id, e.usage_period, m.code
    ORDER BY m.code, e.usage_period
""")
_EXCLUSIONS = text("""
    SELECT x.event_id, m.code AS meter, to_char(x.usage_period, 'YYYY-MM') AS usage_period,
           x.reason, x.by_event_id
    FROM billing.evidence_exclusion x JOIN billing.meter m USING (meter_id)
    WHERE x.client_id = :client AND x.invoice_id = :invoice
    ORDER BY m.code, x.usage_period, x.event_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsBehind:
    """All sets of events behind a document, and those that count nothing."""

    evidence: tuple[Evidence, ...]  #: by meter and month
    exclusions: tuple[Exclusion, ...]  #: by meter, month and event


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustingAsked:
    """Which records of an earlier month are asked for that a document bills."""

    meter: Meter
    own: BillingPeriod  #: in which they occurred, or what they correct did
    billed: BillingPeriod  #: the document's
    older_than: Place | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What tells this question from another."""
        return self.meter.code, self.own.name, self.billed.name, repr(self.older_than)


def events_behind(connection: Connection, client_id: int, invoice_id: int) -> EventsBehind:
    """Give the sets of events behind a document, and which of them count nothing."""
    asked = {"client": client_id, "invoice": invoice_id}
    return EventsBehind(
        evidence=tuple(
            Evidence(
                meter=row.meter,
                usage_period=row.usage_period,
                disposition=Disposition(row.disposition),
                lines=tuple(row.lines),
                event_count=row.event_count,
                excluded_count=row.excluded_count,
                included_count=row.included_count,
                root=bytes(row.root),
            )
            for row in connection.execute(_EVIDENCE, asked)
        ),
        exclusions=tuple(
            Exclusion(
                event_id=row.event_id,
                meter=row.meter,
                usage_period=row.usage_period,
                reason=ExclusionReason(row.reason),
                by=row.by_event_id,
            )
            for row in connection.execute(_EXCLUSIONS, asked)
        ),
    )


def adjusting_records(connection: Connection, client_id: int, asked: AdjustingAsked) -> RecordPage:
    """Give a page of the late and correcting records of an earlier month, the newest first.

    They have no running quantity of their own: they change the one of their month. A correction
    that moved a record to another month is among them: it takes it away from this one.
    """
    event = UsageEvent
    late = event.usage_period == asked.own.month, event.occurred_at < asked.own.ends_at
    # Each by its own index, and no more of each than fits on the page.
    found_first = union(
        _newest(client_id, asked, *late), _newest(client_id, asked, _takes_away(asked.own))
    )
    query = records_with().where(event.client_id == client_id, event.event_id.in_(found_first))
    query = query.order_by(event.occurred_at.desc(), event.event_id.desc()).limit(PAGE + 1)
    found = [record_from(row) for row in connection.execute(query)]
    return RecordPage(
        rows=tuple(RecordInOrder(record=each, step=None) for each in found[:PAGE]),
        has_newer=asked.older_than is not None,
        has_older=len(found) > PAGE,
        count=len(found[:PAGE]),
    )


def _newest(client_id: int, asked: AdjustingAsked, *which: ColumnElement[bool]) -> Select[UUID]:
    event = UsageEvent
    return (
        select(event.event_id)
        .where(
            event.client_id == client_id,
            event.meter_id == meter_id_of(asked.meter),
            event.billing_period == asked.billed.month,
            *which,
            *_beyond(asked.older_than),
        )
        .order_by(event.occurred_at.desc(), event.event_id.desc())
        .limit(PAGE + 1)
    )


def _takes_away(own: BillingPeriod) -> ColumnElement[bool]:
    event, old = UsageEvent, aliased(UsageEvent)
    corrected = exists().where(
        old.client_id == event.client_id,
        old.event_id == event.supersedes_event_id,
        old.usage_period == own.month,
    )
    return and_(event.supersedes_event_id.is_not(None), corrected)


def _beyond(place: Place | None) -> tuple[ColumnElement[bool], ...]:
    if place is None:
        return ()
    stands = tuple_(
        literal(place.occurred_at, DateTime(timezone=True)), literal(place.event_id, Uuid())
    )
    return (tuple_(UsageEvent.occurred_at, UsageEvent.event_id) < stands,)
