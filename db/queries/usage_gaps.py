"""Gaps and freshness: what isn't known, and since when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from billing_core.metering import Gap, Meter
from billing_core.period import BillingPeriod
from db.prepared import Question
from db.queries.usage_carried import Carried, carried_in
from db.queries.usage_silences import silences

#: Where each resource's levels begin and end, and each silence between two of its hours. A silence
#: is shorter than the hours that are missing between the first and the last, and two more; a clock
#: may shift by half an hour. Only where that could be too long each hour is set beside the next.
SILENT_LEVELS = Question(
    "silent_levels",
    """
    WITH spans AS MATERIALIZED (
        SELECT u.meter_id, u.resource_id, min(u.first_at) AS first_at, max(u.last_at) AS last_at,
            max(u.hour) - min(u.hour) + interval '3.5 hours' - count(*) * interval '1 hour'
                AS silent_at_most
        FROM billing.usage_hour u
        WHERE u.client_id = :client AND u.billing_period = :month
          AND u.meter_id = ANY (ARRAY(
              SELECT m.meter_id FROM billing.meter m WHERE m.code = ANY (:meters)))
          AND u.first_at >= :starts_at AND u.first_at < :ends_at
        GROUP BY u.meter_id, u.resource_id),
    known AS (
        SELECT s.*, m.code AS meter, m.holds_for, s.silent_at_most < m.holds_for AS is_dense
        FROM spans s JOIN billing.meter m USING (meter_id)),
    followed AS (
        SELECT k.meter, k.holds_for, k.resource_id, u.first_at, u.last_at,
            lag(u.last_at) OVER own AS before_at, lead(u.first_at) OVER own AS after_at
        FROM known k JOIN billing.usage_hour u ON u.client_id = :client
            AND u.meter_id = k.meter_id AND u.billing_period = :month
            AND u.resource_id = k.resource_id
        WHERE NOT k.is_dense AND u.first_at >= :starts_at AND u.first_at < :ends_at
        WINDOW own AS (PARTITION BY k.meter_id, k.resource_id ORDER BY u.first_at)),
    found AS (
        SELECT meter, resource_id, NULL AS before_at, first_at, last_at, NULL AS after_at
        FROM known WHERE is_dense
        UNION ALL
        SELECT meter, resource_id, before_at, first_at, last_at, after_at FROM followed
        WHERE before_at IS NULL OR after_at IS NULL OR first_at - before_at > holds_for)
    SELECT f.meter, r.code AS resource, f.before_at, f.first_at, f.last_at, f.after_at
    FROM found f
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = f.resource_id
    ORDER BY f.meter, r.code, f.first_at
    """,
)
FRESHNESS = Question(
    "freshness",
    """
    SELECT s.code AS source, s.expects_every, max(e.occurred_at) AS last_occurred_at,
        max(e.recorded_at) AS last_recorded_at
    FROM billing.source s
    LEFT JOIN billing.usage_total t ON t.client_id = s.client_id
    LEFT JOIN billing.usage_event e ON e.client_id = s.client_id
        AND e.event_id = t.last_event_id AND e.source_id = s.source_id
    WHERE s.client_id = :client
    GROUP BY s.code, s.expects_every ORDER BY s.code
    """,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFreshness:
    """When a source was last heard."""

    source: str  #: code
    last_occurred_at: datetime | None  #: of its latest event in the latest month; None: never
    last_recorded_at: datetime | None
    expects_every: timedelta | None  #: longest time between events that is normal


def gaps_of(
    connection: Connection, client_id: int, meter: Meter, period: BillingPeriod, as_of: datetime
) -> tuple[Gap, ...]:
    """Give the times of a period, up to `as_of`, for which nothing is known of a meter."""
    return gaps_by_meter(connection, client_id, [meter], period, as_of)[meter.code]


def gaps_by_meter(
    connection: Connection,
    client_id: int,
    meters: Iterable[Meter],
    period: BillingPeriod,
    as_of: datetime,
    carried: Carried | None = None,
) -> Mapping[str, tuple[Gap, ...]]:
    """Give the times of a period, up to `as_of`, for which nothing is known, by meter.

    A level ends `holds_for` after it was stated: a gap of its resource, to the hour's precision. An
    amount's source is silent longer than it is expected to be: a gap of the whole meter. A source
    is heard by each meter whose latest event is its own: a meter that is read once a day is not
    silent while its source speaks of another.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        meters: which ones.
        period: the month.
        as_of: exclusive; gaps end here at the latest.
        carried: the levels carried into the period, if they are known.
    """
    asked = tuple(meters)
    until = min(as_of.astimezone(UTC), period.ends_at)
    found: dict[str, Iterable[Gap]] = {}
    if until > period.starts_at:
        held = [each for each in asked if each.aggregation.is_level and each.holds_for]
        amounts = [each for each in asked if not each.aggregation.is_level]
        if held:
            known = carried_in(connection, client_id, period, held) if carried is None else carried
            found |= _level_gaps(connection, client_id, held, period, until, known)
        if amounts:
            found |= silences(connection, client_id, amounts, period, until)
    return {
        each.code: tuple(_clipped(found.get(each.code, ()), period.starts_at, until))
        for each in asked
    }


def freshness(connection: Connection, client_id: int) -> tuple[SourceFreshness, ...]:
    """Give, for each source, when it was last heard."""
    rows = FRESHNESS.ask(connection, {"client": client_id}).mappings()
    return tuple(SourceFreshness(**row) for row in rows)


def _level_gaps(
    connection: Connection,
    client_id: int,
    meters: Iterable[Meter],
    period: BillingPeriod,
    until: datetime,
    held: Carried,
) -> dict[str, Iterable[Gap]]:
    by_code = {each.code: each for each in meters}
    values = {
        "client": client_id,
        "month": period.month,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
        "meters": list(by_code),
    }
    carried = {code: dict(held.get(code, {})) for code in by_code}
    found: dict[str, list[Gap]] = {code: [] for code in by_code}
    for row in SILENT_LEVELS.ask(connection, values):
        holds_for = by_code[row.meter].holds_for or timedelta(0)
        level = carried[row.meter].pop(row.resource, None)
        heard = row.before_at or (level.since if level else row.first_at)
        found[row.meter].append(_silence(row.resource, holds_for, heard, row.first_at))
        if row.after_at is None:
            found[row.meter].append(_silence(row.resource, holds_for, row.last_at, until))
    for code, levels in carried.items():
        holds_for = by_code[code].holds_for or timedelta(0)
        for resource, level in sorted(levels.items()):
            found[code].append(_silence(resource, holds_for, level.since, until))
    return dict(found)


def _silence(resource: str, holds_for: timedelta, heard: datetime, again: datetime) -> Gap:
    """The time between the end of a level and the next one; there may be none."""
    return Gap(resource=resource, starts_at=heard + holds_for, ends_at=again)


def _clipped(gaps: Iterable[Gap], starts_at: datetime, until: datetime) -> Iterator[Gap]:
    """The parts of gaps that lie in a time; those that have none are left out."""
    for gap in gaps:
        clipped = replace(
            gap,
            starts_at=max(gap.starts_at, starts_at).astimezone(UTC),
            ends_at=min(gap.ends_at, until).astimezone(UTC),
        )
        if clipped.starts_at < clipped.ends_at:
            yield clipped
