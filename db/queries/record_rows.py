"""A usage event as a row of a screen: with its source, its resource and what replaced it."""

from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Resource, Source, UsageEvent
from db.queries.effective import Billing, Later, bills, in_time, supersedes
from db.queries.record_values import Record


def records_with(*more: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """Ask for events with what a screen says of each, and with more of their columns."""
    event = UsageEvent
    of_client = Resource.client_id == event.client_id, Source.client_id == event.client_id
    return (
        select(
            event.event_id,
            event.occurred_at,
            event.recorded_at,
            event.quantity,
            event.counted_value,
            event.source_event_id,
            event.supersedes_event_id,
            event.reason,
            event.withdraws,
            func.to_char(event.usage_period, "YYYY-MM").label("own_month"),
            func.to_char(event.billing_period, "YYYY-MM").label("billed_month"),
            Resource.code.label("resource"),
            Source.code.label("source"),
            Later.event_id.label("superseded_by"),
            func.coalesce(Later.withdraws, False).label("is_withdrawn"),
            and_(Later.event_id.is_not(None), in_time()).label("is_replaced_in_time"),
            *more,
        )
        .select_from(event)
        .join(Resource, and_(of_client[0], Resource.resource_id == event.resource_id))
        .join(Source, and_(of_client[1], Source.source_id == event.source_id))
        .join(Billing, bills())
        .outerjoin(Later, supersedes())
    )


def record_from(row: Row[*tuple[Any, ...]]) -> Record:
    """Give the value of such a row."""
    return Record(
        event_id=row.event_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        resource=row.resource,
        quantity=row.quantity,
        counted_value=row.counted_value,
        source=row.source,
        source_event_id=row.source_event_id,
        supersedes=row.supersedes_event_id,
        reason=row.reason,
        withdraws=row.withdraws,
        superseded_by=row.superseded_by,
        is_withdrawn=row.is_withdrawn,
        is_replaced_in_time=row.is_replaced_in_time,
        own_month=row.own_month,
        billed_month=row.billed_month,
    )
