"""Closed-book resale: the cost of each row is nowhere that a client can read.

Three rows of a bill, at 12 %::

    73.190462718 × 1.12 = 81.97331824416
     4.077718273 × 1.12 =  4.56704446576
    -2.456193847 × 1.12 = -2.75093710864
                          83.78942560128      83.79
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from tests.intake.bills import CLOSED_BOOK, bill
from tests.support.bills import SOURCE, draft_of, loaded, resell, run
from tests.support.database import Database, DatabaseServer

if TYPE_CHECKING:
    import subprocess

COSTS = ("73.190462718", "4.077718273", "-2.456193847")
DIGITS = ("73.190462718", "73190462718", "4.077718273", "2.456193847", "73,190462718")
ROWS = [{"BilledCost": cost, "SkuId": str(sku)} for sku, cost in enumerate(COSTS)]
BAD = {"BilledCost": "73,190462718", "SkuId": "bad"}
READABLE = """
    SELECT c.relname, a.attname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname = 'billing')
      AND c.relkind IN ('r', 'v', 'm', 'p') AND has_column_privilege(c.oid, a.attnum, 'SELECT')
    ORDER BY 1, 2
"""
TOTAL_COST = "SELECT sum(cost)::text FROM billing.vendor_cost"
HELD = "SELECT quantity::text FROM billing.usage_event ORDER BY quantity DESC"


def september(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "september.csv"
    path.write_text(bill(*rows))
    return path


def places_with(connection: Connection, digits: str) -> tuple[list[str], set[str]]:
    """The columns that hold the digits, and the tables looked through, as the role reads them."""
    found, tables = [], set()
    for table, column in connection.exec_driver_sql(READABLE).all():
        holds = f'SELECT count(*) FROM billing."{table}" WHERE "{column}"::text LIKE :digits'
        tables.add(table)
        if connection.execute(text(holds), {"digits": f"%{digits}%"}).scalar_one():
            found.append(f"{table}.{column}")
    return found, tables


@dataclass(frozen=True, kw_only=True)
class Resold:
    """A client whose bill was loaded, closed book."""

    database: Database
    client_id: int
    folder: Path
    told: str  #: what the command said

    def load(self, *rows: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        """Load a bill in the same way."""
        file = september(self.folder, *rows)
        return loaded(self.database, file, self.folder / "resale.toml", "--client", "harbour")

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the owner reads."""
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]


@pytest.fixture(scope="module")
def resold(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resold]:
    database, folder = server.copy(), tmp_path_factory.mktemp("bills")
    (folder / "resale.toml").write_text(f'source = "{SOURCE}"\n{CLOSED_BOOK}')
    client_id = resell(database, "harbour", prices=[("cloud-cost", "unit", "1", "")])["harbour"]
    made = Resold(database=database, client_id=client_id, folder=folder, told="")
    told = made.load(*ROWS, BAD)
    assert told.returncode == 1
    assert told.stdout.split()[:6] == ["accepted", "3", "duplicate", "0", "rejected", "1"]
    yield replace(made, told=told.stdout + told.stderr)
    server.drop(database)


def test_no_column_that_the_client_reads_holds_a_digit_of_a_cost(resold: Resold) -> None:
    database, client_id = resold.database, resold.client_id
    it = database.session(database.person("it@harbour.example", "it", client_id))
    for digits in DIGITS:
        with database.as_viewer(it, client_id) as connection:
            found, tables = places_with(connection, digits)
        assert found == []
        assert {"usage_event", "rejected_record", "usage_hour", "ingest_run"} <= tables
        assert "vendor_cost" not in tables
        assert digits not in resold.told


def test_the_search_would_have_found_them(resold: Resold) -> None:
    with resold.database.as_owner() as connection:
        found = {digits: places_with(connection, digits)[0] for digits in DIGITS}
    assert found == {
        "73.190462718": ["vendor_cost.cost"],
        "73190462718": [],
        "4.077718273": ["vendor_cost.cost"],
        "2.456193847": ["vendor_cost.cost"],
        "73,190462718": ["rejected_record.record"],
    }


def test_the_client_is_charged_the_retail_amounts(resold: Resold) -> None:
    held = [str(row[0]).rstrip("0") for row in resold.rows(HELD)]
    assert held == ["81.97331824416", "4.56704446576", "-2.75093710864"]
    (line,) = draft_of(resold.database, resold.client_id, "2024-09").lines
    assert str(line.amount) == "83.79"


