"""Ingest with much stored beside ingest with little: python -m bench.stored --scale small|full.

A file of 100,000 new events is recorded with 100,000 events stored, then, in the same server, files
of the next ones with ten million (small: a million). What is stored is spread evenly over ten
clients, the one that the files are for among them: finished rows in the tables and indexes of the
product, rollups and totals too, written by the administrator in one statement per client.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bench.figures import Figure, Scale, table_of
from bench.ground import (
    EVERY,
    MACHINES,
    METERS,
    STARTS_AT,
    Bench,
    administrator,
    bench,
    settle,
    written,
)
from bench.ingest import timed_ingest

LEAST: Final = 0.8
STORED: Final = {"small": (100_000, 1_000_000), "full": (100_000, 10_000_000)}
CLIENTS: Final = 10
FILE_EVENTS: Final = 100_000
FILES: Final = 3  # before and after; the median counts
OTHERS: Final = """
    INSERT INTO billing.client (slug, name, zone, locale, country)
    SELECT 'other-' || n, 'Other ' || n, 'Europe/Amsterdam', 'en_NL', 'NL'
    FROM generate_series(2, %(clients)s) AS n
"""
GROUND: Final = (
    """
    INSERT INTO billing.source (client_id, code, name)
    SELECT client_id, 'collector', 'Collector' FROM billing.client c WHERE NOT EXISTS (
        SELECT FROM billing.source s WHERE s.client_id = c.client_id)
    """,
    """
    INSERT INTO billing.agreement (client_id, code, currency, starts_on)
    SELECT client_id, 'A', 'EUR', '2026-01-01' FROM billing.client c WHERE NOT EXISTS (
        SELECT FROM billing.agreement a WHERE a.client_id = c.client_id)
    """,
    """
    INSERT INTO billing.resource (client_id, code, name)
    SELECT client_id, code, code FROM billing.client c CROSS JOIN (
        SELECT 'vm-' || lpad(n::text, 4, '0') AS code FROM generate_series(0, %(machines)s - 1) n) r
    WHERE NOT EXISTS (SELECT FROM billing.resource o
        WHERE o.client_id = c.client_id AND o.code = r.code)
    """,
    """
    INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, zone,
        agreement_id)
    SELECT c.client_id, m.month, m.month::timestamp AT TIME ZONE c.zone,
        (m.month + interval '1 month') AT TIME ZONE c.zone, c.zone, a.agreement_id
    FROM billing.client c JOIN billing.agreement a USING (client_id)
    CROSS JOIN (SELECT generate_series(date '2026-01-01', '2026-10-01', '1 month')::date AS month) m
    ON CONFLICT DO NOTHING
    """,
)
#: Events of one client before the files' first one, back in time, as many as are missing.
EVENTS: Final = """
    INSERT INTO billing.usage_event (client_id, meter_id, occurred_at, billing_period,
        usage_period, source_id, resource_id, event_id, quantity, leaf_hash, source_event_id)
    SELECT e.client_id, 1 + e.place %% %(meters)s, e.at, e.month, e.month, s.source_id,
        r.resource_id, encode(substr(e.hash, 1, 16), 'hex')::uuid, (e.number %% 1000) + 0.25,
        e.hash, e.id
    FROM (SELECT n AS number, n %% (%(machines)s * %(meters)s) AS place,
            at, date_trunc('month', at AT TIME ZONE 'Europe/Amsterdam')::date AS month,
            'stored-' || n AS id, sha256(('stored-' || n || '/' || %(client)s)::bytea) AS hash,
            %(client)s AS client_id
        FROM generate_series(%(first)s, %(first)s + %(count)s - 1) AS n
        CROSS JOIN LATERAL (SELECT %(before)s::timestamptz
            - n / (%(machines)s * %(meters)s) * %(every)s::interval AS at) t) e
    JOIN billing.source s USING (client_id)
    JOIN billing.resource r ON r.client_id = e.client_id
        AND r.code = 'vm-' || lpad((e.place / %(meters)s)::text, 4, '0')
