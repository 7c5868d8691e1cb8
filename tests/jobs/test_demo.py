"""The demo goes in by the commands that everything goes in by, once, and is topped up later."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from db.faults import StartFault
from db.session import owner_transaction
from demo.people import PASSWORD
from demo.state import loaded
from jobs.demo import app
from jobs.heads import compare_heads
from tests.support.database import Database, DatabaseServer, until_alone
from tests.support.demo import FINANCE, introduce, load_small_demo
from tests.support.source_tree import ROOT

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
COUNTS = text("""
    SELECT count(*) AS events, count(DISTINCT client_id) AS clients,
           max(occurred_at) < :as_of AS before,
           (SELECT count(*) FROM billing.rejected_record) AS rejected
    FROM billing.usage_event
""")
DOCUMENTS = text("""
    SELECT i.number, to_char(i.billing_period, 'YYYY-MM'), i.kind, i.issued_at, i.gross,
           encode(sha256(convert_to(i.document, 'UTF8')), 'hex')
    FROM billing.invoice i JOIN billing.client USING (client_id)
    ORDER BY slug, chain_position
""")
#: A load in a process of its own, that can be killed.
PROGRAM = """
import sys
from datetime import datetime
from pathlib import Path
from db.embedded import Urls
from jobs.demo_load import load_demo
from jobs.demo_months import DeskFiles
from tests.support.demo import SMALL

