"""The quantities of level meters right after their last events, from rollups."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from billing_core.metering import Aggregation, Meter
from billing_core.period import BillingPeriod
from db.queries.usage_levels import METER_IDS, Asked, held_at_end

_MICROSECOND = timedelta(microseconds=1)


def last_quantities(
    connection: Connection,
    client_id: int,
    period: BillingPeriod,
    stated: Mapping[Meter, datetime | None],
) -> Mapping[str, Fraction]:
    """Give each meter's quantity of the period right after its last event.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: as stored.
        stated: level meters, each with the instant of its last event; None: 0 without any.
    """
    meters = {meter.code: meter for meter, last_at in stated.items() if last_at is not None}
    found = dict.fromkeys((meter.code for meter in stated), Fraction(0))
    if not meters:
        return found
    ids = connection.execute(METER_IDS, {"codes": list(meters)})
    asked = Asked(
        client_id=client_id,
        period=period,
        meters=meters,
        meter_ids={row.code: row.meter_id for row in ids},
        instants=[period.ends_at],
        cuts=(),
    )
    for held in held_at_end(connection, asked):
        found[held.meter.code] += held.quantity(_just_after(held.meter, stated[held.meter]))
    return found


def _just_after(meter: Meter, last_at: datetime | None) -> datetime:
    """The instant at which the quantity is that right after the last event."""
    if last_at is None:
        raise AssertionError(f"{meter.code} has no last event")
    at = last_at.astimezone(UTC)
    return at if meter.aggregation is Aggregation.TIME_WEIGHTED_MEAN else at + _MICROSECOND
