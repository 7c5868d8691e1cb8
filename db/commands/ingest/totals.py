"""Running totals: one row per meter and month, whose lock puts writers in line."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from db.commands.ingest.rollups import LEVELS, Kinds

PLACES = text(
    """
    INSERT INTO billing.usage_total (client_id, meter_id, billing_period)
    SELECT DISTINCT :client, meter_id, billing_period FROM pg_temp.folded
    WHERE usage_period = billing_period ORDER BY meter_id, billing_period
    ON CONFLICT (client_id, meter_id, billing_period) DO NOTHING
    """
)
MONTH = "to_char(p.billing_period, 'YYYY-MM') AS month, p.starts_at, p.ends_at, p.zone"
EARLIER = """coalesce(t.quantity, 0) AS before, coalesce(t.event_count, 0) AS earlier_count,
        t.first_at AS earlier_first_at, t.last_at AS earlier_last_at"""
LOCKED = text(
    f"""
    WITH brought AS (
        SELECT meter_id, billing_period, sum(event_count)::bigint AS event_count,
            sum(quantity_sum) AS quantity, min(first_at) AS first_at, max(last_at) AS last_at
        FROM pg_temp.folded WHERE usage_period = billing_period
        GROUP BY meter_id, billing_period),
    raised AS (
        SELECT meter_id, billing_period, sum(quantity) AS raises FROM pg_temp.added
        WHERE usage_period = billing_period AND quantity > 0 GROUP BY meter_id, billing_period),
    anew AS (
        SELECT meter_id, billing_period, min(hour) AS since
        FROM pg_temp.anew GROUP BY meter_id, billing_period),
    touched AS (
        SELECT meter_id, billing_period FROM brought
        UNION SELECT meter_id, billing_period FROM anew)
    SELECT m.code AS meter, t.meter_id, {MONTH}, {EARLIER},
        coalesce(b.event_count, 0) AS event_count, coalesce(b.quantity, 0) AS quantity,
        coalesce(r.raises, 0) AS raises, b.first_at, b.last_at, a.since IS NOT NULL AS anew,
        least(b.first_at, a.since) AS since
    FROM billing.usage_total t
    JOIN touched k ON k.meter_id = t.meter_id AND k.billing_period = t.billing_period
    JOIN billing.meter m ON m.meter_id = t.meter_id
    JOIN billing.billing_period p
        ON p.client_id = t.client_id AND p.billing_period = t.billing_period
    LEFT JOIN brought b ON b.meter_id = t.meter_id AND b.billing_period = t.billing_period
    LEFT JOIN raised r ON r.meter_id = t.meter_id AND r.billing_period = t.billing_period
    LEFT JOIN anew a ON a.meter_id = t.meter_id AND a.billing_period = t.billing_period
    WHERE t.client_id = :client
    ORDER BY t.meter_id, t.billing_period
    FOR UPDATE OF t
    """  # noqa: S608 - put together from our own constants
)
#: Open months that a level of the batch, or one that it supersedes, may be carried into.
CARRIED_INTO = f"""
    WITH stated AS (
        SELECT meter_id, min(first_at) AS first_at, max(last_at) AS last_at
        FROM (SELECT meter_id, first_at, last_at FROM pg_temp.folded
              UNION ALL
              SELECT meter_id, hour, hour + interval '1 hour' FROM pg_temp.anew{{originals}}) s
        GROUP BY meter_id)
    SELECT m.code AS meter, m.meter_id, {MONTH}, {EARLIER}, 0 AS event_count, 0 AS quantity,
        0 AS raises, NULL::timestamptz AS first_at, NULL::timestamptz AS last_at, false AS anew,
        p.starts_at AS since
    FROM stated s JOIN billing.meter m USING (meter_id)
    JOIN billing.billing_period p ON p.client_id = :client AND p.state = 'open'
        AND p.starts_at > s.first_at
        AND (m.holds_for IS NULL OR p.starts_at < s.last_at + m.holds_for)
    LEFT JOIN billing.usage_total t ON t.client_id = :client AND t.meter_id = m.meter_id
        AND t.billing_period = p.billing_period
    WHERE m.aggregation IN {LEVELS} AND (t.event_count > 0 OR EXISTS (
        SELECT FROM billing.crossing c WHERE c.client_id = :client AND c.meter_id = m.meter_id
          AND c.billing_period = p.billing_period))
    ORDER BY m.meter_id, p.billing_period
"""  # noqa: S608 - put together from our own constants
ORIGINALS = """
              UNION ALL SELECT e.meter_id, e.occurred_at, e.occurred_at FROM pg_temp.added a
                  JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = a.supersedes
                  WHERE a.supersedes IS NOT NULL"""
OF_NEW = text(CARRIED_INTO.format(originals=""))
OF_NEW_AND_CORRECTED = text(CARRIED_INTO.format(originals=ORIGINALS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a batch brought to the total of a meter in a month, read under the total's lock."""

    meter: Meter
    meter_id: int
    period: BillingPeriod
    before: Decimal  #: the running total
    earlier_count: int
    earlier_first_at: datetime | None
    earlier_last_at: datetime | None
    event_count: int
    quantity: Decimal  #: sum of the batch's quantities
    raises: Decimal  #: sum of those above zero, where they may fall
    first_at: datetime | None
    last_at: datetime | None
    anew: bool  #: whether events were superseded, so that adding up isn't enough
    since: datetime  #: before this instant nothing changed

    @property
    def is_appended(self) -> bool:
        """Whether all of it comes after what was there."""
        before = self.earlier_last_at
        return not self.anew and (before is None or before < self.since)


def locked_totals(
    connection: Connection,
    client_id: int,
    kinds: Kinds,
    meters: Mapping[str, Meter],
    *,
    expected: int,
) -> tuple[Brought, ...]:
    """Lock the totals that the added events change, in the order of their key.

    Args:
        connection: the transaction, holding the locks of the meters.
        client_id: whose totals.
        kinds: what the batch has.
        meters: all that there are.
        expected: how many totals the batch adds to; places are made for those that are missing.
    """
    client = {"client": client_id}
    rows = connection.execute(LOCKED, client).mappings().all()
    if sum(row["event_count"] > 0 for row in rows) < expected:
        connection.execute(PLACES, client)
        rows = connection.execute(LOCKED, client).mappings().all()
    brought = {(row["meter_id"], row["month"]): _brought(row, meters) for row in rows}
    if kinds.levels:
        stated = OF_NEW_AND_CORRECTED if kinds.corrections else OF_NEW
        for row in connection.execute(stated, client).mappings():
            key = (row["meter_id"], row["month"])
            own = brought.get(key)
            since = row["starts_at"].astimezone(UTC)
            brought[key] = replace(own, since=since) if own else _brought(row, meters)
    return tuple(brought[key] for key in sorted(brought))


def _brought(row: RowMapping, meters: Mapping[str, Meter]) -> Brought:
    values: dict[str, Any] = dict(row)
    period = BillingPeriod(
        name=values.pop("month"),
        starts_at=values.pop("starts_at").astimezone(UTC),
        ends_at=values.pop("ends_at").astimezone(UTC),
        zone=values.pop("zone"),
    )
    values["meter"] = meters[values["meter"]]
    values["since"] = max(values["since"].astimezone(UTC), period.starts_at)
    return Brought(**values, period=period)
