"""The quantities of an issued month as a later month knows them, late and superseding events in.

The month's rollups stay as they were billed. What changed since is taken from the events: amounts
as differences, levels and values by replaying the events of the resources that changed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection, text

from billing_core.metering import (
    Aggregation,
    Checkpoint,
    Level,
    Measurement,
    Meter,
    MeterUsage,
    ResourceQuantity,
    RunningQuantity,
)
from billing_core.period import BillingPeriod
from db.queries.effective import NOT_SUPERSEDED
from db.queries.usage import usage_at
from db.queries.usage_carried import Carried, carried_in

#: Events of the month that later months bill, and its own ones that they supersede.
_CHANGED: Final = f"""
    SELECT e.meter_id, e.resource_id, e.occurred_at, e.quantity
    FROM billing.meter m CROSS JOIN LATERAL (
        SELECT e.* FROM billing.billing_period p JOIN billing.usage_event e
            ON e.client_id = p.client_id AND e.meter_id = m.meter_id
            AND e.billing_period = p.billing_period
            AND e.occurred_at >= :starts_at AND e.occurred_at < :ends_at
        WHERE p.client_id = :client AND p.billing_period > :month AND p.billing_period <= :known
          AND NOT e.withdraws AND {NOT_SUPERSEDED.format(known=":known")}) e
    WHERE m.code = ANY (:meters)
    UNION ALL
    SELECT e.meter_id, e.resource_id, e.occurred_at, -e.quantity
    FROM billing.usage_event s JOIN billing.usage_event e
        ON e.client_id = s.client_id AND e.event_id = s.supersedes_event_id
    JOIN billing.meter m ON m.meter_id = e.meter_id AND m.code = ANY (:meters)
    JOIN billing.billing_period b ON b.client_id = e.client_id AND b.billing_period = :month
    WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL AND NOT e.withdraws
      AND e.billing_period = :month AND s.billing_period > :month AND s.billing_period <= :known
      AND e.usage_period = :month AND NOT s.event_id = ANY (b.known_corrections)"""  # noqa: S608 - put together from our own constants
_DIFFERENCES: Final = text(
    f"""
    SELECT m.code AS meter, r.code AS resource,
        width_bucket(c.occurred_at, CAST(:instants AS timestamptz[])) AS bucket,
        sum(c.quantity) AS quantity
    FROM ({_CHANGED}) c JOIN billing.meter m USING (meter_id)
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = c.resource_id
    GROUP BY 1, 2, 3
    """  # noqa: S608 - put together from our own constants
)
_RESOURCES: Final = text(
    f"""
    SELECT DISTINCT m.code AS meter, r.code AS resource
    FROM ({_CHANGED}) c JOIN billing.meter m USING (meter_id)
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = c.resource_id
    """  # noqa: S608 - put together from our own constants
)
_EVENTS: Final = text(
    f"""
    SELECT e.occurred_at, e.event_id, e.quantity, e.counted_value, r.code AS resource
    FROM billing.meter m JOIN billing.usage_event e ON e.meter_id = m.meter_id
    JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
    WHERE e.client_id = :client AND m.code = :meter AND r.code = ANY (:resources)
      AND e.billing_period = ANY (SELECT p.billing_period FROM billing.billing_period p
          WHERE p.client_id = :client AND p.billing_period BETWEEN :month AND :known)
      AND e.occurred_at >= :starts_at AND e.occurred_at < :ends_at
      AND NOT e.withdraws AND {NOT_SUPERSEDED.format(known=":known")}
    ORDER BY e.occurred_at, e.event_id
    """  # noqa: S608 - put together from our own constants
)
_ROWS_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUsage:
    """A month's quantities as a later month knows them, and the levels carried into it."""

    usage: Mapping[str, MeterUsage]  #: by meter code
    carried: Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An issued month, and the later one that knows more of it."""

    client_id: int
    period: BillingPeriod
    known_in: BillingPeriod
    instants: Sequence[datetime]  #: in order, UTC

    def values(self, *meters: str) -> dict[str, object]:
        return {
            "client": self.client_id,
            "month": self.period.month,
            "known": self.known_in.month,
            "starts_at": self.period.starts_at,
            "ends_at": self.period.ends_at,
            "meters": list(meters),
        }


def known_usage(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    meters: Sequence[Meter],
    instants: Sequence[datetime],
    known_in: BillingPeriod,
) -> KnownUsage:
    """Give each meter's quantities by resource at each instant, as a later month knows them.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        period: an issued month.
        meters: which ones.
        instants: as `usage_at` takes them.
        known_in: the later month: what months up to it bill counts.
    """
    ordered = sorted({each.astimezone(UTC) for each in instants})
    asked = _Asked(client_id=client_id, period=period, known_in=known_in, instants=ordered)
    levels = [each for each in meters if each.aggregation.is_level]
    billed, known = (
        carried_in(connection, client_id, period, levels, each) if levels else {}
        for each in (period, known_in)
    )
    usage = dict(usage_at(connection, client_id, period, meters, ordered, billed))
    usage |= _with_differences(connection, asked, usage)
    others = {code: use for code, use in usage.items() if not _is_sum(use.meter)}
    for code, resources in _changed(connection, asked, others, billed, known).items():
        held = {name: level for name, level in known.get(code, {}).items() if name in resources}
        usage[code] = _replayed(connection, asked, usage[code], resources, held)
    return KnownUsage(usage=usage, carried=known)


def _is_sum(meter: Meter) -> bool:
    return meter.aggregation is Aggregation.SUM


def _with_differences(
    connection: Connection, asked: _Asked, usage: Mapping[str, MeterUsage]
) -> Iterator[tuple[str, MeterUsage]]:
    sums = [code for code, each in usage.items() if _is_sum(each.meter)]
    if not sums:
        return
    found: defaultdict[str, defaultdict[str, dict[int, Fraction]]]
    found = defaultdict(lambda: defaultdict(dict))
    values = {**asked.values(*sums), "instants": list(asked.instants)}
    for row in connection.execute(_DIFFERENCES, values):
        found[row.meter][row.resource][row.bucket] = Fraction(row.quantity)
    for code, by_resource in found.items():
        yield code, _added(usage[code], by_resource)


def _added(usage: MeterUsage, found: Mapping[str, Mapping[int, Fraction]]) -> MeterUsage:
    """Add to each checkpoint what changed before it."""
    checkpoints = []
    for place, checkpoint in enumerate(usage.checkpoints):
        known = {each.resource: each.quantity for each in checkpoint.quantities}
        for resource, by_bucket in found.items():
            more = sum((part for at, part in by_bucket.items() if at <= place), Fraction(0))
            known[resource] = known.get(resource, Fraction(0)) + more
        checkpoints.append(_checkpoint(checkpoint.at, known))
    return MeterUsage(meter=usage.meter, period=usage.period, checkpoints=tuple(checkpoints))


def _changed(
    connection: Connection,
    asked: _Asked,
    usage: Mapping[str, MeterUsage],
    billed: Carried,
    known: Carried,
) -> Mapping[str, set[str]]:
    """Give, by meter, the resources with late or superseded events, or another level carried in."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    if usage:
        for row in connection.execute(_RESOURCES, asked.values(*usage)):
            found[row.meter].add(row.resource)
    for code in usage:
        was, now = billed.get(code, {}), known.get(code, {})
        other = {name for name in {*was, *now} if was.get(name) != now.get(name)}
        if other:
            found[code] |= other
    return found


