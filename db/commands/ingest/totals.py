"""Running totals: one row per meter and month, whose lock puts writers in line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from billing_core.metering import Aggregation, Meter
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from db.commands.ingest.rollups import LEVELS, Kinds
from db.queries.usage_levels import last_quantities

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
CARRIED_INTO = text(
    f"""
    WITH stated AS (
        SELECT meter_id, min(first_at) AS first_at, max(last_at) AS last_at
        FROM (SELECT meter_id, first_at, last_at FROM pg_temp.folded
              UNION ALL SELECT meter_id, hour, hour + interval '1 hour' FROM pg_temp.anew) s
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
)
#: The counts and the sums of months' hours, where adding up isn't enough.
OF_HOURS = text(
    """
    SELECT k.place, coalesce(sum(h.event_count), 0)::bigint AS event_count,
        coalesce(sum(h.quantity_sum), 0) AS quantity, min(h.first_at) AS first_at,
        max(h.last_at) AS last_at
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]),
        CAST(:starts AS timestamptz[])) WITH ORDINALITY AS k (meter_id, month, starts_at, place)
    LEFT JOIN billing.usage_hour h ON h.client_id = :client AND h.meter_id = k.meter_id
        AND h.billing_period = k.month AND h.first_at >= k.starts_at
    GROUP BY k.place ORDER BY k.place
    """
)
OF_VALUES = text(
    """
    SELECT (SELECT count(*) FROM billing.usage_distinct d WHERE d.client_id = :client
        AND d.meter_id = k.meter_id AND d.billing_period = k.month) AS quantity
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]))
        WITH ORDINALITY AS k (meter_id, month, place)
    ORDER BY k.place
    """
)
STORE = text(
    """
    UPDATE billing.usage_total t SET event_count = k.event_count, quantity = k.quantity,
        first_at = k.first_at, last_at = k.last_at,
        last_event_id = CASE WHEN k.is_known THEN t.last_event_id ELSE (
            SELECT e.event_id FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = k.meter_id AND e.billing_period = k.month
              AND e.usage_period = k.month AND e.occurred_at = k.last_at
              AND NOT e.withdraws AND NOT EXISTS (SELECT FROM billing.usage_event s
                  WHERE s.client_id = :client AND s.supersedes_event_id = e.event_id)
            ORDER BY e.event_id DESC LIMIT 1) END
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]),
        CAST(:counts AS bigint[]), CAST(:quantities AS numeric[]), CAST(:firsts AS timestamptz[]),
        CAST(:lasts AS timestamptz[]), CAST(:known AS boolean[]))
        AS k (meter_id, month, event_count, quantity, first_at, last_at, is_known)
    WHERE t.client_id = :client AND t.meter_id = k.meter_id AND t.billing_period = k.month
    """
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The running total of a meter in a month, after a batch."""

    brought: Brought
    event_count: int  #: effective events
    first_at: datetime | None  #: of them
    last_at: datetime | None  #: of them
    after: Decimal  #: the quantity right after the last of them; 0 without any

    @property
    def meter(self) -> Meter:
        """What is counted."""
        return self.brought.meter

    @property
    def period(self) -> BillingPeriod:
        """The month."""
        return self.brought.period


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
        for row in connection.execute(CARRIED_INTO, client).mappings():
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


def store_totals(
    connection: Connection, client_id: int, brought: Sequence[Brought]
) -> tuple[Total, ...]:
    """Bring the locked totals up to date, after the rollups."""
    counted = tuple(_counted(connection, client_id, brought))
    quantities = _quantities(connection, client_id, counted)
    totals = tuple(
        replace(each, after=quantities.get(place, each.after)) for place, each in enumerate(counted)
    )
    if totals:
        connection.execute(STORE, {"client": client_id, **_columns(totals)})
    return totals


def _counted(connection: Connection, client_id: int, brought: Iterable[Brought]) -> Iterator[Total]:
    """The totals as sums, with their counts and bounds."""
    brought = tuple(brought)
    anew = [each for each in brought if each.anew]
    starts = {"starts": [each.period.starts_at for each in anew]}
    values = {"client": client_id, **_keys(anew), **starts}
    hours = iter(connection.execute(OF_HOURS, values).all() if anew else ())
    for each in brought:
        if each.anew:
            row = next(hours)
            yield Total(
                brought=each,
                event_count=row.event_count,
                first_at=row.first_at,
                last_at=row.last_at,
                after=row.quantity,
            )
        else:
            yield _added(each)


def _added(each: Brought) -> Total:
    firsts = [at for at in (each.earlier_first_at, each.first_at) if at]
    lasts = [at for at in (each.earlier_last_at, each.last_at) if at]
    return Total(
        brought=each,
        event_count=each.earlier_count + each.event_count,
        first_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
        after=each.before + each.quantity,
    )


def _quantities(
    connection: Connection, client_id: int, totals: Sequence[Total]
) -> Mapping[int, Decimal]:
    """By place, the totals that aren't sums."""
    counts = [
        place
        for place, each in enumerate(totals)
        if each.meter.aggregation is Aggregation.UNIQUE_COUNT
    ]
    found: dict[int, Decimal] = {}
    if counts:
        keys = _keys([totals[place].brought for place in counts])
        values = connection.execute(OF_VALUES, {"client": client_id, **keys}).scalars()
        found = dict(zip(counts, map(Decimal, values), strict=True))
    levels = [place for place, each in enumerate(totals) if each.meter.aggregation.is_level]
    for period in dict.fromkeys(totals[place].period for place in levels):
        own = [place for place in levels if totals[place].period == period]
        stated = {totals[place].meter: totals[place].last_at for place in own}
        quantities = last_quantities(connection, client_id, period, stated)
        found |= {place: rounded_quantity(quantities[totals[place].meter.code]) for place in own}
    return found


def _keys(brought: Iterable[Brought]) -> dict[str, object]:
    brought = tuple(brought)
    return {
        "meter_ids": [each.meter_id for each in brought],
        "months": [each.period.month for each in brought],
    }


def _columns(totals: Sequence[Total]) -> dict[str, object]:
    return {
        **_keys(each.brought for each in totals),
        "counts": [each.event_count for each in totals],
        "quantities": [each.after for each in totals],
        "firsts": [each.first_at for each in totals],
        "lasts": [each.last_at for each in totals],
        "known": [_is_last_known(each) for each in totals],
    }


def _is_last_known(total: Total) -> bool:
    """Whether the last event is the one that was it before the batch."""
    brought = total.brought
    if brought.anew or brought.earlier_last_at is None:
        return False
    return brought.last_at is None or brought.last_at < brought.earlier_last_at
