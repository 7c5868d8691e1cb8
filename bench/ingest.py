"""Ingest of a file beside a bare COPY of the same rows: python -m bench.ingest --scale small|full.

Both write a million events (small: four tenths of it) into the same server, one after the other:
the ingest reads a CSV file, checks and hashes each event, stores it once, and keeps rollups,
running totals and crossings; the COPY writes the finished rows into a copy of the table with the
same indexes, but without its checks, its triggers and its row-level security. COPY runs before and
after.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from bench.figures import Figure, Scale, table_of
from bench.ground import METERS, SLUG, SOURCE, Bench, administrator, bench, settle, written
from bench.memory import Watch, watched
from db.embedded import Urls
from intake.profiles.profile_file import load_profile
from intake.profiles.reading import measurements
from intake.profiles.refusals import RefusedRow
from intake.profiles.text_file import look_through, opened
from jobs.ingest import ingest_file

LEAST: Final = 0.55  # of the speed of COPY
MOST_MIB: Final = 200  # above idle
EVENTS: Final = {"small": 400_000, "full": 1_000_000}
COLUMNS: Final = (
    "client_id, meter_id, occurred_at, recorded_at, billing_period, usage_period, source_id, "
    "resource_id, event_id, withdraws, quantity, leaf_hash, source_event_id, "
    "supersedes_event_id, counted_value, reason"
)


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Measure in a server of its own, with the durability that the product has."""
    count = EVENTS[scale]
    with bench() as own:
        ingest, copy, watch = _seconds(own, count)
    ratio = copy / ingest
    return (
        Figure(
            name=f"ingest of {count:,} events from a file, as a share of the speed of COPY",
            value=f"{ratio:.2f}",
            limit=f"at least {LEAST}",
            within=ratio >= LEAST,
            note=f"{count / ingest:,.0f} events/s beside {count / copy:,.0f} rows/s of COPY",
        ),
        Figure(
            name="peak memory of that: the ingest and its reading process, above idle",
            value=f"{watch.above_idle} MiB",
            limit=f"at most {MOST_MIB} MiB",
            within=watch.above_idle <= MOST_MIB,
            note=(
                f"from {watch.idle // 1024} MiB idle; the two backends have "
                f"{watch.backends // 1024} MiB for themselves"
            ),
        ),
    )


def _seconds(own: Bench, count: int) -> tuple[float, float, Watch]:
    """Seconds of the ingest, the mean of a bare COPY before it and one after it, the memory."""
    file = written(own.folder / "usage.csv", count)
    rows = _finished(file, own.folder / "rows.copy")
    before = _timed_copy(own.urls, rows)
    settle(own.urls)
    with watched(own.folder) as watch:
        ingest = timed_ingest(own.writer, file, count)
    after = _timed_copy(own.urls, rows)
    return ingest, (before + after) / 2, watch


def timed_ingest(writer: Engine, file: Path, count: int) -> float:
    """Seconds that it takes to record a file of new events."""
    began = time.perf_counter()
    recorded = ingest_file(writer, file, "usage", SLUG, source=SOURCE)
    seconds = time.perf_counter() - began
    if (recorded.accepted, recorded.rejected) != (count, 0):
        raise AssertionError(f"not all was recorded: {recorded}")
    return seconds


def _finished(file: Path, rows: Path) -> Path:
    """The same events as finished rows, in the text that COPY reads."""
    profile = load_profile("usage")
    with opened(look_through(file)) as (lines, _), rows.open("w", encoding="utf-8") as finished:
        for each in measurements(lines, profile, client=SLUG, source=SOURCE):
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
    with administrator(urls) as cursor:
        cursor.execute("DROP TABLE IF EXISTS public.bare")
        cursor.execute(
            "CREATE TABLE public.bare "
            "(LIKE billing.usage_event INCLUDING DEFAULTS INCLUDING INDEXES)"
        )
    settle(urls)
    with administrator(urls) as cursor, rows.open("rb") as file:
        began = time.perf_counter()
        cursor.copy_expert(f"COPY public.bare ({COLUMNS}) FROM STDIN", file, size=1 << 20)
        return time.perf_counter() - began


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.ingest", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