def _replayed(
    connection: Connection,
    asked: _Asked,
    usage: MeterUsage,
    resources: set[str],
    held: Mapping[str, Level],
) -> MeterUsage:
    """Count some resources anew from their events; the others stay."""
    values = {**asked.values(), "meter": usage.meter.code, "resources": sorted(resources)}
    options = {"stream_results": True, "yield_per": _ROWS_AT_ONCE}
    rows = connection.execute(_EVENTS, values, execution_options=options)
    running = RunningQuantity(usage.meter, asked.period, held)
    events = (Measurement(**row) for row in rows.mappings())
    event, checkpoints = next(events, None), []
    for checkpoint in usage.checkpoints:
        while event is not None and event.occurred_at < checkpoint.at:
            running.record(event)
            event = next(events, None)
        stay = {
            each.resource: each.quantity
            for each in checkpoint.quantities
            if each.resource not in resources
        }
        anew = running.checkpoint(checkpoint.at).quantities
        stay |= {each.resource: each.quantity for each in anew}
        checkpoints.append(_checkpoint(checkpoint.at, stay))
    return MeterUsage(meter=usage.meter, period=usage.period, checkpoints=tuple(checkpoints))


def _checkpoint(at: datetime, quantities: Mapping[str, Fraction]) -> Checkpoint:
    counted = (
        ResourceQuantity(resource=resource, quantity=quantities[resource])
        for resource in sorted(quantities)
        if quantities[resource]
    )
    return Checkpoint(at=at, quantities=tuple(counted))
