"""What loads of the ingest stand on: a server, a client with priced meters, samples in order."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg2
from sqlalchemy import Engine, text

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.session import owner_transaction

SLUG, SOURCE = "bench", "collector"
MACHINES: Final = 250
METERS: Final = ("compute", "egress", "disk", "network")
EVERY: Final = timedelta(minutes=5)
STARTS_AT: Final = datetime(2026, 5, 1, tzinfo=UTC)
GROUND: Final = (
    (
        "INSERT INTO billing.client (slug, name, zone, locale, country) "
        "VALUES ('bench', 'Bench', 'Europe/Amsterdam', 'en_NL', 'NL')"
    ),
    (
        "INSERT INTO billing.source (client_id, code, name) "
        "SELECT client_id, 'collector', 'Collector' FROM billing.client"
    ),
    (
        "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
        "SELECT client_id, 'A', 'EUR', '2026-01-01' FROM billing.client"
    ),
    (
        "INSERT INTO billing.meter (code, name, unit, aggregation) "
        "SELECT code, code, 'unit', 'sum' "
        "FROM unnest(ARRAY['compute', 'egress', 'disk', 'network']) AS code"
    ),
    (
        "INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, meter_id, "
        "starts_on) SELECT client_id, agreement_id, m.code, m.code, 'graduated', meter_id, "
        "'2026-01-01' FROM billing.agreement CROSS JOIN billing.meter m"
    ),
    (
        "INSERT INTO billing.price_tier (client_id, price_id, ordinal, name, up_to, unit_price) "
        "SELECT client_id, price_id, o, 'tier ' || o, CASE o WHEN 1 THEN 100000 END, 1 "
        "FROM billing.price CROSS JOIN generate_series(1, 2) AS o"
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measurement of a machine."""

    at: str
    meter: str
    resource: str
    quantity: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A server of its own, with the durability that the product has, and its ground."""

    folder: Path
    urls: Urls
    owner: Engine
    writer: Engine


@contextmanager
def bench() -> Iterator[Bench]:
    """Start a server, set up the client, and leave nothing behind."""
    with started() as own:
        with owner_transaction(own.owner) as connection:
            for statement in GROUND:
                connection.execute(text(statement))
        yield own


@contextmanager
def started() -> Iterator[Bench]:
    """Start a server with nothing in it, and leave nothing behind."""
    with _folder() as folder, EmbeddedServer(folder) as server:
        urls = server.start()
        create_database(urls)
        owner, writer = make_engine(urls.owner or ""), make_engine(urls.writer or "")
        try:
            yield Bench(folder=folder, urls=urls, owner=owner, writer=writer)
        finally:
            owner.dispose()
            writer.dispose()
            settle(urls)  # so that the server stops at once


def samples(first: int, count: int) -> Iterator[Sample]:
    """Five-minute samples in order of time: every machine, four meters."""
    for number in range(first, first + count):
        sample, place = divmod(number, MACHINES * len(METERS))
        machine, meter = divmod(place, len(METERS))
        yield Sample(
            at=f"{STARTS_AT + sample * EVERY:%Y-%m-%dT%H:%M:%SZ}",
            meter=METERS[meter],
            resource=f"vm-{machine:04d}",
            quantity=f"{(number * 7919) % 1000}.{(number * 104729) % 100000 * 10 + 1:06d}",
            id=f"vm-{machine:04d}/{sample}",
        )


def written(path: Path, count: int, *, first: int = 0) -> Path:
    """A file of samples as the profile `usage` reads it."""
    with path.open("w", encoding="utf-8") as file:
        file.write("time,meter,resource,quantity,id\n")
        for each in samples(first, count):
            file.write(f"{each.at},{each.meter},{each.resource},{each.quantity},{each.id}\n")
    return path


def settle(urls: Urls) -> None:
    """Write out what earlier work left, so that the next doesn't pay for it."""
    with administrator(urls) as cursor:
        cursor.execute("CHECKPOINT")


@contextmanager
def administrator(urls: Urls) -> Iterator["psycopg2.extensions.cursor"]:
    """A cursor of the administrator, each statement committed by itself."""
    connection = psycopg2.connect(urls.administrator or "")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account may enter; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="meterglass-bench-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
