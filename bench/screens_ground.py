"""Stores for the cost of screens: few records, and a hundred times as many.

Two clients' records go in through the ingest: an ordinary client's, whose machines are read once a
day, and those of one that holds a tenth of all. Every other client is a copy of the ordinary one,
row for row of what the ingest wrote. Both stores have the same running month of rollups: the large
one has more clients, more months before it, and twelve readings in each hour of the large client.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from bench.figures import Scale
from bench.ground import Bench, administrator, settle, started
from billing_core.event import UsageEvent
from billing_core.metering import Aggregation, Meter
from billing_core.prices import Agreement, ChargeModel, Price, Tier
from billing_core.setup import Client, Issuer, Person, Role, Setup, Source
from db.commands.ingest import record
from db.commands.setup import apply_setup
from db.policy_tables import CLIENT_TABLES
from db.session import owner_transaction

if TYPE_CHECKING:
    import psycopg2

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
MONTH: Final = datetime(2026, 10, 31, 23, tzinfo=UTC)  #: where November starts in Amsterdam
SMALL, LARGE, SOURCE = "ordinary", "large", "collector"
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
    Tier(name="Base", up_to=Decimal(20_000), unit_price=Decimal("0.10")),
    Tier(name="Peak", up_to=None, unit_price=Decimal("0.20"), burst=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a client is read."""

    resources: int
    every: timedelta
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """How much there is."""

    clients: int
    ordinary: Reading
    large: Reading


DAY, MINUTES = timedelta(days=1), timedelta(minutes=5)
FEW: Final = Store(
    clients=133,
    ordinary=Reading(resources=10, every=DAY, since=MONTH),
    large=Reading(resources=6, every=timedelta(hours=1), since=MONTH),
)
MANY: Final[dict[Scale, Store]] = {
    "small": Store(
        clients=300,
        ordinary=Reading(resources=10, every=DAY, since=MONTH - 91 * DAY),
        large=Reading(resources=6, every=MINUTES, since=MONTH),
    ),
    "full": Store(
        clients=1000,
        ordinary=Reading(resources=10, every=DAY, since=MONTH - 277 * DAY),
        large=Reading(resources=6, every=MINUTES, since=MONTH - 171 * DAY),
    ),
}


@contextmanager
def stored(store: Store) -> Iterator[Bench]:
    """Give a server of its own with a store in it."""
    with started() as own:
        with owner_transaction(own.owner) as connection:
            apply_setup(connection, _setup(), as_of=NOW, actor="bench")
        for slug, reading in ((SMALL, store.ordinary), (LARGE, store.large)):
            record(own.writer, client_id_of(own, slug), SOURCE, _events(slug, reading), as_of=NOW)
        with administrator(own.urls) as cursor:
            copy_client(cursor, SMALL, store.clients - 2)
            _add_people(cursor)
            cursor.execute("VACUUM (ANALYZE)")
        settle(own.urls)
        yield own


def client_id_of(own: Bench, slug: str) -> int:
    """The id of a client."""
    with owner_transaction(own.owner) as connection:
        query = text("SELECT client_id FROM billing.client WHERE slug = :slug")
        return int(connection.execute(query, {"slug": slug}).scalar_one())


def event_now(slug: str, number: int) -> UsageEvent:
    """One more record of the running month."""
    at = NOW - timedelta(minutes=30) + timedelta(seconds=number)
    return _event(slug, METERS[number % 3], 0, at)


def _events(slug: str, reading: Reading) -> Iterator[UsageEvent]:
    at = reading.since
    while at < NOW - timedelta(hours=1):
        for resource in range(reading.resources):
            for meter in METERS:
                yield _event(slug, meter, resource, at)
        at += reading.every


def _event(slug: str, meter: Meter, resource: int, at: datetime) -> UsageEvent:
    return UsageEvent(
        client=slug,
        source=SOURCE,
        source_event_id=f"{at:%Y%m%dT%H%M%S}/{resource}",
        meter=meter.code,
        occurred_at=at,
        quantity=Decimal((at.day * 37 + at.minute * 7 + resource) % 90 + 1) / 8,
        resource=f"machine-{resource:02d}",
    )


def copy_client(cursor: "psycopg2.extensions.cursor", slug: str, copies: int) -> None:
    """Copy every row of a client to new clients: copy-1, copy-2 and so on."""
    cursor.execute(
        "WITH made AS (INSERT INTO billing.client (slug, name, zone, locale, country)"
        " SELECT 'copy-' || n, 'Copy ' || n, zone, locale, country"
        " FROM billing.client, generate_series(1, %s) AS n WHERE slug = %s RETURNING client_id)"
        " SELECT client_id INTO TEMP copied FROM made",
        (copies, slug),
    )
    for table in CLIENT_TABLES[1:]:
        schema, name = table.split(".")
        cursor.execute(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns WHERE"
            " table_schema = %s AND table_name = %s AND column_name <> 'client_id'"
            " AND is_generated = 'NEVER'",
            (schema, name),
        )
        ((columns,),) = cursor.fetchall()
        cursor.execute(
            f"INSERT INTO {table} (client_id, {columns}) OVERRIDING SYSTEM VALUE"  # noqa: S608 - the schema's own names
            f" SELECT c.client_id, {columns} FROM copied c, {table} t WHERE t.client_id ="
            " (SELECT client_id FROM billing.client WHERE slug = %s)",
            (slug,),
        )


def _add_people(cursor: "psycopg2.extensions.cursor") -> None:
    """Give each copy a person who may look."""
    cursor.execute(
        "WITH made AS (INSERT INTO auth.person (email, name, role, password_hash)"
        " SELECT slug || '@bench.example', name, 'finance', '' FROM billing.client"
        " WHERE slug LIKE 'copy-%' RETURNING person_id, email)"
        " INSERT INTO auth.person_client (person_id, client_id)"
        " SELECT person_id, client_id FROM made JOIN billing.client"
        " ON email = slug || '@bench.example'"
    )


def _setup() -> Setup:
    clients = (SMALL, LARGE)
    return Setup(
        issuer=Issuer(name="Bench", legal_name="Bench B.V.", country="NL"),
        clients=tuple(_client(slug) for slug in clients),
        people=tuple(
            Person(email=f"{slug}@bench.example", name=slug, role=Role.FINANCE, clients=(slug,))
            for slug in clients
        ),
        meters=METERS,
        sources=tuple(
            Source(client=slug, code=SOURCE, name="Collector", expects_every_minutes=2880)
            for slug in clients
        ),
        agreements=tuple(_agreement(slug) for slug in clients),
    )


def _client(slug: str) -> Client:
    return Client(slug=slug, name=slug, zone="Europe/Amsterdam", locale="en_NL", country="NL")


def _agreement(slug: str) -> Agreement:
    starts_on = date(2026, 1, 1)
    prices = tuple(
        Price(
            code=meter.code,
            name=meter.name,
            model=ChargeModel.GRADUATED,
            starts_on=starts_on,
            meter=meter.code,
            tiers=TIERS,
        )
        for meter in METERS
    )
    return Agreement(
        code="A",
        client=slug,
        currency="EUR",
        zone="Europe/Amsterdam",
        starts_on=starts_on,
        prices=prices,
    )
