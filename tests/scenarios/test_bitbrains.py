"""A real file of a hosting provider: 61,557 rows of 30 machines, three months of four meters.

What its months come to, worked by hand from the sums of the file (the first column)::

    July       43788.91675 vCPU hours   40000 × 0.0265 = 1060.00    3788.91675 × 0.0225 = 85.25
              129850.73153 GB hours    120000 × 0.0042 =  504.00    9850.73153 × 0.0036 = 35.46
               37606.02740 GB out, less 10000:  15000 × 0.012 = 180.00
                                                                   12606.02740 × 0.009  = 113.45
               26095.94057 GB written          × 0.0008 = 20.88
               July's and August's fee, 2 × 1450.00; 4899.04, with 21 % VAT 1028.80: 5927.84
    August     48957.25007              1060.00                     8957.25007 × 0.0225 = 201.54
              147022.03316               504.00                    27022.03316 × 0.0036 = 97.28
               48146.63332 less 10000    180.00                    23146.63332 × 0.009  = 208.32
               32915.12143       30000 × 0.0008 = 24.00             2915.12143 × 0.0012 = 3.50
               September's fee, 1450.00; 3728.64, VAT 783.01: 4511.65
    September  49693.83334   1060.00    9000 × 0.0225 = 202.50       693.83334 × 0.034  = 23.59
              149384.30618               504.00                    29384.30618 × 0.0036 = 105.78
               55873.18752 less 10000    180.00   25000 × 0.009 = 225.00
                                                                    5873.18752 × 0.015  = 88.10
               31991.26017                24.00                     1991.26017 × 0.0012 = 2.39
               no fee: the agreement ends; 2415.36, VAT 507.23: 2922.59
"""

import csv
import gzip
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from billing_core.period import month_period
from billing_core.proof import manifest_from
from billing_core.proof.completeness import Completeness, completeness_of
from billing_core.proof.note import note_from
from db.commands.setup import apply_setup
from db.queries.setup import meters
from db.queries.usage import gaps_of, periods_of, usage_at
from intake.setup import read_folder
from tests.support.artefacts import Artefacts, artefacts_of
from tests.support.bills import run
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
COUNTS = {"2013-07": 4 * 19_077, "2013-08": 4 * 21_600, "2013-09": 4 * 20_880}
#: Of data out: the records before the hour in which 10,000 GB were passed, and with that hour.
INCLUDED = {"2013-07": (4_860, 4_887), "2013-08": (5_310, 5_340), "2013-09": (4_050, 4_080)}
WHY = "The last day of each month is missing in the published file"

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


@pytest.fixture(scope="module")
def issued(
    loaded: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Artefacts, Path]]:
    """The three months closed by the command, as its README says; and the key's public half."""
    folder = tmp_path_factory.mktemp("desk")
    patch = pytest.MonkeyPatch()
    patch.setenv("METERGLASS_SIGNING_KEY", str(folder / "signing.key"))
    patch.setenv("METERGLASS_HEADS", str(folder / "heads"))
    key = run(loaded, "signing-key", "new", "fernhill.example/invoices")
    (folder / "key.txt").write_text(key.stdout)
    for month in MONTHS:
        wanted = ("close", "--period", month, "--client", "bitbrains", "--override", WHY)
        told = run(loaded, *wanted)
        assert told.returncode == 0, told.stderr
    patch.undo()
    with artefacts_of(loaded, folder) as artefacts:
        yield artefacts, folder / "key.txt"


def amounts(artefacts: Artefacts, place: int) -> list[str]:
    lines = artefacts.document(artefacts.documents[place]).invoice.lines
    return [str(each.amount) for line in lines for each in line.detailed_lines]


