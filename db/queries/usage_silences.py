"""Silences: for how long a source was not heard, though it is expected to be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row

from billing_core.metering import Gap, Meter, gaps_between
from billing_core.period import BillingPeriod
from db.prepared import Question

#: When each source was last heard by each meter, up to a month and before it, and by how many
#: events and on which resource in the month.
HEARD_LAST: Final = Question(
    "heard_last",
    """
    SELECT m.code AS meter, m.meter_id, e.source_id, s.expects_every, max(t.last_at) AS last_at,
        max(t.last_at) FILTER (WHERE t.billing_period < :month) AS before_at,
        max(t.event_count) FILTER (WHERE t.billing_period = :month) AS event_count,
        max(e.resource_id) FILTER (WHERE t.billing_period = :month) AS resource_id
    FROM billing.usage_total t
    JOIN billing.meter m ON m.meter_id = t.meter_id
    JOIN billing.usage_event e ON e.client_id = t.client_id AND e.event_id = t.last_event_id
    JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
    WHERE t.client_id = :client AND t.billing_period <= :month
    GROUP BY m.code, m.meter_id, e.source_id, s.expects_every
    """,
)
#: A source is silent only where each of its resources is. So one of them is followed through the
#: month, and all are asked for the hours from where it falls silent to where it speaks again,
#: before its first hour and from its last on.
HEARD: Final = Question(
    "heard",
    """
    WITH followed AS (
        SELECT * FROM unnest(CAST(:sources AS integer[]), CAST(:meters AS integer[]),
            CAST(:resources AS integer[]), CAST(:lasts AS interval[]))
            AS f (source_id, meter_id, resource_id, lasts)),
    own AS (
        SELECT f.source_id, h.hour, h.first_at, lag(h.hour) OVER own AS hour_before,
            lag(h.last_at) OVER own + f.lasts AS silent_from
        FROM followed f JOIN billing.usage_hour h ON h.client_id = :client
            AND h.meter_id = f.meter_id AND h.billing_period = :month
            AND h.resource_id = f.resource_id
        WHERE h.first_at >= :starts_at AND h.first_at < :ends_at
        WINDOW own AS (PARTITION BY f.source_id ORDER BY h.hour)),
    silent AS (
        SELECT source_id, coalesce(hour_before, '-infinity') AS since, hour AS until
        FROM own WHERE silent_from IS NULL OR silent_from < first_at
        UNION ALL
        SELECT f.source_id, coalesce(max(o.hour), '-infinity'), 'infinity'
        FROM followed f LEFT JOIN own o USING (source_id) GROUP BY f.source_id)
    SELECT t.source_id, s.until, h.hour, min(h.first_at) AS first_at, max(h.last_at) AS last_at
    FROM (SELECT t.meter_id, e.source_id FROM billing.usage_total t
          JOIN billing.usage_event e ON e.client_id = t.client_id AND e.event_id = t.last_event_id
          WHERE t.client_id = :client AND t.billing_period = :month
            AND e.source_id = ANY (:sources)) t
    JOIN silent s ON s.source_id = t.source_id
    JOIN billing.usage_hour h ON h.client_id = :client AND h.billing_period = :month
        AND h.meter_id = t.meter_id AND h.hour BETWEEN s.since AND s.until
    WHERE h.first_at >= :starts_at AND h.first_at < :ends_at
    GROUP BY t.source_id, s.until, h.hour ORDER BY t.source_id, s.until, h.hour
    """,
    sources="integer[]",
    meters="integer[]",
    resources="integer[]",
    lasts="interval[]",
)
_HOUR: Final = timedelta(hours=1)


def silences(
    connection: Connection,
    client_id: int,
    meters: Iterable[Meter],
    period: BillingPeriod,
    until: datetime,
) -> dict[str, Iterable[Gap]]:
    """Give, by meter of amounts, the silences of the source that was heard by it last.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        meters: of amounts.
        period: the month.
        until: exclusive; silences end here at the latest.
    """
    values = {
        "client": client_id,
        "month": period.month,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
    }
    known = HEARD_LAST.ask(connection, values).all()
    speaks = {row.meter: row for row in sorted(known, key=lambda row: row.last_at)}
    asked = {
        each.code: speaks[each.code]
        for each in meters
        if each.code in speaks and speaks[each.code].expects_every is not None
    }
    if not asked:
        return {}
    followed = _followed(known, {row.source_id for row in asked.values()})
    heard = _by_source(HEARD.ask(connection, {**values, **followed}))
    before = _before(known)
    return {
        code: _between(heard.get(row.source_id, []), before.get(row.source_id), until, row)
        for code, row in asked.items()
    }


def _by_source(rows: Iterable[Row[Any]]) -> Mapping[int, Sequence[Sequence[datetime]]]:
    """When each source was heard in the stretches that were asked about, in their order."""
    return {
        source: [_instants(heard) for _, heard in groupby(of_source, lambda row: row.until)]
        for source, of_source in groupby(rows, lambda row: row.source_id)
    }


def _followed(known: Sequence[Row[Any]], sources: set[int]) -> dict[str, list[Any]]:
    """Of each source, the resource with the last event of the meter with the most.

    Within an hour only the first and the last event are known: who is expected more often than
    once an hour is asked about whole.
    """
    by_count = sorted(known, key=lambda row: row.event_count or 0)
    densest = {row.source_id: row for row in by_count if row.source_id in sources}
    rows = list(densest.values())
    return {
        "sources": [row.source_id for row in rows],
        "meters": [row.meter_id for row in rows],
        "resources": [row.resource_id if row.expects_every >= _HOUR else None for row in rows],
        "lasts": [row.expects_every for row in rows],
    }


def _before(known: Iterable[Row[Any]]) -> Mapping[int, datetime]:
    """When each source was last heard before the month."""
    before: dict[int, datetime] = {}
    for row in known:
        if row.before_at is not None:
            before[row.source_id] = max(row.before_at, before.get(row.source_id, row.before_at))
    return before


def _instants(rows: Iterable[Row[Any]]) -> list[datetime]:
    return [instant for row in rows for instant in (row.first_at, row.last_at)]


def _between(
    stretches: Sequence[Sequence[datetime]],
    before: datetime | None,
    until: datetime,
    source: Row[Any],
) -> Iterator[Gap]:
    """The silences within stretches of the month, and none between them."""
    last = len(stretches) - 1
    for place, instants in enumerate(stretches or [[]]):
        since = (before if place == 0 else None) or (instants[0] if instants else until)
        ends_at = until if place >= last else min(until, instants[-1])
        heard = [instant for instant in instants if instant < ends_at]
        yield from gaps_between(heard, lasts=source.expects_every, since=since, until=ends_at)
