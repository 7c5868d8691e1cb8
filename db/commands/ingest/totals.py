"""Running totals: one row per meter and month, whose lock puts writers in line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Connection, text

from billing_core.metering import Aggregation, Meter
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from db.commands.ingest.periods import Months
from db.queries.usage import total_usage_at

JUST_AFTER = timedelta(microseconds=1)

PLACES = text(
    """
    INSERT INTO billing.usage_total (client_id, meter_id, billing_period)
    SELECT DISTINCT :client, meter_id, billing_period FROM pg_temp.folded
    WHERE usage_period = billing_period ORDER BY meter_id, billing_period
    ON CONFLICT (client_id, meter_id, billing_period) DO NOTHING
    """
)
LOCKED = text(
    """
    WITH brought AS (
        SELECT meter_id, billing_period, sum(event_count)::bigint AS event_count,
            sum(quantity_sum) AS quantity, min(first_at) AS first_at, max(last_at) AS last_at,
            bool_or(corrects) AS corrects
        FROM pg_temp.folded WHERE usage_period = billing_period
        GROUP BY meter_id, billing_period),
    raised AS (
        SELECT meter_id, billing_period, sum(quantity) AS raises FROM pg_temp.added
        WHERE usage_period = billing_period AND quantity > 0 GROUP BY meter_id, billing_period)
    SELECT m.code AS meter, t.meter_id, to_char(t.billing_period, 'YYYY-MM') AS month,
        t.quantity AS before, t.first_at AS earlier_first_at, t.last_at AS earlier_last_at,
        b.event_count, b.quantity, r.raises, b.first_at, b.last_at, b.corrects
    FROM billing.usage_total t
    JOIN brought b ON b.meter_id = t.meter_id AND b.billing_period = t.billing_period
    JOIN billing.meter m ON m.meter_id = t.meter_id
    LEFT JOIN raised r ON r.meter_id = t.meter_id AND r.billing_period = t.billing_period
    WHERE t.client_id = :client
    ORDER BY t.meter_id, t.billing_period
    FOR UPDATE OF t
    """
)
#: The counts and the sum of a month's hours, where adding up isn't enough.
OF_HOURS = text(
    """
    SELECT coalesce(sum(event_count), 0) AS event_count, coalesce(sum(quantity_sum), 0) AS quantity
    FROM billing.usage_hour WHERE client_id = :client AND meter_id = :meter_id
      AND billing_period = :month AND hour >= :starts_at AND hour < :ends_at
    """
)
OF_VALUES = text(
    """
    SELECT count(*) FROM billing.usage_distinct
    WHERE client_id = :client AND meter_id = :meter_id AND billing_period = :month
    """
)
ADD = text(
    """
    UPDATE billing.usage_total t SET
        event_count = CASE WHEN :corrects THEN :event_count ELSE t.event_count + :event_count END,
        quantity = :after, first_at = least(t.first_at, :first_at),
        last_at = greatest(t.last_at, :last_at),
        last_event_id = (SELECT e.event_id FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = :meter_id AND e.billing_period = :month
              AND e.usage_period = :month
            ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT 1)
    WHERE t.client_id = :client AND t.meter_id = :meter_id AND t.billing_period = :month
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a batch brought to the total of a meter in a month, read under the total's lock."""

    meter: str  #: code
    meter_id: int
    month: str
    before: Decimal  #: the running total
    earlier_first_at: datetime | None
    earlier_last_at: datetime | None
    event_count: int
    quantity: Decimal  #: sum of the batch's quantities
    raises: Decimal | None  #: sum of those above zero, where they may fall
    first_at: datetime
    last_at: datetime
    corrects: bool

    @property
    def is_appended(self) -> bool:
        """Whether all of it comes after what was there."""
        before = self.earlier_last_at
        return not self.corrects and (before is None or before < self.first_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The running total of a meter in a month, before and after a batch."""

    brought: Brought
    meter: Meter
    period: BillingPeriod
    after: Decimal


def locked_totals(connection: Connection, client_id: int) -> Sequence[Brought]:
    """Lock the totals that the added events change, in the order of their key."""
    client = {"client": client_id}
    connection.execute(PLACES, client)
    return [Brought(**row) for row in connection.execute(LOCKED, client).mappings()]


def store_totals(
    connection: Connection,
    client_id: int,
    brought: Sequence[Brought],
    months: Months,
    meters: Mapping[str, Meter],
) -> Iterator[Total]:
    """Bring the locked totals up to date, after the rollups."""
    for each in brought:
        period, meter = months.named(each.month), meters[each.meter]
        after, event_count = _after(connection, client_id, each, meter, period)
        values = {"client": client_id, "meter_id": each.meter_id, "month": period.month}
        values |= {"after": after, "event_count": event_count, "corrects": each.corrects}
        values |= {"first_at": each.first_at, "last_at": each.last_at}
        connection.execute(ADD, values)
        yield Total(brought=each, meter=meter, period=period, after=after)


def _after(
    connection: Connection, client_id: int, brought: Brought, meter: Meter, period: BillingPeriod
) -> tuple[Decimal, int]:
    """The total after a batch, and the events to count (all of them, after a correction)."""
    values = {"client": client_id, "meter_id": brought.meter_id, "month": period.month}
    count, total = brought.event_count, brought.before + brought.quantity
    if brought.corrects:
        bounds = {"starts_at": period.starts_at, "ends_at": period.ends_at}
        hours = connection.execute(OF_HOURS, {**values, **bounds}).one()
        count, total = hours.event_count, hours.quantity
    if meter.aggregation is Aggregation.UNIQUE_COUNT:
        total = Decimal(connection.execute(OF_VALUES, values).scalar_one())
    if meter.aggregation.is_level:
        total = _level_total(connection, client_id, brought, meter, period)
    return total, count


def _level_total(
    connection: Connection, client_id: int, brought: Brought, meter: Meter, period: BillingPeriod
) -> Decimal:
    """The quantity right after the last event, as `RunningQuantity` has it."""
    last_at = max(brought.last_at, brought.earlier_last_at or brought.last_at).astimezone(UTC)
    is_mean = meter.aggregation is Aggregation.TIME_WEIGHTED_MEAN
    instant = last_at if is_mean else last_at + JUST_AFTER
    usage = total_usage_at(connection, client_id, period, [meter], [instant])
    return rounded_quantity(Fraction(usage[meter.code].quantity))