def test_the_three_months_come_to_what_the_file_says(issued: tuple[Artefacts, Path]) -> None:
    artefacts, _ = issued
    assert amounts(artefacts, 0) == [
        *("1450.00", "1450.00", "0.00", "180.00", "113.45"),
        *("20.88", "504.00", "35.46", "1060.00", "85.25"),
    ]
    assert amounts(artefacts, 1) == [
        *("1450.00", "0.00", "180.00", "208.32"),
        *("24.00", "3.50", "504.00", "97.28", "1060.00", "201.54"),
    ]
    assert amounts(artefacts, 2) == [
        *("0.00", "180.00", "225.00", "88.10"),
        *("24.00", "2.39", "504.00", "105.78", "1060.00", "202.50", "23.59"),
    ]
    totals = [artefacts.document(each).invoice for each in artefacts.documents]
    assert [(str(each.net), str(each.tax), str(each.gross)) for each in totals] == [
        ("4899.04", "1028.80", "5927.84"),
        ("3728.64", "783.01", "4511.65"),
        ("2415.36", "507.23", "2922.59"),
    ]


def completeness(database: Database, month: str) -> Completeness:
    with database.as_owner() as connection:
        note: str = connection.exec_driver_sql(
            "SELECT manifest FROM billing.invoice WHERE billing_period = %s", (f"{month}-01",)
        ).scalar_one()
    manifest = manifest_from(note_from(note).text)
    return completeness_of(manifest.evidence, manifest.exclusions)


@pytest.mark.parametrize("month", MONTHS)
def test_each_event_is_in_a_line_or_the_included_quantity_and_the_counts_add_up(
    issued: tuple[Artefacts, Path], month: str
) -> None:
    found = completeness(issued[0].portal.database, month)
    assert found.adds_up
    assert found.total.total == COUNTS[month]
    before, passed = INCLUDED[month]
    assert before <= found.total.included < passed
    assert found.total.billed == COUNTS[month] - found.total.included
    assert (found.total.superseded, found.total.withdraws) == (0, 0)
    assert (found.total.too_late, found.total.unpriced) == (0, 0)


def test_the_records_behind_a_line_are_all_of_its_month_and_add_up_to_it(
    issued: tuple[Artefacts, Path],
) -> None:
    """Those within the first 10,000 GB are the included ones; they add nothing."""
    artefacts, _ = issued
    july = artefacts.documents[0]
    lines = artefacts.document(july).invoice.lines
    (line,) = [each for each in lines if each.price_code == "data-out"]
    rows = artefacts.records(july, line.number)
    assert sum(Fraction(row["added"] or 0) for row in rows) == Fraction("293.45")
    records = [row for row in rows if row["kind"] == "event"]
    assert len({row["event_id"] for row in records}) == len(records) == 19_077
    within = [row for row in records if Decimal(row["running_quantity"]) <= 10_000]
    assert len(within) == completeness(artefacts.portal.database, "2013-07").total.included
    assert {row["added"] for row in within} == {"0"}


def test_the_bundles_verify_offline(issued: tuple[Artefacts, Path]) -> None:
    artefacts, key = issued
    for found in artefacts.documents:
        bundle = artefacts.folder / f"{found.number}.zip"
        bundle.write_bytes(artefacts.content(found, "bundle.zip"))
        told = subprocess.run(
            [sys.executable, "-m", "jobs", "verify", str(bundle), "--key", str(key)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stdout


def test_the_spreadsheets_compute_the_months_again(issued: tuple[Artefacts, Path]) -> None:
    artefacts, _ = issued
    for found, gross in zip(artefacts.documents, (5927.84, 4511.65, 2922.59), strict=True):
        sheet = artefacts.spreadsheet(found)
        rows = sheet.book["Invoice"].iter_rows(min_row=1, max_col=1)
        [place] = [cell.row for (cell,) in rows if cell.value == "Total (tax included)"]
        told = [sheet.value("Invoice", place, column) for column in (2, 3, 4)]
        assert told == [gross, gross, "agrees"]
        bill = artefacts.bill(found)
        assert sum(Decimal(row["BilledCost"]) for row in bill.rows) == Decimal(str(gross))
