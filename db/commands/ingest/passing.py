"""The steps of a running quantity, to find the event at which a bound was passed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection, Row, text

from billing_core.metering import Aggregation, Measurement, RunningQuantity
from billing_core.period import BillingPeriod
from db.commands.ingest.totals import Total
from db.queries.usage import levels_before

READ_AT_ONCE = 2000

EVENTS = text(
    """
    SELECT e.occurred_at, e.event_id, r.code AS resource, e.quantity, e.counted_value
    FROM billing.usage_event e
    JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
    WHERE e.client_id = :client AND e.meter_id = :meter_id AND e.billing_period = :month
      AND e.usage_period = :month AND e.occurred_at >= :since AND e.occurred_at < :until
      AND NOT e.withdraws AND NOT EXISTS (SELECT FROM billing.usage_event s
          WHERE s.client_id = e.client_id AND s.supersedes_event_id = e.event_id)
    ORDER BY e.occurred_at, e.event_id
    """
)
#: The hours of a sum, each with the total before it.
HOURS = text(
    """
    SELECT hour, sum(sum(quantity_sum)) OVER (ORDER BY hour) - sum(quantity_sum) AS before,
        sum(sum(quantity_sum)) OVER (ORDER BY hour) AS after
    FROM billing.usage_hour
    WHERE client_id = :client AND meter_id = :meter_id AND billing_period = :month
      AND hour >= :since AND hour < :until
    GROUP BY hour ORDER BY hour
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """One event and the totals around it."""

    event_id: UUID
    occurred_at: datetime
    before: Fraction
    after: Fraction


def steps_of(
    connection: Connection, client_id: int, total: Total, *, from_quantity: Fraction
) -> Iterator[Passing]:
    """Give the steps of a month's running quantity in order.

    Steps of a sum whose total stays below `from_quantity` may be left out.
    """
    meter, period = total.meter, total.period
    values: dict[str, object] = {
        "client": client_id,
        "meter_id": total.brought.meter_id,
        "month": period.month,
        "since": period.starts_at,
        "until": period.ends_at,
    }
    before = Fraction(0)
    if meter.aggregation is Aggregation.SUM and not meter.allows_credits:
        since, before = _last_hour_below(connection, values, period, from_quantity)
        values["since"] = since
    if meter.aggregation is Aggregation.SUM:
        yield from _sums(connection, values, before)
        return
    carried = levels_before(connection, client_id, period, meter)
    yield from _running(connection, values, RunningQuantity(meter, period, carried))


def _last_hour_below(
    connection: Connection, values: dict[str, object], period: BillingPeriod, quantity: Fraction
) -> tuple[datetime, Fraction]:
    since, before = period.starts_at, Fraction(0)
    for row in connection.execute(HOURS, values):
        since, before = row.hour, Fraction(row.before)
        if Fraction(row.after) >= quantity:
            break
    return since, before


def _sums(connection: Connection, values: dict[str, object], before: Fraction) -> Iterator[Passing]:
    for row in _events(connection, values):
        after = before + Fraction(row.quantity)
        yield Passing(
            event_id=row.event_id,
            occurred_at=row.occurred_at.astimezone(UTC),
            before=before,
            after=after,
        )
        before = after


def _running(
    connection: Connection, values: dict[str, object], running: RunningQuantity
) -> Iterator[Passing]:
    for row in _events(connection, values):
        event = Measurement(
            occurred_at=row.occurred_at.astimezone(UTC),
            resource=row.resource,
            quantity=row.quantity,
            counted_value=row.counted_value,
            event_id=row.event_id,
        )
        step = running.record(event)
        yield Passing(
            event_id=event.event_id,
            occurred_at=event.occurred_at,
            before=step.before,
            after=step.after,
        )


def _events(
    connection: Connection, values: dict[str, object]
) -> Iterator[Row[datetime, UUID, str, object, str | None]]:
    options = {"stream_results": True, "yield_per": READ_AT_ONCE}
    with connection.execute(EVENTS, values, execution_options=options) as rows:
        yield from rows
