"""A thousand clients with October's usage to close, and the peer that only reads and hashes it.

One client's usage goes in through the ingest; every other client is a copy of it, row for row of
what the ingest wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import text

from bench.figures import Scale
from bench.ground import Bench, administrator, settle, started
from bench.screens_ground import copy_client
from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Meter
from billing_core.prices import Agreement, ChargeModel, Price, Tier
from billing_core.setup import Client, Issuer, Setup, Source
from billing_core.taxes import TaxRate, TaxTreatment
from db.commands.ingest import record
from db.commands.setup import apply_setup
from db.commands.signing_keys import introduce_key
from db.queries.clients import client_ids
from db.session import owner_transaction, writer_transaction
from documents.keys import SigningKey

SLUG, SOURCE = "first", "collector"
MONTH: Final = date(2026, 10, 1)
STARTS_AT: Final = datetime(2026, 9, 30, 22, tzinfo=UTC)  #: where October starts in Amsterdam
LOADED_AT: Final = datetime(2026, 11, 1, tzinfo=UTC)
CLOSED_AT: Final = datetime(2026, 11, 9, tzinfo=UTC)
#: Of each client: a month of readings every 20 minutes on average of what it has.
EVENTS: Final = 5_000
CLIENTS: Final[dict[Scale, int]] = {"small": 100, "full": 1_000}
METERS: Final = (
    Meter(code="compute", name="Compute", unit="machine hour", aggregation=Aggregation.SUM),
    Meter(code="egress", name="Egress", unit="GB", aggregation=Aggregation.SUM),
    Meter(
        code="backup",
        name="Backup",
        unit="GB",
        aggregation=Aggregation.TIME_WEIGHTED_MEAN,
        holds_for=timedelta(days=2),
    ),
)
TIERS: Final = (
    Tier(name="Base", up_to=Decimal(2_000), unit_price=Decimal("0.10")),
    Tier(name="Peak", up_to=None, unit_price=Decimal("0.20"), burst=True),
)
MACHINES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A server with clients to close, and the key that signs."""

    bench: Bench
    clients: dict[str, int]  #: ids by slug
    key: SigningKey


@contextmanager
def ground(clients: int) -> Iterator[Ground]:
    """Start a server with so many clients, each with 5,000 events of October."""
    with started() as own:
        key = SigningKey.new("bench.example/invoices")
        with owner_transaction(own.owner) as connection:
            apply_setup(connection, _setup(), as_of=LOADED_AT, actor="bench")
            introduce_key(
                connection,
                key.verifier_key,
                starts_at=LOADED_AT,
                endorsement=None,
                actor="bench",
            )
            query = text("SELECT client_id FROM billing.client")
            first = int(connection.execute(query).scalar_one())
        record(own.writer, first, SOURCE, _events(), as_of=LOADED_AT)
        with administrator(own.urls) as cursor:
            copy_client(cursor, SLUG, clients - 1)
            cursor.execute("VACUUM (ANALYZE)")
        settle(own.urls)
        with writer_transaction(own.writer, []) as connection:
            found = dict(client_ids(connection))
        yield Ground(bench=own, clients=found, key=key)


def _events() -> Iterator[UsageEvent]:
    """Readings of ten machines by three meters in turn, spread over the month."""
    step = timedelta(days=31) / (EVENTS // MACHINES)
    for number in range(EVENTS):
        place, machine = divmod(number, MACHINES)
        meter = METERS[place % len(METERS)]
        at = STARTS_AT + place * step
        yield UsageEvent(
            client=SLUG,
            source=SOURCE,
            source_event_id=f"{place}/{machine}",
            meter=meter.code,
            occurred_at=at,
            quantity=Decimal(number * 37 % 90 + 1) / 8,
            resource=f"machine-{machine:02d}",
        )


def _setup() -> Setup:
    prices = [
        Price(
            code=meter.code,
            name=meter.name,
            model=ChargeModel.GRADUATED,
            starts_on=MONTH,
            meter=meter.code,
            tiers=TIERS,
        )
        for meter in METERS
    ]
    fees = [
        Price(
            code=code,
            name=code,
            model=ChargeModel.FLAT,
            starts_on=MONTH,
            fee=Decimal(450),
        )
        for code in ("platform", "support")
    ]
    return Setup(
        issuer=Issuer(name="Bench", legal_name="Bench B.V.", country="NL"),
        clients=(
            Client(slug=SLUG, name=SLUG, zone="Europe/Amsterdam", locale="en_NL", country="NL"),
        ),
        people=(),
        meters=METERS,
        sources=(Source(client=SLUG, code=SOURCE, name="Collector", expects_every_minutes=2880),),
        agreements=(
            Agreement(
                code="A",
                client=SLUG,
                currency="EUR",
                zone="Europe/Amsterdam",
                starts_on=MONTH,
                prices=(*prices, *fees),
                minimum_commitment=Decimal(500),
                tax_code="NL-21",
            ),
        ),
        tax_rates=(
            TaxRate(
                code="NL-21",
                name="VAT 21 %",
                treatment=TaxTreatment.STANDARD,
                rate=Decimal("0.21"),
                starts_on=date(2020, 1, 1),
            ),
        ),
    )
