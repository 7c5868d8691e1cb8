"""The running quantity around the records of a page, replayed from the rollups before them.

Records are replayed by whole hours. A stretch of hours starts from the quantities that the rollups
give at its first hour; the hour with records before it is replayed too, because a step begins right
after the record before. So the cost depends on the records near the page, never on those before.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from billing_core.metering import Level, Measurement, Meter, RunningQuantity, Step
from billing_core.period import BillingPeriod
from db.models import Meter as MeterRow
from db.models import Resource, UsageDistinct, UsageEvent, UsageHour
from db.queries.effective import effective
from db.queries.usage import levels_before, usage_at

HOUR = timedelta(hours=1)
SPAN = 5_000  #: records; a page whose hours hold fewer is replayed in one stretch


def hour_of(instant: datetime, zone: str) -> datetime:
    """Give the start, in UTC, of the full hour that a zone's clock showed at an instant.

    An hour that is shown a second time after half an hour starts where the rollups have it start.
    """
    shown = instant.astimezone(ZoneInfo(zone))
    past = timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
    return instant.astimezone(UTC) - past


def steps_around(
    connection: Connection,
    client_id: int,
    meter: Meter,
    period: BillingPeriod,
    instants: Sequence[datetime],
) -> dict[UUID, Step]:
    """Give the steps of all records in the hours of some instants.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        meter: whose records they are.
        period: the period that bills them.
        instants: when the records of a page occurred, in any order.
    """
    replay = _Replay(connection, client_id, meter, period)
    hours = sorted({hour_of(instant, period.zone) for instant in instants})
    steps: dict[UUID, Step] = {}
    for first, last in replay.stretches(hours):
        steps.update(replay.steps(first, last + HOUR))
    return steps


class _Replay:
    """The replay of one meter's records in one period."""

    def __init__(
        self, connection: Connection, client_id: int, meter: Meter, period: BillingPeriod
    ) -> None:
        self._connection = connection
        self._client_id = client_id
        self._meter = meter
        self._period = period

    def stretches(self, hours: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
        """Give the first and the last hour of each stretch that is replayed in one go."""
        if not hours:
            return
        if self._count(hours[0], hours[-1]) <= SPAN:
            yield hours[0], hours[-1]
            return
        first = last = hours[0]
        for hour in hours[1:]:
            if hour > last + HOUR:
                yield first, last
                first = hour
            last = hour
        yield first, last

    def steps(self, start: datetime, end: datetime) -> Iterator[tuple[UUID, Step]]:
        """Replay from an hour's start up to an instant (exclusive)."""
        before = self._hour_before(start)
        events = list(self._events(before or start, end))
        running = self._running_at(before, events)
        for event in events:
            step = running.record(event)
            if event.occurred_at >= start:
                yield event.event_id, step

    def _running_at(self, hour: datetime | None, events: Sequence[Measurement]) -> RunningQuantity:
        carried_in = levels_before(self._connection, self._client_id, self._period, self._meter)
        if hour is None or self._hour_before(hour) is None:
            return RunningQuantity(self._meter, self._period, carried_in)
        carried = {self._meter.code: carried_in}
        usage = usage_at(
            self._connection, self._client_id, self._period, [self._meter], [hour], carried
        )
        quantities = {
            each.resource: each.quantity for each in usage[self._meter.code].by_resource()
        }
        levels = {**carried_in, **self._levels(hour)} if self._meter.aggregation.is_level else {}
        return RunningQuantity.resumed(
            meter=self._meter,
            period=self._period,
            quantities=quantities,
            levels=levels,
            as_of=hour,
            seen=self._seen(hour, events),
        )

    def _of_meter(self, table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - one of three models
        meter_id = select(MeterRow.meter_id).where(MeterRow.code == self._meter.code)
        return and_(
            table.client_id == self._client_id,
            table.meter_id == meter_id.scalar_subquery(),
            table.billing_period == self._period.month,
        )

    def _count(self, first: datetime, last: datetime) -> int:
        query = select(func.coalesce(func.sum(UsageHour.event_count), 0)).where(
            self._of_meter(UsageHour), UsageHour.hour >= first, UsageHour.hour <= last
        )
        return int(self._connection.execute(query).scalar_one())

    def _hour_before(self, hour: datetime) -> datetime | None:
        query = select(func.max(UsageHour.hour)).where(
            self._of_meter(UsageHour),
            UsageHour.hour < hour,
            UsageHour.first_at >= self._period.starts_at,
            UsageHour.event_count > 0,
        )
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def _events(self, start: datetime, end: datetime) -> Iterator[Measurement]:
        query = (
            select(
                UsageEvent.occurred_at,
                UsageEvent.event_id,
                UsageEvent.quantity,
                UsageEvent.counted_value,
                Resource.code.label("resource"),
            )
            .join(Resource, _same_resource(UsageEvent))
            .where(
                self._of_meter(UsageEvent),
                UsageEvent.occurred_at >= start,
                UsageEvent.occurred_at < end,
                effective(),
            )
            .order_by(UsageEvent.occurred_at, UsageEvent.event_id)
        )
        for row in self._connection.execute(query).mappings():
            yield Measurement(**row)

    def _levels(self, hour: datetime) -> dict[str, Level]:
        last = (
            select(UsageHour.last_level, UsageHour.last_at)
            .where(
                self._of_meter(UsageHour),
                UsageHour.resource_id == Resource.resource_id,
                UsageHour.hour < hour,
                UsageHour.first_at >= self._period.starts_at,
                UsageHour.event_count > 0,
            )
            .order_by(UsageHour.hour.desc())
            .limit(1)
            .lateral()
        )
        query = (
            select(Resource.code, last.c.last_level, last.c.last_at)
            .join(last, true())
            .where(Resource.client_id == self._client_id)
        )
        rows = self._connection.execute(query)
        return {row.code: Level(level=row.last_level, since=row.last_at) for row in rows}

    def _seen(self, hour: datetime, events: Sequence[Measurement]) -> list[tuple[str, str]]:
        values = {event.counted_value for event in events if event.counted_value is not None}
        if not values:
            return []
        query = (
            select(Resource.code, UsageDistinct.counted_value)
            .join(Resource, _same_resource(UsageDistinct))
            .where(
                self._of_meter(UsageDistinct),
                UsageDistinct.counted_value.in_(values),
                UsageDistinct.first_at < hour,
                UsageDistinct.event_count > 0,
            )
        )
        return [(row.code, row.counted_value) for row in self._connection.execute(query)]


def _same_resource(table: Any) -> ColumnElement[bool]:  # noqa: ANN401 - one of three models
    return and_(Resource.client_id == table.client_id, Resource.resource_id == table.resource_id)
