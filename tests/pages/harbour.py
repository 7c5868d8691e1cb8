"""Harbour & Lane in November 2026, worked by hand.

Agreement from 1 October, in EUR, Amsterdam. Fixed: 1,000.00 a month. Compute hours, graduated after
100 included: up to 500 at 0.10, up to 1,000 at 0.08 with 5.00 on entering, above (burst) at 0.20.

| record | occurred (UTC)   | resource | hours | running | rated | added                          |
|--------|------------------|----------|-------|---------|-------|--------------------------------|
| n1     | 2 Nov 10:00      | vm-1     |   300 |     300 |   200 | 200 × 0.10 = 20.00             |
| n2     | 3 Nov 10:00      | vm-2     |   300 |     600 |   500 | 300 × 0.10 = 30.00             |
| n3     | 10 Nov 10:00     | vm-1     |   250 |     850 |   750 | 250 × 0.08 + 5.00 = 25.00      |

Line 75.00; by resource vm-1 550 of 850: 48.53, vm-2 300 of 850: 26.47. Reached: 80 % (500) and
100 % (600) by n2; Growth entered by n3. October: one record of 50 hours on 15 October, included.
Backup at 0.05 per average GB has no record and no charge. "November usage + December fee":
75.00 + 1,000.00 = 1,075.00. October usage, its fee and November's: 2,000.00.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import text

from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Meter
from billing_core.prices import Agreement, ChargeModel, Price, Tier
from billing_core.setup import Client, Issuer, Person, Role, Setup, Source
from db.commands.ingest import record
from tests.support.database import Database

FINANCE = "finance@harbour.example"
IT = "it@harbour.example"
MANAGER = "manager@msp.example"
BILLING = "billing@msp.example"
ADMINISTRATOR = "admin@msp.example"
OTHER = "finance@quayside.example"
EVERYBODY = (FINANCE, IT, MANAGER, BILLING, ADMINISTRATOR)

COMPUTE = Meter(
    code="compute-hours", name="Compute", unit="machine hour", aggregation=Aggregation.SUM
)
BACKUP = Meter(code="backup", name="Backup", unit="GB", aggregation=Aggregation.TIME_WEIGHTED_MEAN)
TIERS = (
    Tier(name="Base", up_to=Decimal(500), unit_price=Decimal("0.10")),
    Tier(
        name="Growth",
        up_to=Decimal(1000),
        unit_price=Decimal("0.08"),
        flat_fee=Decimal(5),
        milestone="Second host",
    ),
    Tier(name="Peak", up_to=None, unit_price=Decimal("0.20"), burst=True),
)


def _agreement(slug: str, starts_on: date) -> Agreement:
    compute = Price(
        code="compute",
        name="Compute hours",
        model=ChargeModel.GRADUATED,
        starts_on=starts_on,
        meter="compute-hours",
        tiers=TIERS,
        included_quantity=Decimal(100),
        clause="Schedule B 1",
    )
    backup = Price(
        code="backup",
        name="Backup",
        model=ChargeModel.UNIT,
        starts_on=starts_on,
        meter="backup",
        unit_price=Decimal("0.05"),
    )
    platform = Price(
        code="platform",
        name="Platform",
        model=ChargeModel.FLAT,
        starts_on=starts_on,
        fee=Decimal(1000),
    )
    return Agreement(
        code="A-1",
        client=slug,
        currency="EUR",
        zone="Europe/Amsterdam",
        starts_on=starts_on,
        prices=(backup, compute, platform),
        renews_on=date(2027, 10, 1),
        notice_by=date(2027, 7, 1),
    )


def _client(slug: str, name: str) -> Client:
    return Client(slug=slug, name=name, zone="Europe/Amsterdam", locale="en_GB", country="NL")


SETUP = Setup(
    issuer=Issuer(name="Fairlead", legal_name="Fairlead B.V.", country="NL"),
    clients=(
        _client("harbour", "Harbour & Lane"),
        _client("newcomer", "Newcomer"),
        _client("quayside", "Quayside"),
    ),
    people=(
        Person(email=ADMINISTRATOR, name="Ana", role=Role.ADMINISTRATOR),
        Person(email=BILLING, name="Bram", role=Role.BILLING),
        Person(email=FINANCE, name="Femke", role=Role.FINANCE, clients=("harbour",)),
        Person(
            email="finance@newcomer.example", name="N", role=Role.FINANCE, clients=("newcomer",)
        ),
        Person(email=OTHER, name="Quinn", role=Role.FINANCE, clients=("quayside",)),
        Person(email=IT, name="Iris", role=Role.IT, clients=("harbour",)),
        Person(
            email=MANAGER, name="Mira", role=Role.ACCOUNT_MANAGER, clients=("harbour", "quayside")
        ),
    ),
    meters=(BACKUP, COMPUTE),
    sources=(
        Source(client="harbour", code="hypervisor", name="Hypervisor"),
        Source(client="quayside", code="hypervisor", name="Hypervisor"),
    ),
    agreements=(
        _agreement("harbour", date(2026, 10, 1)),
        _agreement("newcomer", date(2027, 1, 1)),
        _agreement("quayside", date(2026, 11, 1)),
    ),
)


def event(name: str, occurred_at: datetime, resource: str, hours: str) -> UsageEvent:
    """A compute hours record of Harbour & Lane."""
    return UsageEvent(
        client="harbour",
        source="hypervisor",
        source_event_id=name,
        meter="compute-hours",
        occurred_at=occurred_at,
        quantity=Decimal(hours),
        resource=resource,
    )


EVENTS = (
    event("o1", datetime(2026, 10, 15, 10, tzinfo=UTC), "vm-1", "50"),
    event("n1", datetime(2026, 11, 2, 10, tzinfo=UTC), "vm-1", "300"),
    event("n2", datetime(2026, 11, 3, 10, tzinfo=UTC), "vm-2", "300"),
    event("n3", datetime(2026, 11, 10, 10, tzinfo=UTC), "vm-1", "250"),
)


def record_usage(
    database: Database, now: datetime, events: tuple[UsageEvent, ...] = EVENTS
) -> None:
    """Record events through the one way in."""
    client_id = number_of(database, "billing.client", "client_id", "slug", "harbour")
    record(database.writer, client_id, "hypervisor", events, as_of=now)


def number_of(database: Database, table: str, column: str, key: str, value: str) -> int:
    """The id of a row."""
    with database.as_owner() as connection:
        query = text(f"SELECT {column} FROM {table} WHERE {key} = :value")
        return int(connection.execute(query, {"value": value}).scalar_one())
