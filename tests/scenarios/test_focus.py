"""A real cloud bill of 1,000 rows, from its file to the charge, worked by hand.

The sums are straight from the file, by ServiceCategory, without any of our code::

                    rows    billed cost in USD    markup of 12 %       charge
    cloud-storage    209     0.79179840783         0.0950158089396      0.79 + 0.10 =  0.89
    cloud-compute    443    17.5647393447          2.107768721364      17.56 + 2.11 = 19.67
    cloud-cost       348     2.16368897646         0.2596426771752      2.16 + 0.26 =  2.42
                   1,000    20.52022672899                                            22.98

Closed book, the meters hold cost × 1.12 and the client sees only that::

    cloud-storage     0.8868142167696      0.89
    cloud-compute    19.672508066064      19.67
    cloud-cost        2.4233316536352      2.42
"""

import gzip
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.bills import draft_of, loaded, resell
from tests.support.database import Database, DatabaseServer

RULES = """
name = "by-category"
kind = "focus"
source = "cloud-bill"
meter = "cloud-cost"
{more}
[[rows]]
when = {{ ServiceCategory = "Storage" }}
meter = "cloud-storage"
[[rows]]
when = {{ ServiceCategory = "Compute" }}
meter = "cloud-compute"
"""
METERS = ("cloud-compute", "cloud-cost", "cloud-storage")
OPEN_BOOK = [(meter, "markup", "", "0.12") for meter in METERS]
CLOSED_BOOK = [(meter, "unit", "1", "") for meter in METERS]
RESALE = '[resale]\nrate = "0.12"\n'
TOTALS = """
    SELECT m.code, t.event_count, t.quantity::text FROM billing.usage_total t
    JOIN billing.meter m USING (meter_id) ORDER BY 1
"""


@pytest.fixture(scope="module")
def sample(shared: Path) -> Path:
    return shared / "data" / "focus" / "focus_1.0_sample_1000.csv"


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profiles")
    (folder / "open.toml").write_text(RULES.format(more=""))
    (folder / "closed.toml").write_text(RULES.format(more="") + RESALE)
    return folder


@pytest.fixture(scope="module")
def open_book(server: DatabaseServer, sample: Path, profiles: Path) -> Iterator[Database]:
    database = server.copy()
    resell(database, "harbour", prices=OPEN_BOOK)
    told = loaded(database, sample, profiles / "open.toml", "--client", "harbour")
    assert (told.returncode, told.stderr.count("Traceback")) == (0, 0), told.stderr
    assert told.stdout.split() == [
        "accepted",
        "1,000",
        "duplicate",
        "0",
        "rejected",
        "0",
        "read",
        "as",
        "FOCUS",
        "1.0",
    ]
    yield database
    server.drop(database)


@pytest.fixture(scope="module")
def closed_book(server: DatabaseServer, sample: Path, profiles: Path) -> Iterator[Database]:
    database = server.copy()
    resell(database, "harbour", prices=CLOSED_BOOK)
    told = loaded(database, sample, profiles / "closed.toml", "--client", "harbour")
    assert told.returncode == 0, told.stderr
    assert told.stdout.split()[:6] == ["accepted", "1,000", "duplicate", "0", "rejected", "0"]
    yield database
    server.drop(database)


def lines_of(database: Database) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Each line of September's draft with its detailed lines."""
    invoice = draft_of(database, 1, "2024-09")
    return [
        (
            line.price_code,
            str(line.amount),
            [(detail.text, str(detail.amount)) for detail in line.detailed_lines],
        )
        for line in invoice.lines
    ]


def test_each_meter_holds_the_vendors_billed_cost(open_book: Database) -> None:
    with open_book.as_owner() as connection:
        rows = connection.exec_driver_sql(TOTALS).all()
    assert [(meter, count, Decimal(total)) for meter, count, total in rows] == [
        ("cloud-compute", 443, Decimal("17.5647393447")),
        ("cloud-cost", 348, Decimal("2.16368897646")),
        ("cloud-storage", 209, Decimal("0.79179840783")),
    ]


