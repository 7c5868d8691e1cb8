"""The changes of a meter's running quantity in a month, to find where bounds were passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from sqlalchemy import Connection, Row, text

from billing_core.metering import (
    Aggregation,
    Change,
    Measurement,
    Meter,
    changes_after,
    changes_of,
)
from billing_core.period import BillingPeriod
from billing_core.rating import Bound, Passing, Watch, first_passings
from db.queries.usage import levels_before
from db.queries.usage_running import hour_before, running_level_at

READ_AT_ONCE = 2000

EVENTS = text(
    """
    SELECT e.occurred_at, e.event_id, r.code AS resource, e.quantity, e.counted_value
    FROM billing.usage_event e
    JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
    WHERE e.client_id = :client AND e.meter_id = :meter_id AND e.billing_period = :month
      AND e.usage_period = :month AND e.occurred_at >= :since AND e.occurred_at <= :until
      AND NOT e.withdraws AND NOT EXISTS (SELECT FROM billing.usage_event s
          WHERE s.client_id = e.client_id AND s.supersedes_event_id = e.event_id)
    ORDER BY e.occurred_at, e.event_id
    """
)
#: The hours of a sum: the total before and after each, and what it can't have exceeded within.
HOURS = text(
    """
    SELECT first_at, last_at, after - quantity AS before, after, after - quantity + raises AS reach
    FROM (SELECT first_at, last_at, quantity, raises,
              sum(quantity) OVER (ORDER BY first_at) AS after
          FROM (SELECT min(first_at) AS first_at, max(last_at) AS last_at,
                    sum(quantity_sum) AS quantity,
                    sum(event_count * greatest(quantity_max, 0)) AS raises
                FROM billing.usage_hour
                WHERE client_id = :client AND meter_id = :meter_id AND billing_period = :month
                  AND first_at >= :starts_at
                GROUP BY hour) h) ordered
    WHERE last_at >= :since ORDER BY first_at
    """
)
#: The events that brought a new counted value.
NEW_VALUES = text(
    """
    SELECT first_at, first_event_id FROM billing.usage_distinct
    WHERE client_id = :client AND meter_id = :meter_id AND billing_period = :month
    ORDER BY first_at, first_event_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A meter's month that is gone through again."""

    client_id: int
    meter_id: int
    meter: Meter
    period: BillingPeriod

    def passings(
        self,
        connection: Connection,
        watches: Sequence[Watch],
        *,
        since: datetime,
        until: datetime,
    ) -> dict[Watch, Passing]:
        """Give where bounds were first passed.

        Args:
            connection: the transaction.
            watches: bounds that weren't passed before `since`.
            since: an instant of the month.
            until: inclusive.
        """
        if not watches:
            return {}
        last = min(until, self.period.ends_at - self.period.ends_at.resolution)
        changes = self._changes(connection, [each.bound for each in watches], since, last)
        return first_passings(changes, watches)

    def _changes(
        self, connection: Connection, bounds: Sequence[Bound], since: datetime, until: datetime
    ) -> Iterator[Change]:
        if self.meter.aggregation is Aggregation.SUM:
            return self._sums(connection, bounds, since)
        if self.meter.aggregation is Aggregation.UNIQUE_COUNT:
            return self._counts(connection)
        return self._levels(connection, since, until)

    def _sums(
        self, connection: Connection, bounds: Sequence[Bound], since: datetime
    ) -> Iterator[Change]:
        """Changes by the events of those hours in which a bound may have been passed."""
        quantities = [bound.quantity for bound in bounds]
        hours = connection.execute(HOURS, {**self._values, "since": since}).all()

        def may_pass(row: Row[datetime, datetime, Decimal, Decimal, Decimal]) -> bool:
            if self.meter.allows_credits:
                return any(quantity <= row.reach for quantity in quantities)
            return any(row.before <= quantity <= row.after for quantity in quantities)

        for possible, rows in groupby(hours, key=may_pass):
            if possible:
                together = list(rows)
                yield from self._added(
                    connection,
                    Fraction(together[0].before),
                    together[0].first_at,
                    together[-1].last_at,
                )

    def _added(
        self, connection: Connection, before: Fraction, since: datetime, until: datetime
    ) -> Iterator[Change]:
        for event in self._events(connection, since, until):
            after, at = before + Fraction(event.quantity), event.occurred_at
            yield Change(since=at, at=at, before=before, after=after, event_id=event.event_id)
            before = after

    def _counts(self, connection: Connection) -> Iterator[Change]:
        for count, row in enumerate(connection.execute(NEW_VALUES, self._values)):
            at = row.first_at.astimezone(UTC)
            yield Change(
                since=at,
                at=at,
                before=Fraction(count),
                after=Fraction(count + 1),
                event_id=row.first_event_id,
            )

    def _levels(self, connection: Connection, since: datetime, until: datetime) -> Iterator[Change]:
        hour = hour_before(since, self.period.zone)
        if hour > self.period.starts_at:
            running = running_level_at(connection, self.client_id, self.period, self.meter, hour)
            return changes_after(running, self._events(connection, hour, until), until)
        carried = levels_before(connection, self.client_id, self.period, self.meter)
        events = self._events(connection, self.period.starts_at, until)
        return changes_of(self.meter, self.period, events, carried, until)

    def _events(
        self, connection: Connection, since: datetime, until: datetime
    ) -> Iterator[Measurement]:
        values = {**self._values, "since": since, "until": until}
        options = {"stream_results": True, "yield_per": READ_AT_ONCE}
        with connection.execute(EVENTS, values, execution_options=options) as rows:
            for row in rows:
                yield Measurement(
                    occurred_at=row.occurred_at.astimezone(UTC),
                    resource=row.resource,
                    quantity=row.quantity,
                    counted_value=row.counted_value,
                    event_id=row.event_id,
                )

    @property
    def _values(self) -> dict[str, object]:
        return {
            "client": self.client_id,
            "meter_id": self.meter_id,
            "month": self.period.month,
            "starts_at": self.period.starts_at,
        }
