"""Documents themselves: prices that change, thirds, what nobody may change, numbers."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from db.commands.closing.numbers import next_place
from db.engine import make_engine
from db.policy_tables import ISSUED_TABLES
from db.roles import CLIENT, MSP
from db.session import writer_transaction
from tests.faults.closer import Closer, closer, ended
from tests.support.closing import Books, books
from tests.support.corrections import recorded
from tests.support.database import Database

NOVEMBER: Final = datetime(2026, 11, 5, tzinfo=UTC)
#: Egress from 15 October on at 2 instead of 1, the same tiers.
CHANGED_PRICE: Final = (
    "UPDATE billing.price SET ends_on = '2026-10-15' WHERE code = 'egress'",
    """
    INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, meter_id,
        starts_on) SELECT client_id, agreement_id, code, name, charge_model, meter_id, '2026-10-15'
    FROM billing.price WHERE code = 'egress'
    """,
    """
    INSERT INTO billing.price_tier (client_id, price_id, ordinal, name, up_to, unit_price)
    SELECT t.client_id, n.price_id, t.ordinal, t.name, t.up_to, 2
    FROM billing.price_tier t
    JOIN billing.price o ON o.price_id = t.price_id AND o.code = 'egress'
        AND o.starts_on < '2026-10-15'
    JOIN billing.price n ON n.client_id = o.client_id AND n.code = 'egress'
        AND n.starts_on = '2026-10-15'
    """,
)
OVERLAPPING: Final = """
    INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, meter_id,
        starts_on) SELECT client_id, agreement_id, code, name, charge_model, meter_id, '2026-10-15'
    FROM billing.price WHERE code = 'egress'
