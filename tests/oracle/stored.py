"""What the database holds of a client, in the oracle's own tuples."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from tests.oracle.plain.crossings import Crossing
from tests.oracle.plain.rollups import Hour, Total, Value

EVENTS = """
SELECT event_id, leaf_hash, billing_period FROM billing.usage_event WHERE client_id = :client
"""
HOURS = """
SELECT m.code, billing_period, r.code, hour, first_at, last_at, event_count, quantity_sum,
       quantity_max, first_level, last_level, level_seconds
FROM billing.usage_hour h JOIN billing.meter m USING (meter_id)
JOIN billing.resource r USING (client_id, resource_id) WHERE h.client_id = :client
"""
VALUES = """
SELECT m.code, billing_period, r.code, counted_value, first_at, first_event_id, event_count
FROM billing.usage_distinct d JOIN billing.meter m USING (meter_id)
JOIN billing.resource r USING (client_id, resource_id) WHERE d.client_id = :client
"""
TOTALS = """
SELECT m.code, billing_period, event_count, first_at, last_at, last_event_id, quantity
FROM billing.usage_total t JOIN billing.meter m USING (meter_id) WHERE t.client_id = :client
"""
CROSSINGS = """
SELECT p.code, p.starts_on, c.billing_period, c.kind, c.tier_ordinal, c.share, c.bound,
       c.crossed_at, c.event_id, c.total_before, c.total_after
FROM billing.crossing c JOIN billing.price p USING (client_id, price_id)
WHERE c.client_id = :client AND c.state <> 'withdrawn' AND NOT EXISTS (
    SELECT FROM billing.crossing n
    WHERE n.client_id = c.client_id AND n.replaces_crossing_id = c.crossing_id)
"""


def events(connection: Connection, client_id: int) -> dict[UUID, tuple[bytes, date]]:
    """The leaf and the month that bills it, of each stored event."""
    return {
        event: (bytes(leaf), month) for event, leaf, month in _rows(connection, EVENTS, client_id)
    }


def hours(connection: Connection, client_id: int) -> list[Hour]:
    """The rows by hour."""
    return [Hour(*row[:7], *map(Fraction, row[7:])) for row in _rows(connection, HOURS, client_id)]


def values(connection: Connection, client_id: int) -> list[Value]:
    """The rows by counted value."""
    return [Value(*row) for row in _rows(connection, VALUES, client_id)]


def totals(connection: Connection, client_id: int) -> list[Total]:
    """The totals, but for those without events that say so by a zero and nothing else."""
    return [
        Total._make((*row[:6], Fraction(row[6])))
        for row in _rows(connection, TOTALS, client_id)
        if row[2:] != (0, None, None, None, 0)
    ]


def crossings(connection: Connection, client_id: int) -> list[Crossing]:
    """The standing crossings."""
    return [
        Crossing._make(
            (
                *row[:5],
                None if row[5] is None else Fraction(row[5]),
                Fraction(row[6]),
                *row[7:9],
                *map(Fraction, row[9:]),
            )
        )
        for row in _rows(connection, CROSSINGS, client_id)
    ]


def _rows(connection: Connection, query: str, client_id: int) -> Iterator[tuple[Any, ...]]:
    for row in connection.execute(text(query), {"client": client_id}):
        yield tuple(row)
