"""A client's meters in its open months: where crossings are looked for without an event."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from db.commands.ingest.passing import Replay
from db.commands.ingest.standing import Rows, latest_rows
from db.commands.ingest.versions import Version, versions_of
from db.queries.setup import agreements_of
from db.queries.usage_levels import METER_IDS

MICROSECOND = timedelta(microseconds=1)

MONTHS = text(
    """
    SELECT to_char(billing_period, 'YYYY-MM') AS name, starts_at, ends_at, zone
    FROM billing.billing_period
    WHERE client_id = :client AND state = 'open' AND starts_at <= :as_of ORDER BY billing_period
    """
)
LAST_EVENTS = text(
    """
    SELECT meter_id, to_char(billing_period, 'YYYY-MM') AS month, last_at
    FROM billing.usage_total WHERE client_id = :client AND last_at IS NOT NULL
      AND meter_id = ANY (:meter_ids) AND billing_period = ANY (CAST(:months AS date[]))
    """
)
LOCK_MONTHS = text(
    """
    SELECT FROM billing.billing_period
    WHERE client_id = :client AND state = 'open' ORDER BY billing_period FOR SHARE
    """
)
LOCK_METERS = text(
    """
    SELECT pg_advisory_xact_lock(:client, meter_id)::text
    FROM unnest(CAST(:meter_ids AS integer[])) AS m (meter_id) ORDER BY meter_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A meter in an open month, with the bounds of its prices."""

    meter_id: int
    meter: Meter
    period: BillingPeriod
    versions: tuple[Version, ...]

    @property
    def key(self) -> tuple[int, str]:
        """How it is looked up."""
        return self.meter_id, self.period.name

    def replay(self, client_id: int) -> Replay:
        """The meter's month, to be gone through again."""
        return Replay(
            client_id=client_id, meter_id=self.meter_id, meter=self.meter, period=self.period
        )

    def until(self, as_of: datetime, last_at: datetime | None) -> datetime:
        """The last instant that is looked at: the present, or a later event of the month."""
        return min(max(as_of, last_at or as_of), self.period.ends_at - MICROSECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of places."""

    rows: Mapping[tuple[int, str], Rows]
    last_events: Mapping[tuple[int, str], datetime]


def open_months(
    connection: Connection, client_id: int, as_of: datetime
) -> tuple[BillingPeriod, ...]:
    """Give the client's open months that have begun, in order."""
    return tuple(
        BillingPeriod(
            name=row.name,
            starts_at=row.starts_at.astimezone(UTC),
            ends_at=row.ends_at.astimezone(UTC),
            zone=row.zone,
        )
        for row in connection.execute(MONTHS, {"client": client_id, "as_of": as_of})
    )


def places_of(
    connection: Connection,
    client_id: int,
    counted: Iterable[Meter],
    months: Iterable[BillingPeriod],
) -> Iterator[Place]:
    """Give each meter in each month."""
    by_code = {meter.code: meter for meter in counted}
    agreements = agreements_of(connection, client_id)
    ids = connection.execute(METER_IDS, {"codes": list(by_code)}).all()
    for period in months:
        for row in ids:
            meter = by_code[row.code]
            yield Place(
                meter_id=row.meter_id,
                meter=meter,
                period=period,
                versions=versions_of(agreements, meter, period),
            )


def known_of(connection: Connection, client_id: int, places: Iterable[Place]) -> Known:
    """Look up what is known of places."""
    wanted = [(each.meter_id, each.period.month) for each in places]
    values = {
        "client": client_id,
        "meter_ids": [meter_id for meter_id, _ in wanted],
        "months": sorted({month for _, month in wanted}),
    }
    return Known(
        rows=latest_rows(connection, client_id, wanted),
        last_events={
            (row.meter_id, row.month): row.last_at.astimezone(UTC)
            for row in connection.execute(LAST_EVENTS, values)
        },
    )


def lock_months(connection: Connection, client_id: int) -> None:
    """Keep the client's open months open until the transaction ends."""
    connection.execute(LOCK_MONTHS, {"client": client_id})


def lock_meters(connection: Connection, client_id: int, places: Iterable[Place]) -> None:
    """Lock meters, as a batch of their events does: nobody else writes what follows from them."""
    meter_ids = sorted({place.meter_id for place in places})
    connection.execute(LOCK_METERS, {"client": client_id, "meter_ids": meter_ids})
