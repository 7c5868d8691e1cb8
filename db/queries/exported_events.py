"""The events of a set, as they were recorded, a page at a time in the order of the bill."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

_PAGE: Final = text("""
    SELECT e.event_id, e.leaf_hash, s.code AS source, e.source_event_id, e.occurred_at, e.quantity,
           r.code AS resource, e.counted_value, e.supersedes_event_id AS supersedes, e.reason,
           e.withdraws
    FROM billing.usage_event e
    JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
    JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
    WHERE e.client_id = :client AND e.billing_period = :billed AND e.usage_period = :own
      AND e.meter_id = (SELECT m.meter_id FROM billing.meter m WHERE m.code = :meter)
      AND (CAST(:at AS timestamptz) IS NULL
           OR (e.occurred_at, e.event_id) > (CAST(:at AS timestamptz), CAST(:after AS uuid)))
    ORDER BY e.occurred_at, e.event_id LIMIT :rows
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as the database holds it."""

    event_id: UUID
    leaf_hash: bytes
    source: str  #: code
    source_event_id: str
    occurred_at: datetime  #: UTC
    quantity: Decimal
    resource: str  #: code
    counted_value: str | None
    supersedes: UUID | None
    reason: str | None
    withdraws: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsked:
    """Which set of events is asked for."""

    meter: str  #: code
    billed: date  #: the month that bills them, by its first day
    own: date  #: the month in which they occurred


def events_after(
    connection: Connection, client_id: int, asked: SetAsked, last: StoredEvent | None, *, rows: int
) -> tuple[StoredEvent, ...]:
    """Give the events of a set that come after one of them, or its first.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        asked: which set.
        last: the event before; None for the first page.
        rows: how many at most.
    """
    given = {
        "client": client_id,
        "billed": asked.billed,
        "own": asked.own,
        "meter": asked.meter,
        "at": last and last.occurred_at,
        "after": last and last.event_id,
        "rows": rows,
    }
    return tuple(map(event_from, connection.execute(_PAGE, given)))


def event_from(row: Row[*tuple[Any, ...]]) -> StoredEvent:
    """Give the event of a row that has its columns."""
    return StoredEvent(
        event_id=row.event_id,
        leaf_hash=bytes(row.leaf_hash),
        source=row.source,
        source_event_id=row.source_event_id,
        occurred_at=row.occurred_at.astimezone(UTC),
        quantity=row.quantity,
        resource=row.resource,
        counted_value=row.counted_value,
        supersedes=row.supersedes,
        reason=row.reason,
        withdraws=row.withdraws,
    )
