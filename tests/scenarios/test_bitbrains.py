"""A real file of a hosting provider: 61,557 rows of 30 machines, three months of four meters."""

import csv
import gzip
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from billing_core.period import month_period
from db.commands.setup import apply_setup
from db.queries.setup import meters
from db.queries.usage import gaps_of, periods_of, usage_at
from intake.setup import read_folder
from tests.support.database import Database, DatabaseServer

ROOT = Path(__file__).parents[2]
ZONE = "Europe/Amsterdam"
COLUMNS = {
    "vcpu-hours": "vcpu_hours",
    "memory-gb-hours": "ram_gb_hours",
    "data-out-gb": "net_out_gb",
    "disk-write-gb": "disk_write_gb",
}
MONTHS = ["2013-07", "2013-08", "2013-09"]

Sums = dict[tuple[str, str, str], Fraction]


@pytest.fixture(scope="module")
def file(shared: Path) -> Path:
    return shared / "data" / "usage" / "bitbrains_rnd_hourly_30vms.csv.gz"


@pytest.fixture(scope="module")
def loaded(server: DatabaseServer, file: Path) -> Iterator[Database]:
    """A database with the client set up and the whole file loaded by the one command."""
    database = server.copy()
    setup = read_folder(ROOT / "demo" / "bitbrains")
    with database.as_owner() as connection:
        apply_setup(connection, setup, as_of=datetime(2013, 7, 1, tzinfo=UTC), actor="test")
    told = load(database, file)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["accepted", "246,228", "duplicate", "0", "rejected", "0"]
    yield database
    server.drop(database)


@pytest.fixture(scope="module")
def straight(file: Path) -> Sums:
    """What the file comes to, by meter, month and machine, added up without any of our code."""
    sums: Sums = defaultdict(Fraction)
    starts = ["2013-06-30T22:00:00Z", "2013-07-31T22:00:00Z", "2013-08-31T22:00:00Z"]
    with gzip.open(file, "rt", newline="") as text:
        for row in csv.DictReader(text):
            month = MONTHS[sum(start <= row["hour_utc"] for start in starts) - 1]
            for meter, column in COLUMNS.items():
                sums[meter, month, row["vm_id"]] += Fraction(row[column])
    return sums


def load(database: Database, file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "jobs", "ingest", str(file)]
    return subprocess.run(
        [*command, "--client", "bitbrains", "--profile", "bitbrains"],
        cwd=ROOT,
        env={**os.environ, **database.environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_file_is_what_it_is_said_to_be(straight: Sums) -> None:
    assert len({machine for _, _, machine in straight}) == 30
    total = sum(amount for (meter, _, _), amount in straight.items() if meter == "vcpu-hours")
    assert total == Fraction("142440.00016")


@pytest.mark.parametrize("month", MONTHS)
def test_each_month_is_the_sum_of_the_file_per_meter_and_machine(
    loaded: Database, straight: Sums, month: str
) -> None:
    with loaded.as_writer(1) as connection:
        period = next(each for each in periods_of(connection, 1) if each.name == month)
        usage = usage_at(connection, 1, period, meters(connection).values(), [period.ends_at])
    found = {
        (meter, month, each.resource): each.quantity
        for meter in usage
        for each in usage[meter].by_resource()
    }
    expected = {key: amount for key, amount in straight.items() if key[1] == month and amount}
    assert found == expected


def test_the_months_start_at_midnight_in_amsterdam(loaded: Database) -> None:
    with loaded.as_writer(1) as connection:
        periods = periods_of(connection, 1)
    assert [f"{each.name} {each.starts_at:%Y-%m-%dT%H:%MZ}" for each in periods] == [
        "2013-07 2013-06-30T22:00Z",
        "2013-08 2013-07-31T22:00Z",
        "2013-09 2013-08-31T22:00Z",
    ]


@pytest.mark.parametrize(
    ("month", "starts_at", "ends_at"),
    [
        ("2013-07", "2013-07-30T22:00Z", "2013-07-31T22:00Z"),
        ("2013-08", "2013-08-30T22:00Z", "2013-08-31T22:00Z"),
        ("2013-09", "2013-09-29T22:00Z", "2013-09-30T22:00Z"),
    ],
)
@pytest.mark.parametrize("meter", list(COLUMNS))
def test_the_missing_last_day_of_each_month_is_a_gap(
    loaded: Database, month: str, starts_at: str, ends_at: str, meter: str
) -> None:
    period = month_period(month, ZONE)
    with loaded.as_writer(1) as connection:
        gaps = gaps_of(connection, 1, meters(connection)[meter], period, period.ends_at)
    last = gaps[-1]
    assert f"{last.starts_at:%Y-%m-%dT%H:%MZ}" == starts_at
    assert f"{last.ends_at:%Y-%m-%dT%H:%MZ}" == ends_at


def test_loading_it_again_stores_nothing_twice(loaded: Database, file: Path) -> None:
    told = load(loaded, file)
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["accepted", "0", "duplicate", "246,228", "rejected", "0"]


def test_the_running_totals_are_the_quantities(loaded: Database, straight: Sums) -> None:
    with loaded.as_owner() as connection:
        rows = connection.exec_driver_sql(
            "SELECT m.code, to_char(t.billing_period, 'YYYY-MM'), t.quantity::text, t.event_count "
            "FROM billing.usage_total t JOIN billing.meter m USING (meter_id)"
        ).all()
    expected: defaultdict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for (meter, month, _), amount in straight.items():
        expected[meter, month] += amount
    assert {(row[0], row[1]): Fraction(row[2]) for row in rows} == expected
    assert sum(row[3] for row in rows) == 246_228
