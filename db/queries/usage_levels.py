"""Levels, read from rollups: what each resource held, and its level-seconds, at given instants."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache

from sqlalchemy import Connection, text

from billing_core.metering import Aggregation, Level, Meter
from billing_core.period import BillingPeriod, seconds_between
from db.prepared import Question
from db.queries.effective import NOT_SUPERSEDED
from db.queries.usage_carried import Carried, carried_in

METER_IDS = text("SELECT code, meter_id FROM billing.meter WHERE code = ANY (:codes)")
#: Hours, each a stretch that lies between two of the instants.
WHOLE_HOURS = """
    SELECT h.meter_id, h.resource_id, h.first_at, h.last_at, NULL::uuid AS event_id,
        h.quantity_sum, h.quantity_max, h.first_level, h.last_level, h.level_seconds
    FROM hours h"""
#: The events of rows that an instant cuts in two, each a stretch of its own.
CUT_HOURS = f"""
    WHERE h.bucket_of_first = h.bucket_of_last
    UNION ALL
    SELECT DISTINCT e.meter_id, e.resource_id, e.occurred_at, e.occurred_at, e.event_id,
        e.quantity, e.quantity, e.quantity, e.quantity, 0::numeric
    FROM unnest(CAST(:cuts AS timestamptz[])) AS cut (instant)
    JOIN billing.usage_event e ON e.client_id = :client AND e.meter_id = ANY (:meter_ids)
        AND e.billing_period = :month
        AND e.occurred_at > cut.instant - interval '1 hour'
        AND e.occurred_at < cut.instant + interval '1 hour'
    JOIN hours h ON h.meter_id = e.meter_id AND h.resource_id = e.resource_id
        AND e.occurred_at BETWEEN h.first_at AND h.last_at
        AND h.bucket_of_first <> h.bucket_of_last
    WHERE NOT e.withdraws AND {NOT_SUPERSEDED.format(known=":month")}"""  # noqa: S608 - our own constants
STRETCHES = """
    WITH hours AS (
        SELECT u.*, width_bucket(first_at, CAST(:instants AS timestamptz[])) AS bucket_of_first,
            width_bucket(last_at, CAST(:instants AS timestamptz[])) AS bucket_of_last
        FROM billing.usage_hour u
        WHERE client_id = :client AND meter_id = ANY (:meter_ids) AND billing_period = :month
          AND hour >= :starts_at - interval '1 hour' AND hour < :ends_at
          AND first_at >= :starts_at AND hour < CAST(:last AS timestamptz)),
    stretches AS ({whole}{cut})"""
LEVELS = """{stretches},
    followed AS (
        SELECT s.*, lag(s.last_at) OVER own AS before_at, lead(s.last_at) OVER own AS next_at,
            lag(s.last_level) OVER own AS before_level,
            width_bucket(s.last_at, CAST(:instants AS timestamptz[])) AS bucket
        FROM stretches s
        WINDOW own AS (PARTITION BY s.meter_id, s.resource_id ORDER BY s.first_at, s.event_id)),
    summed AS (
        SELECT f.meter_id, f.resource_id, f.bucket,
            sum(f.level_seconds + coalesce(f.before_level * extract(epoch FROM
                least(f.first_at - f.before_at, (CAST(:holds AS interval[]))[
                    array_position(CAST(:meter_ids AS integer[]), f.meter_id)])), 0)) AS area,
            max(f.quantity_max) AS highest, min(f.first_at) AS began_at, max(f.last_at) AS last_at,
            min(f.last_level) FILTER (WHERE f.next_at IS NULL OR f.bucket <>
                width_bucket(f.next_at, CAST(:instants AS timestamptz[]))) AS last_level
        FROM followed f
        GROUP BY f.meter_id, f.resource_id, f.bucket)
    SELECT m.code AS meter, r.code AS resource, s.bucket, s.area, s.highest, s.began_at,
        s.last_at, s.last_level
    FROM summed s JOIN billing.meter m USING (meter_id)
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = s.resource_id
    ORDER BY s.meter_id, s.resource_id, s.bucket"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of the rollups: meters of one client in one period, at instants in order."""

    client_id: int
    period: BillingPeriod
    meters: Mapping[str, Meter]
    meter_ids: Mapping[str, int]
    instants: Sequence[datetime]
    cuts: Sequence[datetime]  #: instants inside an hour that events follow
    carried: Carried | None = None  #: by meter and resource; None: it is asked for

    def values(self, *aggregations: Aggregation) -> dict[str, object]:
        """The values that the statements name."""
        of = [code for code, meter in self.meters.items() if meter.aggregation in aggregations]
        return {
            "client": self.client_id,
            "meters": of,
            "meter_ids": [self.meter_ids[code] for code in of],
            "holds": [self.meters[code].holds_for for code in of],
            "month": self.period.month,
            "starts_at": self.period.starts_at,
            "ends_at": self.period.ends_at,
            "instants": list(self.instants),
            "last": self.instants[-1],
            "cuts": list(self.cuts),
        }

    def question(self, name: str, template: str) -> Question:
        """The question over stretches; it reads events only if an instant cuts an hour."""
        return _over_stretches(name, template, cut=bool(self.cuts))


