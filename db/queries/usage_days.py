"""A month's quantities for a draft and for its pictures: by resource, and together by day.

Both are read from the rollups at once. What is added up is added up by the database, so that a day
costs no more where a meter counts on a thousand resources.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from billing_core.metering import (
    Aggregation,
    Checkpoint,
    Meter,
    MeterUsage,
    ResourceQuantity,
)
from billing_core.period import BillingPeriod
from db.prepared import Question
from db.queries.usage import asked_at, checkpoints_of, cumulative
from db.queries.usage_carried import Carried
from db.queries.usage_levels import Asked, level_quantities

_BY_RESOURCE_AND_BY_DAY: Final = """
    SELECT m.code AS meter, r.code AS resource, s.rated, s.day, s.quantity
    FROM (SELECT meter_id, resource_id, rated, day, {added} AS quantity
          FROM (SELECT *, width_bucket({at}, CAST(:rated AS timestamptz[])) AS rated,
                    width_bucket({at}, CAST(:days AS timestamptz[])) AS day
                FROM {parts}) parts
          GROUP BY GROUPING SETS ((meter_id, resource_id, rated), (meter_id, day))) s
    JOIN billing.meter m USING (meter_id)
    LEFT JOIN billing.resource r ON r.client_id = :client AND r.resource_id = s.resource_id"""
SUMS: Final = "{stretches}" + _BY_RESOURCE_AND_BY_DAY.format(
    added="sum(quantity_sum)", at="last_at", parts="stretches"
)
_FIRST_SEEN: Final = """
    WITH first_seen AS (
        SELECT meter_id, resource_id, first_at FROM billing.usage_distinct
        WHERE client_id = :client AND meter_id = ANY (:meter_ids) AND billing_period = :month
          AND first_at < CAST(:last AS timestamptz))"""
DISTINCT_VALUES: Final = Question(
    "distinct_by_day",
    _FIRST_SEEN
    + _BY_RESOURCE_AND_BY_DAY.format(added="count(*)", at="first_at", parts="first_seen"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsage:
    """What meters counted in a month, by code."""

    rated: Mapping[str, MeterUsage]  #: by resource, at the instants that a draft needs
    by_day: Mapping[str, MeterUsage]  #: resources together, called "", at each of the days


def month_usage_at(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    meters: Iterable[Meter],
    instants: tuple[Sequence[datetime], Sequence[datetime]],
    carried: Carried | None = None,
) -> MonthUsage:
    """Give each meter's quantities, cumulative in the period; see `usage_at`.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: as stored.
        meters: which ones.
        instants: those of the draft, and those of its days: where resources count together.
        carried: the levels carried into the period, if they are known.
    """
    by_code = {meter.code: meter for meter in meters}
    rated, days = ([*sorted({each.astimezone(UTC) for each in some})] for some in instants)
    every = sorted({*rated, *days})
    if not by_code or not every:
        return MonthUsage(rated={}, by_day={})
    asked = replace(asked_at(connection, client_id, period, by_code, every), carried=carried)
    known = _Known(rated=rated, days=days)
    known.take_levels(connection, asked)
    known.take_amounts(connection, asked)
    return known.usage(by_code, period)


class _Known:
    """What is known so far, while levels and amounts are read."""

    def __init__(self, *, rated: Sequence[datetime], days: Sequence[datetime]) -> None:
        self._rated, self._days = rated, days
        self._by_resource: defaultdict[str, dict[str, Sequence[Fraction]]] = defaultdict(dict)
        self._by_day: dict[str, Sequence[Fraction]] = {}

    def take_levels(self, connection: Connection, asked: Asked) -> None:
        """Read what level meters held."""
        if not any(each.aggregation.is_level for each in asked.meters.values()):
            return
        place = {instant: place for place, instant in enumerate(asked.instants)}
        for code, resource, quantities in level_quantities(connection, asked):
            at_days = [quantities[place[each]] for each in self._days]
            before = self._by_day.get(code, [Fraction(0)] * len(at_days))
            self._by_resource[code][resource] = [quantities[place[each]] for each in self._rated]
            self._by_day[code] = [
                sum(pair, Fraction(0)) for pair in zip(before, at_days, strict=True)
            ]

    def take_amounts(self, connection: Connection, asked: Asked) -> None:
        """Read what was added up, and how many values were seen."""
        aggregations = {each.aggregation for each in asked.meters.values()}
        own = {"rated": list(self._rated), "days": list(self._days)}
        for aggregation, question in (
            (Aggregation.SUM, asked.question("sums_by_day", SUMS)),
            (Aggregation.UNIQUE_COUNT, DISTINCT_VALUES),
        ):
            if aggregation in aggregations:
                values = {**asked.values(aggregation), **own}
                self._take(question.ask(connection, values))

    def _take(self, rows: Iterable[Row[Any]]) -> None:
        by_resource: defaultdict[tuple[str, str], dict[int, Fraction]] = defaultdict(dict)
        by_day: defaultdict[str, dict[int, Fraction]] = defaultdict(dict)
        for row in rows:
            if row.resource is None:
                by_day[row.meter][row.day] = Fraction(row.quantity)
            else:
                by_resource[row.meter, row.resource][row.rated] = Fraction(row.quantity)
        for (code, resource), buckets in by_resource.items():
            self._by_resource[code][resource] = cumulative(buckets, len(self._rated))
        for code, buckets in by_day.items():
            self._by_day[code] = cumulative(buckets, len(self._days))

    def usage(self, meters: Mapping[str, Meter], period: BillingPeriod) -> MonthUsage:
        """Give what was read, of meters without records too."""
        nothing = [Fraction(0)] * len(self._days)
        rated, by_day = {}, {}
        for code, meter in meters.items():
            of = partial(MeterUsage, meter=meter, period=period)
            rated[code] = of(
                checkpoints=tuple(checkpoints_of(self._rated, self._by_resource[code]))
            )
            together = self._by_day.get(code, nothing)
            by_day[code] = of(checkpoints=tuple(map(_together, self._days, together)))
        return MonthUsage(rated=rated, by_day=by_day)


def _together(at: datetime, quantity: Fraction) -> Checkpoint:
    return Checkpoint(at=at, quantities=(ResourceQuantity(resource="", quantity=quantity),))
