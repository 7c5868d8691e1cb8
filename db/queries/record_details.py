"""One record from its arrival to its charge: what it replaced, what it passed, where it counts."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from billing_core.metering import Meter, Step
from billing_core.period import BillingPeriod
from db.models import Meter as MeterRow
from db.models import UsageEvent
from db.prepared import Question
from db.queries.effective import NOT_SUPERSEDED
from db.queries.record_rows import record_from, records_with
from db.queries.record_steps import steps_around
from db.queries.record_values import CrossingCaused, LateRecords, Record, RecordDetail
from db.queries.setup import meters
from db.queries.usage import periods_of

#: The records before and after one, each naming the one that it replaced or took back. A source may
#: let records replace each other in a ring; each stands there once.
CHAIN = text(
    """
    WITH RECURSIVE earlier (event_id, named, far) AS (
        SELECT e.event_id, e.supersedes_event_id, 0 FROM billing.usage_event e
        WHERE e.client_id = :client AND e.event_id = :event
        UNION ALL
        SELECT e.event_id, e.supersedes_event_id, far - 1 FROM earlier
        JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = earlier.named
        WHERE far > -:most),
    later (event_id, far) AS (
        SELECT CAST(:event AS uuid), 0
        UNION ALL
        SELECT e.event_id, far + 1 FROM later
        JOIN billing.usage_event e
            ON e.client_id = :client AND e.supersedes_event_id = later.event_id
        WHERE far < :most)
    SELECT event_id FROM (
        SELECT DISTINCT ON (event_id) event_id, far
        FROM (SELECT event_id, far FROM earlier UNION SELECT event_id, far FROM later) found
        ORDER BY event_id, abs(far), far) c
    ORDER BY far
    """
)
CAUSED = text(
    """
    SELECT p.code AS price_code, c.kind, c.share, entered.name AS next_tier,
        coalesce(entered.burst, false) AS burst,
        c.state <> 'withdrawn' AND NOT EXISTS (SELECT FROM billing.crossing n
            WHERE n.client_id = c.client_id AND n.replaces_crossing_id = c.crossing_id) AS stands
    FROM billing.usage_event e
    JOIN billing.crossing c ON c.client_id = e.client_id AND c.meter_id = e.meter_id
        AND c.billing_period = e.billing_period AND c.crossed_at = e.occurred_at
        AND c.event_id = e.event_id AND c.state <> 'withdrawn'
    JOIN billing.price p ON p.client_id = c.client_id AND p.price_id = c.price_id
    LEFT JOIN billing.price_tier entered ON entered.client_id = c.client_id
        AND entered.price_id = c.price_id
        AND entered.ordinal = c.tier_ordinal + (c.kind = 'threshold')::integer
    WHERE e.client_id = :client AND e.event_id = :event
    ORDER BY c.bound, c.kind, c.crossing_id
    """
)
#: Of the records that a month bills though they occurred before it, those that count.
LATE = Question(
    "late",
    f"""
    SELECT to_char(e.usage_period, 'YYYY-MM') AS own_month, count(*) AS count,
        sum(e.quantity) FILTER (WHERE m.aggregation = 'sum') AS quantity
    FROM billing.usage_event e JOIN billing.meter m ON m.meter_id = e.meter_id
    WHERE e.client_id = :client AND m.code = :meter AND e.billing_period = :month
      AND e.occurred_at < :starts_at AND NOT e.withdraws
      AND {NOT_SUPERSEDED.format(known=":month")}
    GROUP BY 1 ORDER BY 1
    """,  # noqa: S608 - put together from our own constants
)
MOST_CORRECTIONS = 50  #: of one record that are shown, each way


def record_of(connection: Connection, client_id: int, event_id: UUID) -> RecordDetail | None:
    """Give one record in full, also one that was replaced; None if the client has none such."""
    query = (
        records_with(UsageEvent.leaf_hash)
        .add_columns(MeterRow.code.label("meter"))
        .join(MeterRow, MeterRow.meter_id == UsageEvent.meter_id)
        .where(UsageEvent.client_id == client_id, UsageEvent.event_id == event_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _detail(connection, client_id, row)


def _detail(connection: Connection, client_id: int, row: Row[*tuple[Any, ...]]) -> RecordDetail:
    record, meter = record_from(row), meters(connection)[row.meter]
    asked = {"client": client_id, "event": record.event_id}
    chain = _chain(connection, client_id, record)
    corrected = {each.event_id for each in chain} | {None}
    return RecordDetail(
        record=record,
        meter=meter,
        leaf_hash=bytes(row.leaf_hash),
        step=_step(connection, client_id, meter, record),
        chain=chain,
        crossings=tuple(
            CrossingCaused(**each) for each in connection.execute(CAUSED, asked).mappings()
        ),
        missing=None if record.supersedes in corrected else record.supersedes,
    )


def _chain(connection: Connection, client_id: int, record: Record) -> tuple[Record, ...]:
    asked = {"client": client_id, "event": record.event_id, "most": MOST_CORRECTIONS}
    order = list(connection.execute(CHAIN, asked).scalars())
    if len(order) == 1:
        return (record,)
    query = records_with().where(UsageEvent.client_id == client_id, UsageEvent.event_id.in_(order))
    found = {row.event_id: record_from(row) for row in connection.execute(query)}
    return tuple(found[each] for each in order)


def _step(connection: Connection, client_id: int, meter: Meter, record: Record) -> Step | None:
    if not record.counts or record.is_late:
        return None
    known = {period.name: period for period in periods_of(connection, client_id)}
    at, period = [record.occurred_at], known[record.own_month]
    return steps_around(connection, client_id, meter, period, at).get(record.event_id)


def late_records(
    connection: Connection, client_id: int, meter: Meter, period: BillingPeriod
) -> tuple[LateRecords, ...]:
    """Give the records of earlier months that a period bills, by the month they occurred in."""
    asked = {
        "client": client_id,
        "meter": meter.code,
        "month": period.month,
        "starts_at": period.starts_at,
    }
    return tuple(
        LateRecords(billed_month=period.name, **row)
        for row in LATE.ask(connection, asked).mappings()
    )
