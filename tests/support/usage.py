"""A client with meters of all aggregations and a tiered price, to record usage for."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Connection, text

from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Level, Measurement, Meter, MeterUsage, usage_of
from billing_core.period import BillingPeriod
from tests.support.database import Database
from tests.support.months import close_month_of

SOURCE = "collector"
METERS = {
    meter.code: meter
    for meter in (
        Meter(code="egress", name="Egress", unit="GB", aggregation=Aggregation.SUM),
        Meter(code="peak", name="Peak", unit="connection", aggregation=Aggregation.MAX),
        Meter(
            code="devices",
            name="Devices",
            unit="device",
            aggregation=Aggregation.LAST,
            holds_for=timedelta(hours=30),
        ),
        Meter(
            code="storage",
            name="Storage",
            unit="GB",
            aggregation=Aggregation.TIME_WEIGHTED_MEAN,
            holds_for=timedelta(hours=36),
        ),
        Meter(
            code="array",
            name="Array",
            unit="GB",
            aggregation=Aggregation.TIME_WEIGHTED_MEAN,
        ),
        Meter(
            code="sensor",
            name="Sensor",
            unit="kW",
            aggregation=Aggregation.TIME_WEIGHTED_MEAN,
            holds_for=timedelta(minutes=10),
        ),
        Meter(code="users", name="Users", unit="user", aggregation=Aggregation.UNIQUE_COUNT),
        Meter(
            code="vendor",
            name="Vendor cost",
            unit="EUR",
            aggregation=Aggregation.SUM,
            allows_credits=True,
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A client that usage can be recorded for."""

    database: Database
    client_id: int
    slug: str
    zone: str

    def event(
        self, at: str, quantity: str = "1", *, meter: str = "egress", resource: str = "vm-1",
        counted: str | None = None, id_: str | None = None,
    ) -> UsageEvent:  # fmt: skip
        """An event; its own id follows from what it says, unless given."""
        return UsageEvent(
            client=self.slug,
            source=SOURCE,
            source_event_id=id_ or f"{meter}/{resource}/{at}/{counted}",
            meter=meter,
            occurred_at=datetime.fromisoformat(at).astimezone(UTC),
            quantity=Decimal(quantity),
            resource=resource,
            counted_value=counted,
        )

    def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """What the owner reads."""
        with self.database.as_owner() as connection:
            found = connection.execute(text(statement), {"client": self.client_id, **values})
            return [tuple(row) for row in found]

    def close(self, month: str) -> None:
        """Close a month, as the closing job does, without a document."""
        with self.database.as_owner() as connection:
            close_month_of(connection, self.client_id, date.fromisoformat(f"{month}-01"))


def ground(database: Database, *, slug: str = "harbour", zone: str = "Europe/Amsterdam") -> Ground:
    """A new client with an agreement from 2020 and a tiered price of egress."""
    client_id = database.client(slug, zone=zone)
    with database.as_owner() as connection:
        for meter in METERS.values():
            connection.execute(
                text(
                    "INSERT INTO billing.meter (code, name, unit, aggregation, holds_for, "
                    "allows_credits) VALUES (:code, :name, :unit, :aggregation, :holds_for, "
                    ":credits) ON CONFLICT DO NOTHING"
                ),
                {
                    "code": meter.code,
                    "name": meter.name,
                    "unit": meter.unit,
                    "aggregation": meter.aggregation.value,
                    "holds_for": meter.holds_for,
                    "credits": meter.allows_credits,
                },
            )
        connection.execute(
            text(
                "INSERT INTO billing.source (client_id, code, name, expects_every) "
                "VALUES (:client, :source, 'Collector', interval '1 hour')"
            ),
            {"client": client_id, "source": SOURCE},
        )
        agreement_id = connection.execute(
            text(
                "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
                "VALUES (:client, 'A', 'EUR', '2020-01-01') RETURNING agreement_id"
            ),
            {"client": client_id},
        ).scalar_one()
        for code, bounds in (("egress", (100, 200)), ("storage", (10, 20)), ("peak", (10, 20))):
            _tiered_price(connection, client_id, agreement_id, code, bounds)
    return Ground(database=database, client_id=client_id, slug=slug, zone=zone)


def _tiered_price(
    connection: Connection, client_id: int, agreement_id: int, meter: str, bounds: tuple[int, ...]
) -> None:
    """A graduated price whose tiers end at the bounds, the last one open."""
    price_id = connection.execute(
        text(
            "INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, "
            "meter_id, starts_on, ends_on) SELECT :client, :agreement, :meter, :meter, "
            "'graduated', meter_id, '2020-01-01', NULL FROM billing.meter WHERE code = :meter "
            "RETURNING price_id"
        ),
        {"client": client_id, "agreement": agreement_id, "meter": meter},
    ).scalar_one()
    for ordinal, up_to in enumerate((*bounds, None), start=1):
        connection.execute(
            text(
                "INSERT INTO billing.price_tier (client_id, price_id, ordinal, name, up_to, "
                "unit_price) VALUES (:client, :price, :ordinal, :name, :up_to, 1)"
            ),
            {
                "client": client_id,
                "price": price_id,
                "ordinal": ordinal,
                "name": f"tier {ordinal}",
                "up_to": up_to,
            },
        )


def straight_from(
    events: Iterable[UsageEvent],
    meter: Meter,
    period: BillingPeriod,
    instants: Sequence[datetime],
) -> MeterUsage:
    """The quantities computed from the events themselves."""
    own = sorted(
        (each for each in events if each.meter == meter.code),
        key=lambda each: (each.occurred_at, each.event_id),
    )
    carried: dict[str, Level] = {}
    for each in own:
        if each.occurred_at < period.starts_at:
            carried[each.resource] = Level(level=each.quantity, since=each.occurred_at)
    inside = [
        Measurement(
            occurred_at=each.occurred_at,
            resource=each.resource,
            quantity=each.quantity,
            counted_value=each.counted_value,
            event_id=each.event_id,
        )
        for each in own
        if period.contains(each.occurred_at)
    ]
    return usage_of(meter, period, inside, carried, instants)


def by_resource(usage: MeterUsage) -> list[dict[str, object]]:
    """Each checkpoint's quantities, without the resources that have none."""
    return [
        {each.resource: each.quantity for each in checkpoint.quantities if each.quantity}
        for checkpoint in usage.checkpoints
    ]


def write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A CSV file with the columns of the first row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