@cache
def _over_stretches(name: str, template: str, *, cut: bool) -> Question:
    events = CUT_HOURS if cut else ""
    stretches = STRETCHES.format(whole=WHOLE_HOURS, cut=events)
    return Question(name, template.format(stretches=stretches))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A resource's levels from its first event of the period to the last before some instant."""

    bucket: int  #: how many of the instants have come at its end
    area: Fraction  #: level × seconds, from the first event to the last
    highest: Decimal
    began_at: datetime
    last_at: datetime
    last_level: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of a resource up to an instant."""

    meter: Meter
    resource: str
    period: BillingPeriod
    carried_in: Level | None
    stretch: Stretch | None

    @property
    def level(self) -> Level | None:
        """What was stated last."""
        if self.stretch is None:
            return self.carried_in
        return Level(level=self.stretch.last_level, since=self.stretch.last_at)

    def quantity(self, instant: datetime) -> Fraction:
        """The quantity of the period just before an instant."""
        until = min(instant, self.period.ends_at)
        match self.meter.aggregation:
            case Aggregation.MAX:
                return self._highest()
            case Aggregation.LAST:
                return self._last(until)
            case _:
                return (self._carried_area(until) + self._area(until)) / self.period.seconds

    def _highest(self) -> Fraction:
        levels = [Fraction(self.stretch.highest)] if self.stretch else []
        replaced = self.stretch is not None and self.stretch.began_at == self.period.starts_at
        if self.carried_in and not replaced:
            levels.append(Fraction(self.carried_in.level))
        return max(levels, default=Fraction(0))

    def _last(self, until: datetime) -> Fraction:
        return Fraction(0) if self.level is None else self._still(self.level, until)

    def _still(self, level: Level, until: datetime) -> Fraction:
        ended = self.meter.holds_for is not None and level.since + self.meter.holds_for < until
        return Fraction(0) if ended else Fraction(level.level)

    def _carried_area(self, until: datetime) -> Fraction:
        if self.carried_in is None:
            return Fraction(0)
        until = min(until, self.stretch.began_at) if self.stretch else until
        return self._area_of(self.carried_in, self.period.starts_at, until)

    def _area(self, until: datetime) -> Fraction:
        if self.stretch is None:
            return Fraction(0)
        level = Level(level=self.stretch.last_level, since=self.stretch.last_at)
        return self.stretch.area + self._area_of(level, level.since, until)

    def _area_of(self, level: Level, start: datetime, until: datetime) -> Fraction:
        if self.meter.holds_for is not None:
            until = min(until, level.since + self.meter.holds_for)
        return Fraction(level.level) * max(seconds_between(start, until), Fraction(0))


def level_quantities(
    connection: Connection, asked: Asked
) -> Iterator[tuple[str, str, list[Fraction]]]:
    """Give, for each level meter and resource, the quantity at each instant."""
    for of, stretches in _known(connection, asked):
        yield of.meter.code, of.resource, _quantities(asked, of, stretches)


def held_at_end(connection: Connection, asked: Asked) -> Iterator[Held]:
    """Give what is known of each resource of level meters up to the last of the instants."""
    for of, stretches in _known(connection, asked):
        yield replace(of, stretch=stretches[-1]) if stretches else of


def _known(connection: Connection, asked: Asked) -> Iterator[tuple[Held, Sequence[Stretch]]]:
    """What was carried in of each resource, and its stretches in order."""
    levels = [meter for meter in asked.meters.values() if meter.aggregation.is_level]
    carried = _carried(connection, asked, levels)
    stretches = _stretches(connection, asked)
    for meter in levels:
        own, held = stretches.get(meter.code, {}), carried.get(meter.code, {})
        for resource in sorted({*own, *held}):
            of = Held(
                meter=meter,
                resource=resource,
                period=asked.period,
                carried_in=held.get(resource),
                stretch=None,
            )
            yield of, own.get(resource, [])


def _carried(connection: Connection, asked: Asked, levels: Sequence[Meter]) -> Carried:
    if asked.carried is not None:
        return asked.carried
    return carried_in(connection, asked.client_id, asked.period, levels)


def _stretches(connection: Connection, asked: Asked) -> Mapping[str, Mapping[str, list[Stretch]]]:
    values = asked.values(Aggregation.MAX, Aggregation.LAST, Aggregation.TIME_WEIGHTED_MEAN)
    found: defaultdict[str, defaultdict[str, list[Stretch]]]
    found = defaultdict(lambda: defaultdict(list))
    for row in asked.question("levels", LEVELS).ask(connection, values):
        own = found[row.meter][row.resource]
        before = own[-1] if own else None
        stretch = Stretch(
            bucket=row.bucket,
            area=Fraction(row.area) + (before.area if before else 0),
            highest=max(row.highest, before.highest) if before else row.highest,
            began_at=before.began_at if before else row.began_at.astimezone(UTC),
            last_at=row.last_at.astimezone(UTC),
            last_level=row.last_level,
        )
        own.append(stretch)
    return found


def _quantities(asked: Asked, of: Held, stretches: Sequence[Stretch]) -> list[Fraction]:
    waiting, held, quantities = list(reversed(stretches)), of, []
    for count, instant in enumerate(asked.instants, start=1):
        while waiting and waiting[-1].bucket < count:
            held = replace(held, stretch=waiting.pop())
        quantities.append(held.quantity(instant))
    return quantities
