"""A client in the database with the oracle's rate card, and the ways in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count

from sqlalchemy import Connection, Engine, text

from billing_core.event import UsageEvent
from db.commands.ingest import (
    Batch,
    Origin,
    Outcome,
    Recorded,
    begin_run,
    encoded,
    notice_crossings,
    offered_event,
    record_batch,
    record_posted,
)
from tests.oracle.plain.months import Month
from tests.oracle.plain.prices import Price
from tests.oracle.plain.rate_card import METERS, PRICES
from tests.oracle.plain.said import Said
from tests.support.database import Database
from tests.support.months import close_month_of

SOURCES = ("collector", "poller")
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A client that usage can be recorded for."""

    database: Database
    client_id: int
    slug: str
    zone: str

    def load(self, said: Sequence[Said], as_of: datetime) -> Recorded:
        """Record a batch as a file's reader does; all of one source."""
        run = begin_run(self.database.writer, self.client_id, said[0].source, Origin())
        return record_batch(self.database.writer, run, self.batch_of(said), as_of=as_of)

    def post(self, said: Sequence[Said], as_of: datetime) -> tuple[Outcome, ...]:
        """Record a batch as a collector's post; all of one source."""
        batch = self.batch_of(said)
        engine, source = self.database.writer, said[0].source
        return record_posted(engine, self.client_id, source, batch, as_of=as_of)

    def batch_of(self, said: Sequence[Said]) -> Batch:
        """The events as their reader offers them."""
        offered = [offered_event(line, self.event(each)) for line, each in enumerate(said, start=1)]
        return Batch(lines=encoded(offered), count=len(offered))

    def event(self, said: Said) -> UsageEvent:
        """The event as the product's readers give it."""
        return UsageEvent(
            client=self.slug,
            source=said.source,
            source_event_id=said.own_id,
            meter=said.meter,
            occurred_at=said.at,
            quantity=Decimal(said.quantity),
            resource=said.resource,
            counted_value=said.counted,
            supersedes=said.corrected,
            reason=said.reason,
            withdraws=said.withdraws,
        )

    def notice(self, as_of: datetime) -> None:
        """Let the worker find what levels passed between events."""
        notice_crossings(self.database.writer, self.client_id, as_of)

    def count(self, statement: str) -> int:
        """A number that the owner reads of the client."""
        with self.database.as_owner() as connection:
            found: int = connection.execute(
                text(statement), {"client": self.client_id}
            ).scalar_one()
        return found

    def issue(self, month: Month) -> None:
        """Set a month issued, as closing does."""
        values = {
            "client": self.client_id,
            "month": month.first,
            "starts_at": month.starts_at,
            "ends_at": month.ends_at,
            "zone": month.zone,
        }
        with self.database.as_owner() as connection:
            connection.execute(_STORED, values)
            close_month_of(connection, self.client_id, month.first)


_STORED = text(
    "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone, "
    "agreement_id) SELECT :client, :month, :starts_at, :ends_at, :zone, agreement_id "
    "FROM billing.agreement WHERE client_id = :client "
    "ON CONFLICT (client_id, billing_period) DO NOTHING"
)


def new_ground(database: Database, zone: str) -> Ground:
    """A new client with an agreement from 2020, two sources and all prices."""
    slug = f"client-{next(_NUMBERS)}"
    client_id = database.client(slug, zone=zone)
    with database.as_owner() as connection:
        _prepare(connection, client_id)
    return Ground(database=database, client_id=client_id, slug=slug, zone=zone)


def prepare_meters(engine: Engine) -> None:
    """Store the meters, once for a database."""
    statement = text(
        "INSERT INTO billing.meter (code, name, unit, aggregation, holds_for, allows_credits) "
        "VALUES (:code, :code, 'unit', :aggregation, :holds_for, :credits)"
    )
    with engine.begin() as connection:
        connection.execute(statement, [meter._asdict() for meter in METERS.values()])


def _prepare(connection: Connection, client_id: int) -> None:
    for source in SOURCES:
        connection.execute(
            text(
                "INSERT INTO billing.source (client_id, code, name) VALUES (:client, :code, :code)"
            ),
            {"client": client_id, "code": source},
        )
    connection.execute(
        text(
            "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
            "VALUES (:client, 'A', 'EUR', '2020-01-01')"
        ),
        {"client": client_id},
    )
    connection.execute(_PRICE, [_price_row(client_id, price) for price in PRICES])
    connection.execute(_TIER, list(_tier_rows(client_id)))


_PRICE = text(
    "INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, meter_id, "
    "starts_on, ends_on, unit_price, package_size, package_price, free_quantity, "
    "included_quantity, discount_rate, thresholds) SELECT :client, agreement_id, :code, :code, "
    ":model, meter_id, :starts_on, :ends_on, :unit_price, :size, :package_price, :free, "
    ":included, :discount, :thresholds "
    "FROM billing.meter m, billing.agreement a WHERE m.code = :meter AND a.client_id = :client"
)
_TIER = text(
    "INSERT INTO billing.price_tier (client_id, price_id, ordinal, name, up_to, unit_price, "
    "flat_fee) SELECT :client, price_id, :ordinal, :name, :up_to, :unit_price, :flat_fee "
    "FROM billing.price WHERE client_id = :client AND code = :price AND starts_on = :starts_on"
)


def _price_row(client_id: int, price: Price) -> dict[str, object]:
    in_packages = price.model == "package"
    return {
        "client": client_id,
        "code": price.code,
        "model": price.model,
        "meter": price.meter,
        "starts_on": price.starts_on,
        "ends_on": price.ends_on,
        "unit_price": None if in_packages else price.unit_price,
        "size": price.size,
        "package_price": price.unit_price if in_packages else None,
        "free": price.free,
        "included": price.included,
        "discount": Decimal(price.discount),
        "thresholds": [Decimal(share) for share in price.thresholds],
    }


def _tier_rows(client_id: int) -> Iterable[dict[str, object]]:
    for price in PRICES:
        for ordinal, tier in enumerate(price.tiers, start=1):
            yield {
                "client": client_id,
                "price": price.code,
                "starts_on": price.starts_on,
                "ordinal": ordinal,
                "name": f"tier {ordinal}",
                "up_to": tier.up_to,
                "unit_price": Decimal(tier.unit_price),
                "flat_fee": Decimal(tier.flat_fee),
            }