"""
ROLLUPS: Final = (
    """
    INSERT INTO billing.usage_hour (client_id, meter_id, billing_period, resource_id, hour,
        first_at, last_at, event_count, quantity_sum, quantity_max, first_level, last_level,
        level_seconds)
    SELECT client_id, meter_id, billing_period, resource_id, date_trunc('hour', occurred_at),
        min(occurred_at), max(occurred_at), count(*), sum(quantity), max(quantity), 0, 0, 0
    FROM billing.usage_event WHERE client_id = %(client)s
    GROUP BY client_id, meter_id, billing_period, resource_id, date_trunc('hour', occurred_at)
    ON CONFLICT (client_id, meter_id, billing_period, resource_id, hour) DO UPDATE SET
        first_at = excluded.first_at, last_at = excluded.last_at,
        event_count = excluded.event_count, quantity_sum = excluded.quantity_sum,
        quantity_max = excluded.quantity_max
    """,
    """
    INSERT INTO billing.usage_total (client_id, meter_id, billing_period, event_count, first_at,
        last_at, quantity, last_event_id)
    SELECT client_id, meter_id, billing_period, count(*), min(occurred_at), max(occurred_at),
        sum(quantity), (array_agg(event_id ORDER BY occurred_at DESC, event_id DESC))[1]
    FROM billing.usage_event WHERE client_id = %(client)s
    GROUP BY client_id, meter_id, billing_period
    ON CONFLICT (client_id, meter_id, billing_period) DO UPDATE SET
        event_count = excluded.event_count, first_at = excluded.first_at,
        last_at = excluded.last_at, quantity = excluded.quantity,
        last_event_id = excluded.last_event_id
    """,
)


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure in a server of its own, with the durability that the product has."""
    few, many = STORED[scale]
    with bench() as own:
        _prepare(own)
        _fill(own, 0, few)
        with_few = _seconds(own, 0)
        _fill(own, few, many)
        with_many = _seconds(own, FILES)
    ratio = statistics.median(with_few) / statistics.median(with_many)
    return (
        Figure(
            name=f"ingest with {many:,} events stored ÷ with {few:,}",
            value=f"{ratio:.2f}",
            limit=f"at least {LEAST}",
            within=ratio >= LEAST,
            note=(
                f"{_rate(with_many):,.0f} beside {_rate(with_few):,.0f} events/s, files of "
                f"{FILE_EVENTS:,}, medians of {FILES}; spread over {CLIENTS} clients"
            ),
        ),
    )


def _prepare(own: Bench) -> None:
    with administrator(own.urls) as cursor:
        cursor.execute(OTHERS, {"clients": CLIENTS})
        for statement in GROUND:
            cursor.execute(statement, {"machines": MACHINES} if "%(" in statement else None)


def _fill(own: Bench, stored: int, until: int) -> None:
    """Store events until there are so many, spread evenly; then what a night would tidy."""
    with administrator(own.urls) as cursor:
        for client in range(1, CLIENTS + 1):
            values = {
                "client": client,
                "first": stored // CLIENTS + 1000,
                "count": (until - stored) // CLIENTS,
                "machines": MACHINES,
                "meters": len(METERS),
                "before": STARTS_AT - timedelta(hours=3),
                "every": EVERY,
            }
            cursor.execute(EVENTS, values)
            for statement in ROLLUPS:
                cursor.execute(statement, values)
        cursor.execute("VACUUM (ANALYZE)")


def _seconds(own: Bench, first: int) -> Sequence[float]:
    """Seconds of each of some files, one after the other, after a checkpoint."""
    seconds = []
    for number in range(first, first + FILES):
        file = written(own.folder / "usage.csv", FILE_EVENTS, first=number * FILE_EVENTS)
        settle(own.urls)
        seconds.append(timed_ingest(own.writer, file, FILE_EVENTS))
    return seconds


def _rate(seconds: Sequence[float]) -> float:
    return FILE_EVENTS / statistics.median(seconds)


def main() -> int:
    """Print the figure; 1 if the limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.stored", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
