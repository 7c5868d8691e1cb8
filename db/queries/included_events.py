"""How many of a month's own events its included quantities cover.

It counts as `billing_core.proof.included` does, which the verifier asks.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from billing_core.period import BillingPeriod
from db.queries.effective import NOT_SUPERSEDED

_COVERED: Final = text(
    f"""
    SELECT r.meter, count(*) AS events FROM (
        SELECT a.meter, a.included, sum(CASE WHEN a.aggregation = 'sum' THEN e.quantity
                WHEN e.is_first THEN 1 ELSE 0 END)
            OVER (PARTITION BY a.meter_id ORDER BY e.occurred_at, e.event_id) AS running
        FROM (SELECT m.meter_id, m.code AS meter, m.aggregation, given.included
              FROM unnest(CAST(:meters AS text[]), CAST(:included AS numeric[]))
                  AS given (meter, included)
              JOIN billing.meter m ON m.code = given.meter) a
        CROSS JOIN LATERAL (
            SELECT e.occurred_at, e.event_id, e.quantity,
                a.aggregation <> 'sum' AND row_number() OVER (
                    PARTITION BY e.resource_id, e.counted_value
                    ORDER BY e.occurred_at, e.event_id) = 1 AS is_first
            FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = a.meter_id AND e.billing_period = :month
              AND e.occurred_at >= :starts_at AND NOT e.withdraws
              AND {NOT_SUPERSEDED.format(known=":month")}) e) r
    WHERE r.running <= r.included
    GROUP BY r.meter
    """  # noqa: S608 - put together from our own constants
)


def included_counts(
    connection: Connection, client_id: int, period: BillingPeriod, included: Mapping[str, Decimal]
) -> Mapping[str, int]:
    """Give the number of events that an included quantity covers, by meter.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: the month, as stored.
        included: by code of meters that count amounts or values; those without any are left out.
    """
    asked = {code: quantity for code, quantity in included.items() if quantity}
    if not asked:
        return {}
    values = {
        "client": client_id,
        "month": period.month,
        "starts_at": period.starts_at,
        "meters": list(asked),
        "included": list(asked.values()),
    }
    return {row.meter: row.events for row in connection.execute(_COVERED, values)}
