"""The records behind a line, a page at a time, each with the running quantity around it.

A page costs the same wherever it stands: rows are found by keyset in the order (occurred, event
id), and their running quantities start from rollups (`record_steps`).
"""

from sqlalchemy import Connection, func, select

from db.models import Resource, UsageHour
from db.queries.record_pages import PAGE, found_in_order, meter_id_of
from db.queries.record_rows import record_from
from db.queries.record_steps import steps_around
from db.queries.record_values import RecordInOrder, RecordPage, RecordsAsked

__all__ = ["PAGE", "page_of_records"]


def page_of_records(connection: Connection, client_id: int, asked: RecordsAsked) -> RecordPage:
    """Give a page of a meter's records, the newest first, with their running quantities.

    What was replaced or taken back stands at its own place without a quantity, and so does what
    came too late for its month.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        asked: which records; a day and a resource narrow the rows, never the running quantity.
    """
    most = PAGE if asked.most is None else asked.most
    rows = connection.execute(found_in_order(client_id, asked, most + 1))
    found = [record_from(row) for row in rows]
    more, shown = len(found) > most, found[:most]
    if not asked.backwards:
        shown.reverse()
    counting = [each.occurred_at for each in shown if each.counts and not each.is_late]
    steps = steps_around(connection, client_id, asked.meter, asked.period, counting)
    return RecordPage(
        rows=tuple(RecordInOrder(record=each, step=steps.get(each.event_id)) for each in shown),
        has_newer=asked.older_than is not None if asked.backwards else more,
        has_older=more if asked.backwards else asked.newer_than is not None,
        count=_count(connection, client_id, asked),
    )


def _count(connection: Connection, client_id: int, asked: RecordsAsked) -> int:
    """Count from rollups; days start with an hour of the client's zone."""
    hour = UsageHour
    query = select(func.coalesce(func.sum(hour.event_count), 0)).where(
        hour.client_id == client_id,
        hour.meter_id == meter_id_of(asked.meter),
        hour.billing_period == asked.period.month,
        hour.hour >= asked.starts_at,
        hour.hour < asked.ends_at,
    )
    if asked.resource is not None:
        of_client = select(Resource.resource_id).where(
            Resource.client_id == client_id, Resource.code == asked.resource
        )
        query = query.where(hour.resource_id == of_client.scalar_subquery())
    return int(connection.execute(query).scalar_one())
