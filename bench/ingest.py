"""Ingest of a file beside a bare COPY of the same rows: python -m bench.ingest --scale small|full.

Both write a million events (small: a fifth) into the same server, one after the other: the ingest
reads a CSV file, checks and hashes each event, stores it once, and keeps rollups, running totals
and crossings; the COPY writes the finished rows into a copy of the table with the same indexes, but
without its checks, its triggers and its row-level security.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg2
from sqlalchemy import Engine, text

from bench.figures import Figure, Scale
from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from db.engine import make_engine
from db.session import owner_transaction
from intake.profiles.profile_file import load_profile
from intake.profiles.reading import measurements
from intake.profiles.refusals import RefusedRow
from intake.profiles.text_file import look_through, opened
from jobs.ingest import ingest_file

LEAST: Final = 0.4  # of the speed of COPY
EVENTS: Final = {"small": 200_000, "full": 1_000_000}
MACHINES: Final = 250
METERS: Final = ("compute", "egress", "disk", "network")
EVERY: Final = timedelta(minutes=5)
STARTS_AT: Final = datetime(2026, 5, 1, tzinfo=UTC)
COLUMNS: Final = (
    "client_id, meter_id, occurred_at, recorded_at, billing_period, usage_period, source_id, "
    "resource_id, event_id, withdraws, quantity, leaf_hash, source_event_id, "
    "supersedes_event_id, counted_value, reason"
)
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


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure in a server of its own, with the durability that the product has."""
    count = EVENTS[scale]
    with _folder() as folder, EmbeddedServer(folder) as server:
        urls = server.start()
        create_database(urls)
        ingest, copy = _seconds(urls, folder, count)
    ratio = copy / ingest
    return (
        Figure(
            name=f"ingest of {count:,} events from a file, as a share of the speed of COPY",
            value=f"{ratio:.2f}",
            limit=f"at least {LEAST}",
            within=ratio >= LEAST,
            note=f"{count / ingest:,.0f} events/s beside {count / copy:,.0f} rows/s of COPY",
        ),
    )


def _seconds(urls: Urls, folder: Path, count: int) -> tuple[float, float]:
    """Seconds of the ingest, and the mean of a bare COPY before it and one after it."""
    owner, writer = make_engine(urls.owner or ""), make_engine(urls.writer or "")
    with owner_transaction(owner) as connection:
        for statement in GROUND:
            connection.execute(text(statement))
    file = _written(folder / "usage.csv", count)
    rows = _finished(file, folder / "rows.copy")
    before = _timed_copy(urls, rows)
    _settle(urls)
    ingest = _timed_ingest(writer, file, count)
    after = _timed_copy(urls, rows)
    owner.dispose()
    writer.dispose()
    return ingest, (before + after) / 2


def _written(path: Path, count: int) -> Path:
    """A file of five-minute samples: every machine, four meters, in order of time."""
    with path.open("w", encoding="utf-8") as file:
        file.write("time,meter,resource,quantity,id\n")
        for number in range(count):
            sample, place = divmod(number, MACHINES * len(METERS))
            machine, meter = divmod(place, len(METERS))
            at = STARTS_AT + sample * EVERY
            quantity = f"{(number * 7919) % 1000}.{(number * 104729) % 100000 * 10 + 1:06d}"
            file.write(
                f"{at:%Y-%m-%dT%H:%M:%SZ},{METERS[meter]},vm-{machine:04d},{quantity},"
                f"vm-{machine:04d}/{sample}\n"
            )
    return path


def _timed_ingest(writer: Engine, file: Path, count: int) -> float:
    began = time.perf_counter()
    recorded = ingest_file(writer, file, "usage", "bench", source="collector")
    seconds = time.perf_counter() - began
    if (recorded.accepted, recorded.rejected) != (count, 0):
        raise AssertionError(f"not all was recorded: {recorded}")
    return seconds


def _finished(file: Path, rows: Path) -> Path:
    """The same events as finished rows, in the text that COPY reads."""
    profile = load_profile("usage")
    with opened(look_through(file)) as (lines, _), rows.open("w", encoding="utf-8") as finished:
        for each in measurements(lines, profile, client="bench", source="collector"):
            if isinstance(each, RefusedRow):
                raise TypeError(each.reason)
            meter, machine = METERS.index(each.meter) + 1, int(each.resource[3:]) + 1
            month = f"{each.occurred[:7]}-01"
            finished.write(
                f"1\t{meter}\t{each.occurred}\t{each.occurred}\t{month}\t{month}\t1\t{machine}\t"
                f"{each.event_id}\tf\t{each.quantity}\t\\\\x{each.leaf_hash}\t"
                f"{each.source_event_id}\t\\N\t\\N\t\\N\n"
            )
    return rows


def _timed_copy(urls: Urls, rows: Path) -> float:
    with _administrator(urls) as cursor:
        cursor.execute("DROP TABLE IF EXISTS public.bare")
        cursor.execute(
            "CREATE TABLE public.bare "
            "(LIKE billing.usage_event INCLUDING DEFAULTS INCLUDING INDEXES)"
        )
    _settle(urls)
    with _administrator(urls) as cursor, rows.open("rb") as file:
        began = time.perf_counter()
        cursor.copy_expert(f"COPY public.bare ({COLUMNS}) FROM STDIN", file, size=1 << 20)
        return time.perf_counter() - began


def _settle(urls: Urls) -> None:
    """Write out what earlier work left, so that neither pays for the other."""
    with _administrator(urls) as cursor:
        cursor.execute("CHECKPOINT")


@contextmanager
def _administrator(urls: Urls) -> Iterator["psycopg2.extensions.cursor"]:
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


def main() -> int:
    """Print the figure as JSON; 1 if the limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    (figure,) = measure(parser.parse_args().scale)
    print(
        json.dumps(
            {
                "name": figure.name,
                "value": float(figure.value),
                "limit": LEAST,
                "peer": "COPY into a copy of the table with the same indexes",
                "note": figure.note,
            }
        )
    )
    return int(figure.within is False)


if __name__ == "__main__":
    sys.exit(main())