def test_open_book_the_client_sees_the_cost_and_the_markup(open_book: Database) -> None:
    assert lines_of(open_book) == [
        (
            "cloud-compute",
            "19.67",
            [
                ("cloud-compute: vendor cost", "17.56"),
                ("cloud-compute: markup of 12 %", "2.11"),
            ],
        ),
        (
            "cloud-cost",
            "2.42",
            [("cloud-cost: vendor cost", "2.16"), ("cloud-cost: markup of 12 %", "0.26")],
        ),
        (
            "cloud-storage",
            "0.89",
            [("cloud-storage: vendor cost", "0.79"), ("cloud-storage: markup of 12 %", "0.10")],
        ),
    ]


def test_open_book_nothing_is_kept_apart(open_book: Database) -> None:
    with open_book.as_owner() as connection:
        apart = connection.exec_driver_sql("SELECT count(*) FROM billing.vendor_cost").scalar_one()
    assert apart == 0


def test_closed_book_the_client_sees_retail_amounts_only(closed_book: Database) -> None:
    assert lines_of(closed_book) == [
        ("cloud-compute", "19.67", [("cloud-compute", "19.67")]),
        ("cloud-cost", "2.42", [("cloud-cost", "2.42")]),
        ("cloud-storage", "0.89", [("cloud-storage", "0.89")]),
    ]


def test_closed_book_each_cost_is_kept_apart_to_the_last_digit(closed_book: Database) -> None:
    with closed_book.as_owner() as connection:
        row = connection.exec_driver_sql(
            "SELECT count(*), sum(v.cost)::text, min(v.currency), sum(e.quantity)::text "
            "FROM billing.vendor_cost v JOIN billing.usage_event e USING (client_id, event_id)"
        ).one()
        by_provider = connection.exec_driver_sql(
            "SELECT provider, count(*) FROM billing.vendor_cost GROUP BY 1 ORDER BY 1"
        ).all()
    assert (row[0], Decimal(row[1]), row[2]) == (1000, Decimal("20.52022672899"), "USD")
    assert Decimal(row[3]) == Decimal("22.9826539364688")
    assert [tuple(each) for each in by_provider] == [
        ("AWS", 942),
        ("Microsoft", 51),
        ("Oracle", 7),
    ]


def test_the_same_file_again_packed_and_read_apart_gives_duplicates_only(
    open_book: Database, closed_book: Database, sample: Path, profiles: Path
) -> None:
    packed = profiles / "sample.csv.gz"
    packed.write_bytes(gzip.compress(sample.read_bytes()))
    for database, profile in ((open_book, "open.toml"), (closed_book, "closed.toml")):
        told = loaded(database, packed, profiles / profile, "--client", "harbour")
        assert told.returncode == 0, told.stdout
        assert told.stdout.split()[:6] == ["accepted", "0", "duplicate", "1,000", "rejected", "0"]


def test_resources_keep_their_whole_id_and_their_readable_name(open_book: Database) -> None:
    with open_book.as_owner() as connection:
        longest, names = connection.exec_driver_sql(
            "SELECT max(length(code)), count(*) FILTER (WHERE name <> code) FROM billing.resource"
        ).one()
    assert (longest, names) == (190, 36)


def test_two_sub_accounts_of_the_bill_are_two_clients(
    database: Database, sample: Path, tmp_path: Path
) -> None:
    """225 rows of 13.6164825497 and 215 of 1.3408546746; the other 560 are of nobody set up."""
    resell(database, "harbour", "millbrook", prices=OPEN_BOOK)
    profile = tmp_path / "shared.toml"
    clients = '[clients]\n"11353890204" = "harbour"\n"18938484842" = "millbrook"\n'
    profile.write_text(RULES.format(more='client = "SubAccountId"') + clients)
    told = loaded(database, sample, profile)
    assert told.returncode == 1
    assert told.stdout.splitlines()[:7] == [
        "accepted            440",
        "duplicate             0",
        "rejected            560",
        "read as FOCUS 1.0",
        "harbour: accepted 225, duplicate 0, rejected 0",
        "millbrook: accepted 215, duplicate 0, rejected 0",
        "no known client: rejected 560",
    ]
    with database.as_owner() as connection:
        rows = connection.exec_driver_sql(
            "SELECT c.slug, sum(e.quantity)::text, (SELECT count(*) FROM billing.unassigned_record)"
            " FROM billing.usage_event e JOIN billing.client c USING (client_id) GROUP BY 1"
            " ORDER BY 1"
        ).all()
    assert [(slug, Decimal(total), apart) for slug, total, apart in rows] == [
        ("harbour", Decimal("13.6164825497"), 560),
        ("millbrook", Decimal("1.3408546746"), 560),
    ]