owner, writer, folder, as_of = sys.argv[1:]
files = DeskFiles(signing_key=Path(folder) / "signing.key", heads=Path(folder) / "heads")
urls = Urls(owner=owner, writer=writer, portal=None)
load_demo(urls, datetime.fromisoformat(as_of), files, size=SMALL)
"""
Documents = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def first(server: DatabaseServer, folder: Path) -> Iterator[Database]:
    """What the first load leaves; for reading only, and for copies."""
    made = server.copy()
    load_small_demo(made, folder, NOW)
    made.disconnect()
    yield made
    server.drop(made)


@pytest.fixture
def demo(server: DatabaseServer, first: Database) -> Iterator[Database]:
    """What the first load left, in a database of its own."""
    first.disconnect()
    made = server.copy(first.name)
    yield made
    server.drop(made)


def counted(database: Database, as_of: datetime) -> tuple[int, int, bool, int]:
    with owner_transaction(database.owner) as connection:
        row = connection.execute(COUNTS, {"as_of": as_of}).one()
    return row.events, row.clients, row.before, row.rejected


def documents(database: Database) -> Documents:
    with owner_transaction(database.owner) as connection:
        return [tuple(row) for row in connection.execute(DOCUMENTS)]


def test_all_clients_report_and_four_readings_are_refused(first: Database) -> None:
    events, clients, before, rejected = counted(first, NOW)
    assert events > 6_000
    assert (clients, before, rejected) == (5, True, 4)


def test_everything_is_marked_as_demo(first: Database) -> None:
    with owner_transaction(first.owner) as connection:
        real = connection.execute(
            text(
                "SELECT (SELECT count(*) FROM billing.client WHERE NOT is_demo)"
                " + (SELECT count(*) FROM auth.person WHERE NOT is_demo)"
            )
        ).scalar_one()
    assert real == 0


def test_each_month_is_issued_in_the_morning_after_its_grace_time(first: Database) -> None:
    """Three days after its end, and at nine in the morning of the client."""
    told = [(number, month, f"{at:%d %H:%M}") for number, month, _, at, *_ in documents(first)]
    assert told == [
        ("DELT-2026-0001", "2026-09", "04 07:00"),
        ("DELT-2026-0002", "2026-10", "04 08:00"),
        ("HARB-2026-0001", "2026-09", "04 13:00"),
        ("HARB-2026-0002", "2026-10", "04 13:00"),
        ("HARB-2026-0003", "2026-09", "22 09:30"),  # credits what was agreed to
        ("KAV-2026-0001", "2026-09", "04 03:30"),
        ("KAV-2026-0002", "2026-10", "04 03:30"),
        ("MAPL-2026-0001", "2026-09", "04 13:00"),
        ("MAPL-2026-0002", "2026-10", "04 13:00"),
        ("VDB-2026-0001", "2026-09", "04 07:00"),
        ("VDB-2026-0002", "2026-10", "04 08:00"),
    ]


def test_the_heads_outside_are_those_of_the_documents(first: Database, folder: Path) -> None:
    with owner_transaction(first.owner) as connection:
        found = compare_heads(connection, folder / "heads")
    assert (found.refused, found.remarks, found.compared) == ([], [], 5)


def test_finance_has_asked_and_got_answers_and_a_credit_note(first: Database) -> None:
    with owner_transaction(first.owner) as connection:
        rows = connection.execute(
            text(
                "SELECT i.number, l.price_code, q.kind, q.state, q.agreed_amount::numeric(9, 2),"
                " c.number, c.net::numeric(9, 2), count(*)"
                " FROM billing.invoice_question q JOIN billing.invoice i USING (client_id,"
                " invoice_id) JOIN billing.invoice_line l USING (client_id, invoice_id,"
                " line_number) JOIN billing.question_message m USING (client_id, question_id)"
                " LEFT JOIN billing.invoice c ON c.client_id = q.client_id"
                " AND c.invoice_id = q.credit_invoice_id"
                " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1"
            )
        ).all()
    assert [tuple(map(str, row)) for row in rows] == [
        (
            *("HARB-2026-0001", "firewall-replacement", "dispute", "agreed"),
            *("280.00", "HARB-2026-0003", "-280.00", "4"),
        ),
        ("HARB-2026-0002", "vpn-peak", "question", "open", "None", "None", "None", "1"),
        ("VDB-2026-0001", "security-logs", "question", "answered", "None", "None", "None", "2"),
    ]


def test_nobody_is_left_signed_in(first: Database) -> None:
    with owner_transaction(first.owner) as connection:
        query = text("SELECT count(*) FROM auth.session WHERE revoked_at IS NULL")
        assert connection.execute(query).scalar_one() == 0


def test_a_second_load_finds_everything_there(demo: Database, folder: Path) -> None:
    before, issued = counted(demo, NOW), documents(demo)
    again = load_small_demo(demo, folder, NOW)
    assert (again.stored, again.issued, again.refusals) == (0, 0, ())
    assert counted(demo, NOW) == before
    assert documents(demo) == issued


def test_a_later_load_adds_what_has_happened_since(demo: Database, folder: Path) -> None:
    before, issued = counted(demo, NOW), documents(demo)
    later = NOW + timedelta(days=1)
    added = load_small_demo(demo, folder, later)
    after = counted(demo, later)
    assert added.stored > 50
    assert (after[0], after[3]) == (before[0] + added.stored, 4)
    assert loaded(demo.own_urls).anchor == NOW.date()
    assert documents(demo) == issued


def test_a_month_that_has_ended_stays_open_while_it_is_in_grace(
    demo: Database, folder: Path
) -> None:
    issued = documents(demo)
    assert load_small_demo(demo, folder, datetime(2026, 12, 3, 12, tzinfo=UTC)).issued == 0
    assert documents(demo) == issued


def test_a_later_load_closes_what_has_ended_and_changes_nothing_that_was_there(
    demo: Database, folder: Path, tmp_path: Path
) -> None:
    issued = documents(demo)
    own = shutil.copytree(folder, tmp_path / "desk")  # heads go forward only
    added = load_small_demo(demo, own, datetime(2026, 12, 12, 12, tzinfo=UTC))
    assert (added.issued, added.refusals) == (5, ())
    after = documents(demo)
    assert [each for each in after if each in issued] == issued
    new = [each[:3] for each in after if each not in issued]
    assert new == [
        ("DELT-2026-0003", "2026-11", "invoice"),
        ("HARB-2026-0004", "2026-11", "invoice"),
        ("KAV-2026-0003", "2026-11", "invoice"),
        ("MAPL-2026-0003", "2026-11", "invoice"),
        ("VDB-2026-0003", "2026-11", "invoice"),
    ]
    with owner_transaction(demo.owner) as connection:
        reasons = connection.execute(
            text("SELECT number, reason FROM billing.invoice WHERE reason > ' ' AND gross > 0")
        ).all()
    assert [row.number for row in reasons] == ["HARB-2026-0004"]
    assert "refused readings" in reasons[0].reason


def test_f01_a_load_that_is_killed_while_it_issues_is_gone_on_with(
    server: DatabaseServer, first: Database, tmp_path: Path
) -> None:
    killed = server.copy()
    load_and_kill(killed, tmp_path)
    rest = load_small_demo(killed, tmp_path, NOW)
    assert 0 < rest.issued < 10
    assert counted(killed, NOW) == counted(first, NOW)
    assert documents(killed) == documents(first)
    server.drop(killed)


def load_and_kill(database: Database, folder: Path) -> None:
    """Load until two documents are there, and end that by SIGKILL."""
    introduce(database, folder)
    wanted = (database.owner_url, database.writer_url, str(folder), NOW.isoformat())
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *wanted], cwd=ROOT, start_new_session=True
    )
    while len(documents(database)) < 2 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    until_alone(database)


def test_a_first_load_refuses_a_database_with_other_clients(
    database: Database, tmp_path: Path
) -> None:
    with owner_transaction(database.owner) as connection:
        connection.execute(
            text(
                "INSERT INTO billing.client (slug, name, zone, locale, country)"
                " VALUES ('harbour', 'Harbour & Lane', 'UTC', 'en_NL', 'NL')"
            )
        )
    with pytest.raises(StartFault, match=r"clients that are not the demo's \(harbour\)"):
        load_small_demo(database, tmp_path, NOW)


def test_later_loads_do_not_mind_neighbours(demo: Database, folder: Path) -> None:
    with owner_transaction(demo.owner) as connection:
        connection.execute(
            text(
                "INSERT INTO billing.client (slug, name, zone, locale, country)"
                " VALUES ('bitbrains', 'Bitbrains', 'UTC', 'en_NL', 'NL')"
            )
        )
    assert load_small_demo(demo, folder, NOW).stored == 0


def test_the_sign_ins_are_listed_with_their_password() -> None:
    listed = CliRunner().invoke(app, ["users"]).output
    assert FINANCE in listed
    assert PASSWORD in listed
    assert len(listed.splitlines()) == 14
