"""The running quantity of a meter in mid-period, taken up from rollups."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection

from billing_core.metering import Level, Meter, RunningQuantity
from billing_core.period import BillingPeriod, zone_of
from db.queries.usage_levels import METER_IDS, Asked, Held, held_at_end


def hour_before(instant: datetime, zone: str) -> datetime:
    """Give the start of an instant's hour of the zone's clock, in UTC.

    On Lord Howe Island 15:10 UTC of 4 April 2026 is 01:40 for the second time: the hour started at
    01:00, before the clock was set back by half an hour.
    """
    local = instant.astimezone(zone_of(zone))
    start = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return min(start, instant.astimezone(UTC))


def running_level_at(
    connection: Connection, client_id: int, period: BillingPeriod, meter: Meter, hour: datetime
) -> RunningQuantity:
    """Take up a level meter's quantity just before an hour of the period.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: as stored.
        meter: of levels.
        hour: after the period's start; no hour of the clock lies on both sides of it.
    """
    ids = connection.execute(METER_IDS, {"codes": [meter.code]})
    asked = Asked(
        client_id=client_id,
        period=period,
        meters={meter.code: meter},
        meter_ids={row.code: row.meter_id for row in ids},
        instants=[hour],
        cuts=(),
    )
    held = tuple(held_at_end(connection, asked))
    return RunningQuantity.resumed(
        meter=meter,
        period=period,
        quantities={each.resource: each.quantity(hour) for each in held},
        levels=dict(_levels(held, hour)),
        as_of=hour,
    )


def _levels(held: tuple[Held, ...], hour: datetime) -> Iterator[tuple[str, Level]]:
    """The levels that are held up to the hour; those that end at its very start too."""
    for each in held:
        level = each.level
        holds_for = each.meter.holds_for
        if level and (holds_for is None or level.since + holds_for >= hour):
            yield each.resource, level
