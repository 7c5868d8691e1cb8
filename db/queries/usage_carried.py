"""Levels carried into a period: those stated last before it, where they still held."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import TypeAlias

from sqlalchemy import Connection

from billing_core.metering import Level, Meter
from billing_core.period import BillingPeriod
from db.prepared import Question
from db.queries.effective import NOT_SUPERSEDED

Carried: TypeAlias = Mapping[str, Mapping[str, Level]]

#: The level stated last in the months before the period, by their own events. And, where a month
#: is closed already, what late events and corrections change: the hours of a closed month stay as
#: they are. A month keeps what it was billed with: what later ones bill changes nothing of it.
#: Late events are looked for month by month, as their index has them.
CARRIED_IN = Question(
    "carried_in",
    f"""
    WITH own AS (
        SELECT m.meter_id, m.holds_for, p.billing_period, p.starts_at, p.state
        FROM billing.meter m JOIN billing.billing_period p
            ON p.client_id = :client AND p.billing_period <= :known
        WHERE m.code = ANY (:meters)),
    touched AS (
        SELECT l.meter_id, l.resource_id
        FROM own o CROSS JOIN LATERAL (
            SELECT DISTINCT e.meter_id, e.resource_id FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = o.meter_id
              AND e.billing_period = o.billing_period
              AND e.occurred_at < least(o.starts_at, :starts_at)) l
        WHERE (SELECT count(*) FROM own WHERE state <> 'open') > 0
        UNION
        SELECT e.meter_id, e.resource_id
        FROM billing.usage_event s
        JOIN billing.usage_event e ON e.client_id = s.client_id
            AND e.event_id = s.supersedes_event_id
        JOIN own o ON o.meter_id = e.meter_id AND o.billing_period = e.billing_period
        WHERE (SELECT count(*) FROM own WHERE state <> 'open') > 0
          AND s.client_id = :client AND s.supersedes_event_id IS NOT NULL
          AND o.state <> 'open' AND s.billing_period > e.billing_period)
    SELECT m.code AS meter, r.code AS resource, l.last_level, l.last_at, false AS is_known_since
    FROM billing.meter m
    JOIN billing.resource r ON r.client_id = :client
    CROSS JOIN LATERAL (
        SELECT u.last_level, u.last_at FROM billing.billing_period p CROSS JOIN LATERAL (
            SELECT h.last_level, h.last_at FROM billing.usage_hour h
            WHERE h.client_id = :client AND h.meter_id = m.meter_id
              AND h.billing_period = p.billing_period AND h.resource_id = r.resource_id
              AND h.hour < :starts_at AND h.first_at >= p.starts_at AND h.last_at < :starts_at
            ORDER BY h.hour DESC LIMIT 1) u
        WHERE p.client_id = :client AND p.billing_period < :month
          AND (m.holds_for IS NULL OR p.ends_at + m.holds_for > :starts_at)
        ORDER BY p.billing_period DESC LIMIT 1) l
    WHERE m.code = ANY (:meters)
    UNION ALL
    SELECT m.code, r.code, l.quantity, l.occurred_at, true
    FROM touched t
    JOIN billing.meter m ON m.meter_id = t.meter_id
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = t.resource_id
    LEFT JOIN LATERAL (
        SELECT e.quantity, e.occurred_at
        FROM own o JOIN billing.usage_event e ON e.client_id = :client
            AND e.meter_id = o.meter_id AND e.billing_period = o.billing_period
            AND e.occurred_at < :starts_at
        WHERE o.meter_id = t.meter_id AND e.resource_id = t.resource_id AND NOT e.withdraws
          AND (o.holds_for IS NULL OR e.occurred_at > :starts_at - o.holds_for)
          AND {NOT_SUPERSEDED.format(known=":known")}
        ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT 1) l ON true
    """,  # noqa: S608 - put together from our own constants
)


def carried_in(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    meters: Iterable[Meter],
    known_in: BillingPeriod | None = None,
) -> Carried:
    """Give, by meter and resource, the level stated last before the period, if it still held.

    A level of a closed month that is corrected later, or that comes late, is carried on as it is
    known in the month that bills that, though the closed month itself stays as it was billed. What
    this gives changes only with what is recorded of earlier months.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: that the levels are carried into.
        meters: of levels.
        known_in: the month up to which what is billed counts; by default the period itself.
    """
    by_code = {meter.code: meter for meter in meters}
    found: defaultdict[str, dict[str, Level]] = defaultdict(dict)
    values = {
        "client": client_id,
        "month": period.month,
        "known": (known_in or period).month,
        "starts_at": period.starts_at,
        "meters": list(by_code),
    }
    rows = CARRIED_IN.ask(connection, values).all()
    for row in sorted(rows, key=lambda row: row.is_known_since):
        holds_for = by_code[row.meter].holds_for
        found[row.meter].pop(row.resource, None)
        if row.last_at and (holds_for is None or row.last_at + holds_for > period.starts_at):
            since = row.last_at.astimezone(UTC)
            found[row.meter][row.resource] = Level(level=row.last_level, since=since)
    return found