"""
CHANGES: Final = {
    "billing.invoice": "net = 0",
    "billing.invoice_line": "amount = 0",
    "billing.detailed_line": "amount = 0",
    "billing.recomputed_line": "amount = 0",
    "billing.invoice_tax": "tax = 0",
    "billing.evidence": "event_count = 0",
    "billing.line_evidence": "line_number = 1",
    "billing.evidence_exclusion": "by_event_id = NULL",
}


def change(database: Database, *statements: str) -> None:
    with database.as_owner() as connection:
        for statement in statements:
            connection.execute(text(statement))


def used(own: Books, *events: tuple[str, str]) -> None:
    client = own.ground
    made = [client.event(f"2026-10-{day}T10:00:00+00:00", quantity) for day, quantity in events]
    recorded(client, *made, as_of=NOVEMBER)


def test_f28_a_price_that_changes_in_mid_month_rates_by_its_dates(database: Database) -> None:
    """60 GB at 1, then 30 more at 2: 60.00 + 60.00."""
    own = books(database)
    change(database, *CHANGED_PRICE)
    used(own, ("05", "60"), ("20", "30"))
    [line, *_] = own.document(own.close("2026-10").number).invoice.lines
    assert [(str(each.quantity), str(each.amount)) for each in line.detailed_lines] == [
        ("60", "60.00"),
        ("30", "60.00"),
    ]
    assert str(line.amount) == "120.00"


def test_f28_versions_of_a_price_that_overlap_are_refused(database: Database) -> None:
    books(database)
    with pytest.raises(DBAPIError, match="ex_price_versions_apart"):
        change(database, OVERLAPPING)


def test_f29_a_month_without_usage_has_its_document_too(database: Database) -> None:
    own = books(database)
    number = own.close("2026-10").number
    assert own.lines(number) == [("egress", "0.00"), ("peak", "0.00"), ("storage", "0.00")]
    assert own.ground.rows("SELECT gross::text, kind FROM billing.invoice") == [
        ("0.000000000000", "invoice")
    ]


def test_f29_thirds_of_a_cent_add_up_to_what_is_billed(database: Database) -> None:
    """A third three times is 0.999999999999999, so 1.00 once it is rounded, not three times."""
    own = books(database)
    used(own, *((day, "0.333333333333333") for day in ("05", "06", "07")))
    [line, *_] = own.document(own.close("2026-10").number).invoice.lines
    assert (str(line.quantity), str(line.amount)) == ("0.999999999999999", "1.00")
    assert [str(each.amount) for each in line.detailed_lines] == ["1.00"]


@pytest.fixture
def issued(database: Database) -> Books:
    """A client with an issued document in every respect."""
    own = books(database)
    used(own, ("05", "150"))
    own.close("2026-10")
    return own


@pytest.mark.parametrize("table", ISSUED_TABLES)
def test_f30_nobody_changes_or_removes_what_is_issued(issued: Books, table: str) -> None:
    database = issued.database
    statements = (
        f"UPDATE {table} SET {CHANGES[table]}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    )
    for login in ("owner", "administrator"):
        refused(getattr(database, login), statements, f"{table} is append-only")
    finance = database.session(database.person("f@x.example", "finance", issued.client_id))
    boss = database.session(database.person("b@x.example", "billing"))
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            database.as_writer(issued.client_id) as connection,
        ):
            connection.execute(text(statement))
        for session, role in ((finance, CLIENT), (boss, MSP)):
            with (
                pytest.raises(DBAPIError, match="permission denied"),
                database.as_viewer(session, issued.client_id, role) as connection,
            ):
                connection.execute(text(statement))


def refused(engine: Engine, statements: Sequence[str], why: str) -> None:
    for statement in statements:
        with pytest.raises(DBAPIError, match=why), engine.begin() as connection:
            connection.execute(text(statement))


def test_f30_nothing_is_added_to_an_issued_document(issued: Books) -> None:
    line = (
        "INSERT INTO billing.detailed_line (client_id, invoice_id, line_number, ordinal, kind, "
        "text, quantity, unit_price, flat_fee, amount) SELECT client_id, invoice_id, 1, 9, "
        "'usage', 'more', 1, 0, 0, 0 FROM billing.invoice"
    )
    for engine in (issued.database.owner, issued.database.administrator):
        refused(engine, [line], "a document was issued already, nothing is added to it")


def test_f30_an_issued_month_goes_back_for_nobody(issued: Books) -> None:
    back = "UPDATE billing.billing_period SET state = 'open'"
    for engine in (issued.database.owner, issued.database.administrator):
        refused(engine, [back], "it goes forward only")


def test_f31_more_than_was_billed_is_not_credited(database: Database, tmp_path: Path) -> None:
    own: Closer = closer(database, tmp_path, "anchor")
    assert ended(own.close()).code == 0
    part = ("credit", "ANCHOR-2026-0001", "--line", "1", "--reason")
    assert ended(own.start(*part, "An outage", "--amount", "100.00")).code == 0
    told = ended(own.start(*part, "Another outage", "--amount", "50.01"))
    assert told.code == 1
    assert told.err == (
        (
            "meterglass: lines[1]: 50.01 is more than the 50.00 that remain of egress on "
            "ANCHOR-2026-0001."
        ),
    )
    assert own.numbers() == ["ANCHOR-2026-0001", "ANCHOR-2026-0002"]


def test_f32_numbers_have_no_gap_though_a_third_of_the_work_is_rolled_back(
    database: Database,
) -> None:
    client = database.client("harbour")
    engine = make_engine(database.writer_url, pool_size=20)

    def number(seed: int) -> list[str]:
        chance = random.Random(seed)  # noqa: S311 - seeded, not secret
        given: list[str] = []
        while len(given) < 10:
            with writer_transaction(engine, [client]) as connection:
                found = next_place(connection, client, "HARB", date(2026, 11, 5)).number
                if chance.random() < 0.3:
                    connection.rollback()
                    continue
            given.append(found)
        return given

    with ThreadPoolExecutor(20) as threads:
        numbers = sorted(each for given in threads.map(number, range(20)) for each in given)
    engine.dispose()
    assert numbers == [f"HARB-2026-{count:04d}" for count in range(1, 201)]
