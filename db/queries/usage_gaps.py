"""Gaps and freshness: what isn't known, and since when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from billing_core.metering import Gap, Meter, gaps_between
from billing_core.period import BillingPeriod
from db.queries.usage_carried import carried_in

HEARD = text(
    """
    SELECT h.hour, min(h.first_at) AS first_at, max(h.last_at) AS last_at
    FROM billing.usage_hour h
    WHERE h.client_id = :client AND h.billing_period = :month
      AND h.first_at >= :starts_at AND h.first_at < :ends_at
      AND h.meter_id IN (
          SELECT t.meter_id FROM billing.usage_total t
          JOIN billing.usage_event e ON e.client_id = t.client_id AND e.event_id = t.last_event_id
          WHERE t.client_id = :client AND t.billing_period = :month AND e.source_id = :source)
    GROUP BY h.hour ORDER BY h.hour
    """
)
HEARD_BEFORE = text(
    """
    SELECT max(t.last_at)
    FROM billing.usage_total t
    JOIN billing.usage_event e ON e.client_id = t.client_id AND e.event_id = t.last_event_id
    WHERE t.client_id = :client AND t.billing_period < :month AND e.source_id = :source
    """
)
#: The source of the meter's latest event, and how often it reports.
EXPECTED = text(
    """
    SELECT s.source_id, s.expects_every
    FROM billing.usage_total t
    JOIN billing.meter m ON m.meter_id = t.meter_id AND m.code = :meter
    JOIN billing.usage_event e ON e.client_id = t.client_id AND e.event_id = t.last_event_id
    JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
    WHERE t.client_id = :client AND t.billing_period <= :month
    GROUP BY s.source_id, s.expects_every ORDER BY max(t.last_at) DESC LIMIT 1
    """
)
#: Where each resource's levels begin and end, and each silence between two of its hours.
SILENT_LEVELS = text(
    """
    SELECT r.code AS resource, h.before_at, h.first_at, h.last_at, h.after_at
    FROM (SELECT u.resource_id, u.first_at, u.last_at,
              lag(u.last_at) OVER own AS before_at, lead(u.first_at) OVER own AS after_at
          FROM billing.usage_hour u
          JOIN billing.meter m ON m.meter_id = u.meter_id AND m.code = :meter
          WHERE u.client_id = :client AND u.billing_period = :month
            AND u.first_at >= :starts_at AND u.first_at < :ends_at
          WINDOW own AS (PARTITION BY u.resource_id ORDER BY u.first_at)) h
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = h.resource_id
    WHERE h.before_at IS NULL OR h.after_at IS NULL OR h.first_at - h.before_at > :holds_for
    ORDER BY r.code, h.first_at
    """
)
FRESHNESS = text(
    """
    SELECT s.code AS source, s.expects_every, max(e.occurred_at) AS last_occurred_at,
        max(e.recorded_at) AS last_recorded_at
    FROM billing.source s
    LEFT JOIN billing.usage_total t ON t.client_id = s.client_id
    LEFT JOIN billing.usage_event e ON e.client_id = s.client_id
        AND e.event_id = t.last_event_id AND e.source_id = s.source_id
    WHERE s.client_id = :client
    GROUP BY s.code, s.expects_every ORDER BY s.code
    """
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
    """Give the times of a period, up to `as_of`, for which nothing is known.

    A level ends `holds_for` after it was stated: a gap of its resource, to the hour's precision. An
    amount's source is silent longer than it is expected to be: a gap of the whole meter. A source
    is heard by each meter whose latest event is its own: a meter that is read once a day is not
    silent while its source speaks of another.
    """
    until = min(as_of.astimezone(UTC), period.ends_at)
    if until <= period.starts_at:
        return ()
    if meter.aggregation.is_level:
        found = _level_gaps(connection, client_id, meter, period, until)
    else:
        found = _silences(connection, client_id, meter, period, until)
    return tuple(_clipped(found, period.starts_at, until))


def freshness(connection: Connection, client_id: int) -> tuple[SourceFreshness, ...]:
    """Give, for each source, when it was last heard."""
    rows = connection.execute(FRESHNESS, {"client": client_id}).mappings()
    return tuple(SourceFreshness(**row) for row in rows)


def _silences(
    connection: Connection, client_id: int, meter: Meter, period: BillingPeriod, until: datetime
) -> Iterator[Gap]:
    values = _values(client_id, meter, period)
    expected = connection.execute(EXPECTED, values).one_or_none()
    if expected is None or expected.expects_every is None:
        return
    values["source"] = expected.source_id
    rows = connection.execute(HEARD, values).all()
    instants = [instant for row in rows for instant in (row.first_at, row.last_at)]
    before = connection.execute(HEARD_BEFORE, values).scalar()
    since = before or (instants[0] if instants else until)
    heard = [instant for instant in instants if instant < until]
    yield from gaps_between(heard, lasts=expected.expects_every, since=since, until=until)


def _level_gaps(
    connection: Connection, client_id: int, meter: Meter, period: BillingPeriod, until: datetime
) -> Iterator[Gap]:
    if meter.holds_for is None:
        return
    values = {**_values(client_id, meter, period), "holds_for": meter.holds_for}
    carried = dict(carried_in(connection, client_id, period, [meter]).get(meter.code, {}))
    for row in connection.execute(SILENT_LEVELS, values):
        level = carried.pop(row.resource, None)
        heard = row.before_at or (level.since if level else row.first_at)
        yield _silence(row.resource, meter.holds_for, heard, row.first_at)
        if row.after_at is None:
            yield _silence(row.resource, meter.holds_for, row.last_at, until)
    for resource, level in sorted(carried.items()):
        yield _silence(resource, meter.holds_for, level.since, until)


def _silence(resource: str, holds_for: timedelta, heard: datetime, again: datetime) -> Gap:
    """The time between the end of a level and the next one; there may be none."""
    return Gap(resource=resource, starts_at=heard + holds_for, ends_at=again)


def _clipped(gaps: Iterator[Gap], starts_at: datetime, until: datetime) -> Iterator[Gap]:
    """The parts of gaps that lie in a time; those that have none are left out."""
    for gap in gaps:
        clipped = replace(
            gap,
            starts_at=max(gap.starts_at, starts_at).astimezone(UTC),
            ends_at=min(gap.ends_at, until).astimezone(UTC),
        )
        if clipped.starts_at < clipped.ends_at:
            yield clipped


def _values(client_id: int, meter: Meter, period: BillingPeriod) -> dict[str, object]:
    return {
        "client": client_id,
        "meter": meter.code,
        "month": period.month,
        "starts_at": period.starts_at,
        "ends_at": period.ends_at,
    }
