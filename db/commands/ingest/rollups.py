"""Rollups: what screens and rating read, kept in the transaction that stores the events.

New hours and appended ones are folded from the batch alone. An hour whose events the batch
interleaves or supersedes is computed anew from its events.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, text

KEY = "meter_id, billing_period, resource_id, hour"
COLUMNS = (
    f"client_id, {KEY}, first_at, last_at, event_count, quantity_sum, quantity_max, "
    "first_level, last_level, level_seconds"
)
LEVELS = "('max', 'last', 'time_weighted_mean')"

#: Amounts of one hour and resource; they have no levels.
AMOUNTS = """
    SELECT CAST(:client AS integer), {key}, min(occurred_at), max(occurred_at), count(*),
        sum(quantity), max(quantity), 0::numeric, 0::numeric, 0::numeric
    FROM {events} GROUP BY {key} ORDER BY {key}
"""
#: The same of the batch, which is folded already.
FOLDED_AMOUNTS = """
    SELECT CAST(:client AS integer), {key}, first_at, last_at, event_count,
        quantity_sum, quantity_max, 0::numeric, 0::numeric, 0::numeric
    FROM {events} ORDER BY {key}
"""
#: The same of levels: each holds until the next one, or as long as the meter says.
FOLDED_LEVELS = """
    SELECT CAST(:client AS integer), {key}, min(occurred_at), max(occurred_at), count(*),
        sum(quantity), max(quantity),
        (array_agg(quantity ORDER BY occurred_at, event_id))[1],
        (array_agg(quantity ORDER BY occurred_at DESC, event_id DESC))[1],
        coalesce(sum(quantity * extract(epoch FROM least(until - occurred_at, holds_for)))
            FILTER (WHERE until IS NOT NULL), 0)
    FROM (SELECT event.*, lead(occurred_at) OVER (
              PARTITION BY {key} ORDER BY occurred_at, event_id) AS until
          FROM {events}) ordered
    GROUP BY {key} ORDER BY {key}
"""
#: What the batch brought, with the meter's rules, to hours that aren't computed anew.
OF_BATCH = """(SELECT a.*, m.holds_for FROM pg_temp.{table} a JOIN billing.meter m USING (meter_id)
    WHERE m.aggregation {levels} AND NOT EXISTS (
        SELECT FROM pg_temp.anew n WHERE (n.meter_id, n.billing_period, n.resource_id, n.hour)
            = (a.meter_id, a.billing_period, a.resource_id, a.hour)))"""
#: All effective events of the hours that are computed anew. The events of an hour are read once,
#: for all its resources: their index isn't by resource.
OF_STORE = """(SELECT e.*, w.hour, w.holds_for
    FROM (SELECT n.meter_id, n.billing_period, n.hour, m.holds_for,
              array_agg(DISTINCT n.resource_id) AS resources
          FROM pg_temp.anew n JOIN billing.meter m USING (meter_id) WHERE m.aggregation {levels}
          GROUP BY n.meter_id, n.billing_period, n.hour, m.holds_for) w
    CROSS JOIN LATERAL (SELECT u.* FROM billing.usage_event u
        WHERE u.client_id = :client AND u.meter_id = w.meter_id
          AND u.billing_period = w.billing_period
          AND u.occurred_at >= w.hour AND u.occurred_at < w.hour + interval '1 hour'
          AND u.resource_id = ANY (w.resources) AND NOT u.withdraws
          AND NOT EXISTS (SELECT FROM billing.usage_event s
              WHERE s.client_id = :client AND s.supersedes_event_id = u.event_id)) e
    JOIN billing.billing_period p ON p.client_id = :client AND p.billing_period = e.usage_period
    WHERE date_trunc('hour', e.occurred_at, p.zone) = w.hour)"""
ADD = """
    INSERT INTO billing.usage_hour AS h ({columns}) {folded}
    ON CONFLICT (client_id, {key}) DO UPDATE SET
        first_at = least(h.first_at, excluded.first_at),
        last_at = greatest(h.last_at, excluded.last_at),
        event_count = h.event_count + excluded.event_count,
        quantity_sum = h.quantity_sum + excluded.quantity_sum,
        quantity_max = greatest(h.quantity_max, excluded.quantity_max){levels}
"""
#: Two stretches of an hour, one wholly before the other, and the level held between them.
JOIN_LEVELS = """,
        first_level = CASE WHEN excluded.last_at < h.first_at
            THEN excluded.first_level ELSE h.first_level END,
        last_level = CASE WHEN excluded.last_at < h.first_at
            THEN h.last_level ELSE excluded.last_level END,
        level_seconds = h.level_seconds + excluded.level_seconds
            + CASE WHEN excluded.last_at < h.first_at
                THEN excluded.last_level * extract(epoch FROM
                    least(h.first_at - excluded.last_at, {holds_for}))
                ELSE h.last_level * extract(epoch FROM
                    least(excluded.first_at - h.last_at, {holds_for})) END"""
HOLDS_FOR = "(SELECT m.holds_for FROM billing.meter m WHERE m.meter_id = h.meter_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """What kinds of events a batch has; each costs a statement."""

    levels: bool
    counts: bool
    corrections: bool
    credits: bool

    @property
    def need_each(self) -> bool:
        """Whether folding isn't enough for some of the events."""
        return self.levels or self.counts or self.corrections or self.credits