def test_people_of_the_msp_read_the_costs(resold: Resold) -> None:
    database = resold.database
    billing = database.session(database.person("billing@fairlead.example", "billing"))
    with database.as_viewer(billing, resold.client_id, "meterglass_msp") as connection:
        total = connection.exec_driver_sql(TOTAL_COST).scalar_one()
    assert str(total).rstrip("0") == "74.811987144"


def test_f03_a_corrected_delivery_is_a_conflict_that_says_what_to_do(resold: Resold) -> None:
    corrected = {**ROWS[0], "BilledCost": "80.190462718", "PricingQuantity": "9"}
    told = resold.load(corrected, *ROWS[1:])
    assert told.returncode == 1
    assert told.stdout.split()[:6] == ["accepted", "0", "duplicate", "2", "rejected", "1"]
    assert "was not overwritten" in told.stdout
    assert "python -m jobs supersede" in told.stdout
    assert str(resold.rows(TOTAL_COST)[0][0]).rstrip("0") == "74.811987144"
    ((record,),) = resold.rows("SELECT record FROM billing.rejected_record WHERE code = 'conflict'")
    assert '"cost": "80.190462718"' in str(record)


def test_a_cost_that_can_not_be_stored_takes_its_event_with_it(resold: Resold) -> None:
    with resold.database.as_owner() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE billing.vendor_cost ADD CONSTRAINT small CHECK (cost < 99) NOT VALID"
        )
    with pytest.raises(IntegrityError, match="small"):
        resold.load({"BilledCost": "100", "SkuId": "dear"}, {"SkuId": "cheap"})
    assert resold.rows("SELECT count(*) FROM billing.usage_event") == [(3,)]
    assert resold.rows("SELECT count(*) FROM billing.vendor_cost") == [(3,)]


def test_what_can_not_be_charged_is_refused_with_its_reason(
    database: Database, tmp_path: Path
) -> None:
    resell(database, "harbour", prices=[("cloud-cost", "markup", "", "0.12")])
    with database.as_owner() as connection:
        connection.exec_driver_sql("UPDATE billing.meter SET allows_credits = false")
    file = september(tmp_path, ROWS[0], {**ROWS[1], "BillingCurrency": "EUR"}, ROWS[2])
    told = loaded(database, file, "focus", "--client", "harbour", "--source", SOURCE)
    assert told.returncode == 1
    assert told.stdout.splitlines()[3:] == [
        "read as FOCUS 1.0",
        "  line 3: it is billed in EUR, but the agreement A is in USD; nothing is converted (1 ×)",
        "  line 4: cloud-cost allows no negative quantity; a wrong event is superseded (1 ×)",
    ]


def test_refused_rows_that_are_replayed_bring_their_costs(
    database: Database, tmp_path: Path
) -> None:
    resell(database, "harbour", prices=[("cloud-cost", "unit", "1", "")])
    profile = tmp_path / "resale.toml"
    profile.write_text(CLOSED_BOOK.replace("cloud-cost", "cloud-late"))
    file = september(tmp_path, *ROWS, BAD)
    told = loaded(database, file, profile, "--client", "harbour", "--source", SOURCE)
    assert told.stdout.split()[:6] == ["accepted", "0", "duplicate", "0", "rejected", "4"]
    with database.as_owner() as connection:
        connection.exec_driver_sql(
            "INSERT INTO billing.meter (code, name, unit, aggregation, allows_credits) "
            "VALUES ('cloud-late', 'Cloud', 'USD', 'sum', true)"
        )
    done = run(database, "rejected", "replay", "--client", "harbour")
    assert done.returncode == 1, done.stderr
    with database.as_owner() as connection:
        stored = connection.exec_driver_sql(
            "SELECT count(*), sum(v.cost)::text, sum(e.quantity)::text FROM billing.usage_event e "
            "JOIN billing.vendor_cost v USING (client_id, event_id)"
        ).one()
        waiting = connection.exec_driver_sql(
            "SELECT code FROM billing.rejected_record WHERE state = 'open'"
        ).scalars()
        assert list(waiting) == ["number"]
    assert (stored[0], str(stored[1]).rstrip("0")) == (3, "74.811987144")
    assert str(stored[2]).rstrip("0") == "83.78942560128"
    again = loaded(database, file, profile, "--client", "harbour", "--source", SOURCE)
    assert again.stdout.split()[:6] == ["accepted", "0", "duplicate", "3", "rejected", "1"]
