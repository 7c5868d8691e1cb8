"""Usage: the quantities of a period at given instants, exact, from rollups.

The number of statements is fixed and their cost doesn't grow with the number of events. Events are
read only where an instant lies inside an hour and events of that hour follow it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

from sqlalchemy import Connection, text

from billing_core.metering import (
    Aggregation,
    Checkpoint,
    Level,
    Meter,
    MeterUsage,
    ResourceQuantity,
)
from billing_core.period import BillingPeriod, zone_of
from db.prepared import Question
from db.queries.usage_carried import Carried, carried_in
from db.queries.usage_gaps import SourceFreshness, freshness, gaps_by_meter, gaps_of
from db.queries.usage_levels import Asked, level_quantities

__all__ = [
    "SourceFreshness",
    "freshness",
    "gaps_by_meter",
    "gaps_of",
    "levels_before",
    "periods_of",
    "usage_at",
]

PERIODS = text(
    """
    SELECT to_char(billing_period, 'YYYY-MM') AS name, starts_at, ends_at, zone
    FROM billing.billing_period WHERE client_id = :client ORDER BY billing_period
    """
)
#: The meters' numbers, and which of the instants events of theirs follow within the hour.
ASKED = Question(
    "asked",
    """
    SELECT m.code, m.meter_id, ARRAY(
        SELECT cut.instant FROM unnest(CAST(:odd AS timestamptz[])) AS cut (instant)
        WHERE EXISTS (
            SELECT FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = m.meter_id AND e.billing_period = :month
              AND e.occurred_at >= cut.instant
              AND e.occurred_at < cut.instant + interval '1 hour')) AS cuts
    FROM billing.meter m WHERE m.code = ANY (:codes)
    """,
)
#: Added up before anything is named: the hours are many.
SUMS = """{stretches}
    SELECT m.code AS meter, r.code AS resource, s.bucket, s.quantity
    FROM (SELECT meter_id, resource_id,
              width_bucket(last_at, CAST(:instants AS timestamptz[])) AS bucket,
              sum(quantity_sum) AS quantity
          FROM stretches GROUP BY 1, 2, 3) s
    JOIN billing.meter m USING (meter_id)
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = s.resource_id"""
DISTINCT_VALUES = Question(
    "distinct",
    """
    SELECT m.code AS meter, r.code AS resource,
        width_bucket(d.first_at, CAST(:instants AS timestamptz[])) AS bucket,
        count(*) AS quantity
    FROM billing.usage_distinct d JOIN billing.meter m USING (meter_id)
    JOIN billing.resource r ON r.client_id = d.client_id AND r.resource_id = d.resource_id
    WHERE d.client_id = :client AND d.meter_id = ANY (:meter_ids) AND d.billing_period = :month
      AND d.first_at < CAST(:last AS timestamptz)
    GROUP BY 1, 2, 3
    """,
)


def usage_at(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    meters: Iterable[Meter],
    instants: Sequence[datetime],
    carried: Carried | None = None,
) -> Mapping[str, MeterUsage]:
    """Give each meter's quantities by resource, cumulative in the period, at each instant.

    An event at the very instant isn't counted yet. Late events, billed in this period but of an
    earlier one, aren't counted here.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: as stored.
        meters: which ones.
        instants: any instants; each is answered once, in order of time.
        carried: the levels carried into the period, if they are known.
    """
    by_code = {meter.code: meter for meter in meters}
    ordered = sorted({instant.astimezone(UTC) for instant in instants})
    if not by_code or not ordered:
        return {}
    asked = replace(asked_at(connection, client_id, period, by_code, ordered), carried=carried)
    found = _by_meter(connection, asked)
    return {
        code: MeterUsage(
            meter=meter, period=period, checkpoints=tuple(checkpoints_of(ordered, found[code]))
        )
        for code, meter in by_code.items()
    }


def levels_before(
    connection: Connection, client_id: int, period: BillingPeriod, meter: Meter
) -> Mapping[str, Level]:
    """Give, by resource, the level that was stated last before the period and still held."""
    if not meter.aggregation.is_level:
        return {}
    return carried_in(connection, client_id, period, [meter]).get(meter.code, {})


def periods_of(connection: Connection, client_id: int) -> tuple[BillingPeriod, ...]:
    """Give the client's stored billing periods in order."""
    return tuple(
        BillingPeriod(
            name=row.name,
            starts_at=row.starts_at.astimezone(UTC),
            ends_at=row.ends_at.astimezone(UTC),
            zone=row.zone,
        )
        for row in connection.execute(PERIODS, {"client": client_id})
    )


def asked_at(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    meters: Mapping[str, Meter],
    instants: Sequence[datetime],
) -> Asked:
    """Give what statements over rollups need to know of meters and of instants in order."""
    odd = [each for each in instants if _is_inside_an_hour(each, period)]
    values = {"client": client_id, "month": period.month, "codes": list(meters), "odd": odd}
    rows = ASKED.ask(connection, values).all()
    meter_ids = {row.code: row.meter_id for row in rows}
    return Asked(
        client_id=client_id,
        period=period,
        meters={code: meters[code] for code in meters if code in meter_ids},
        meter_ids=meter_ids,
        instants=instants,
        cuts=sorted({instant for row in rows for instant in row.cuts}),
    )


def _is_inside_an_hour(instant: datetime, period: BillingPeriod) -> bool:
    local = instant.astimezone(zone_of(period.zone))
    return (local.minute, local.second, local.microsecond) != (0, 0, 0)


def _by_meter(
    connection: Connection, asked: Asked
) -> Mapping[str, Mapping[str, Sequence[Fraction]]]:
    found: defaultdict[str, dict[str, Sequence[Fraction]]] = defaultdict(dict)
    aggregations = {meter.aggregation for meter in asked.meters.values()}
    if any(each.is_level for each in aggregations):
        for meter, resource, quantities in level_quantities(connection, asked):
            found[meter][resource] = quantities
    for meter, resource, amounts in _amounts(connection, asked, aggregations):
        found[meter][resource] = amounts
    return found


def _amounts(
    connection: Connection, asked: Asked, aggregations: set[Aggregation]
) -> Iterator[tuple[str, str, Sequence[Fraction]]]:
    parts: defaultdict[tuple[str, str], dict[int, Fraction]] = defaultdict(dict)
    for aggregation, question in (
        (Aggregation.SUM, asked.question("sums", SUMS)),
        (Aggregation.UNIQUE_COUNT, DISTINCT_VALUES),
    ):
        if aggregation in aggregations:
            for row in question.ask(connection, asked.values(aggregation)):
                parts[row.meter, row.resource][row.bucket] = Fraction(row.quantity)
    for (meter, resource), by_bucket in sorted(parts.items()):
        yield meter, resource, cumulative(by_bucket, len(asked.instants))


def cumulative(by_bucket: Mapping[int, Fraction], count: int) -> list[Fraction]:
    """Give the sums up to each of so many instants, from what was added before each."""
    total, cumulative = Fraction(0), []
    for bucket in range(count):
        total += by_bucket.get(bucket, Fraction(0))
        cumulative.append(total)
    return cumulative


def checkpoints_of(
    instants: Sequence[datetime], by_resource: Mapping[str, Sequence[Fraction]]
) -> Iterator[Checkpoint]:
    """Give checkpoints from each resource's quantities at the instants."""
    for place, instant in enumerate(instants):
        quantities = tuple(
            ResourceQuantity(resource=resource, quantity=by_resource[resource][place])
            for resource in sorted(by_resource)
            if by_resource[resource][place]
        )
        yield Checkpoint(at=instant, quantities=quantities)