def _adding(folded: str, events: str, levels: str) -> TextClause:
    events = events.format(levels=f"{levels} {LEVELS}")
    joined = JOIN_LEVELS.format(holds_for=HOLDS_FOR) if levels == "IN" else ""
    folded = folded.format(key=KEY, events=f"{events} AS event")
    return text(ADD.format(columns=COLUMNS, folded=folded, key=KEY, levels=joined))


AMOUNTS_OF_BATCH = _adding(FOLDED_AMOUNTS, OF_BATCH.replace("{table}", "folded"), "NOT IN")
AMOUNTS_ANEW = _adding(AMOUNTS, OF_STORE, "NOT IN")
LEVELS_OF_BATCH = _adding(FOLDED_LEVELS, OF_BATCH.replace("{table}", "added"), "IN")
LEVELS_ANEW = _adding(FOLDED_LEVELS, OF_STORE, "IN")

#: Hours of levels whose stored events aren't all before or all after the batch's.
INTERLEAVED = text(
    f"""
    INSERT INTO pg_temp.anew
    SELECT {KEY} FROM pg_temp.folded b JOIN billing.meter m USING (meter_id)
    JOIN billing.usage_hour h USING ({KEY})
    WHERE m.aggregation IN {LEVELS} AND h.client_id = :client
      AND b.first_at <= h.last_at AND b.last_at >= h.first_at
    """  # noqa: S608 - put together from our own constants
)
FORGET_HOURS = text(
    """
    DELETE FROM billing.usage_hour h USING pg_temp.anew n
    WHERE h.client_id = :client AND h.meter_id = n.meter_id
      AND h.billing_period = n.billing_period AND h.resource_id = n.resource_id AND h.hour = n.hour
    """
)

DISTINCT_KEY = "meter_id, billing_period, resource_id, counted_value"
DISTINCT_EVENTS = """
    INSERT INTO billing.usage_distinct AS d
        (client_id, {key}, first_at, first_event_id, event_count)
    SELECT CAST(:client AS integer), {key}, min(occurred_at),
        (array_agg(event_id ORDER BY occurred_at, event_id))[1], count(*)
    FROM {events} AS event GROUP BY {key} ORDER BY {key}
    ON CONFLICT (client_id, {key}) DO UPDATE SET
        event_count = d.event_count + excluded.event_count,
        first_event_id = CASE WHEN (excluded.first_at, excluded.first_event_id)
                < (d.first_at, d.first_event_id)
            THEN excluded.first_event_id ELSE d.first_event_id END,
        first_at = least(d.first_at, excluded.first_at)
"""
#: Late events count in the month they occurred in, when that is billed again.
COUNTED = """(SELECT a.* FROM pg_temp.added a JOIN billing.meter m USING (meter_id)
    WHERE m.aggregation = 'unique_count' AND a.usage_period = a.billing_period
      AND NOT EXISTS (SELECT FROM pg_temp.anew n
          WHERE (n.meter_id, n.billing_period) = (a.meter_id, a.billing_period)))"""
COUNTED_ANEW = """(SELECT e.* FROM (SELECT DISTINCT meter_id, billing_period FROM pg_temp.anew) n
    JOIN billing.meter m ON m.meter_id = n.meter_id AND m.aggregation = 'unique_count'
    JOIN billing.usage_event e ON e.client_id = :client AND e.meter_id = n.meter_id
        AND e.billing_period = n.billing_period AND e.usage_period = n.billing_period
    WHERE NOT e.withdraws AND NOT EXISTS (SELECT FROM billing.usage_event s
        WHERE s.client_id = :client AND s.supersedes_event_id = e.event_id))"""
ADD_DISTINCT = text(DISTINCT_EVENTS.format(key=DISTINCT_KEY, events=COUNTED))
DISTINCT_ANEW = text(DISTINCT_EVENTS.format(key=DISTINCT_KEY, events=COUNTED_ANEW))
FORGET_DISTINCT = text(
    """
    DELETE FROM billing.usage_distinct d
    USING (SELECT DISTINCT meter_id, billing_period FROM pg_temp.anew) n
    WHERE d.client_id = :client AND d.meter_id = n.meter_id AND d.billing_period = n.billing_period
    """
)


def fold(connection: Connection, client_id: int, kinds: Kinds, *, corrected: bool) -> None:
    """Fold the added events into hours and distinct values.

    Args:
        connection: the transaction, holding the locks of the meters and the running totals.
        client_id: whose events.
        kinds: what the batch has.
        corrected: whether `anew` holds hours of superseded events.
    """
    client = {"client": client_id}
    interleaved = connection.execute(INTERLEAVED, client).rowcount if kinds.levels else 0
    connection.execute(AMOUNTS_OF_BATCH, client)
    if kinds.levels:
        connection.execute(LEVELS_OF_BATCH, client)
    if kinds.counts:
        connection.execute(ADD_DISTINCT, client)
    if corrected or interleaved:
        _fold_anew(connection, client_id, kinds, corrected=corrected)


def _fold_anew(connection: Connection, client_id: int, kinds: Kinds, *, corrected: bool) -> None:
    client = {"client": client_id}
    connection.execute(FORGET_HOURS, client)
    if corrected:
        connection.execute(AMOUNTS_ANEW, client)
    if kinds.levels:
        connection.execute(LEVELS_ANEW, client)
    if corrected and kinds.counts:
        connection.execute(FORGET_DISTINCT, client)
        connection.execute(DISTINCT_ANEW, client)
