"""What comes late when the agreement has ended: a month after the end bills it alone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from db.commands.closing import close_month
from tests.support.closing import Books, books, proved
from tests.support.corrections import recorded
from tests.support.database import Database

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
DECEMBER = datetime(2026, 12, 10, tzinfo=UTC)
JANUARY = datetime(2027, 1, 5, tzinfo=UTC)
MONTHS = """
    SELECT to_char(billing_period, 'YYYY-MM'), state FROM billing.billing_period
    WHERE client_id = :client ORDER BY 1
"""


@pytest.fixture
def ended(database: Database) -> Books:
    """The agreement ended with 20 October; October's 150 GB are issued, 150.00."""
    own = books(database)
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET ends_on = '2026-10-21'"))
    client = own.ground
    recorded(client, client.event("2026-10-05T10:00:00+00:00", "150"), as_of=NOVEMBER)
    own.close("2026-10", NOVEMBER)
    return own


def late(own: Books, own_id: str, as_of: datetime) -> None:
    event = own.ground.event("2026-10-09T10:00:00+00:00", "10", id_=own_id)
    assert recorded(own.ground, event, as_of=as_of).late == 1


def test_a_late_event_is_billed_in_the_month_in_which_it_came(ended: Books, tmp_path: Path) -> None:
    late(ended, "a", DECEMBER)
    assert ended.ground.rows(MONTHS) == [("2026-10", "issued"), ("2026-12", "open")]
    number = ended.close("2026-12", JANUARY).number
    assert number == "HARBOUR-2027-0001"
    assert ended.lines(number) == [("egress of 2026-10", "10.00")]
    assert proved(ended, number, tmp_path) == []


def test_months_without_late_events_are_passed_over(ended: Books) -> None:
    late(ended, "a", DECEMBER)
    asked = ended.asked("2026-11", JANUARY)
    assert close_month(ended.database.writer, asked, ended.key) is None
    assert ended.close("2026-12", JANUARY).is_new


def test_nothing_else_belongs_to_such_a_month(ended: Books) -> None:
    late(ended, "a", DECEMBER)
    event = ended.ground.event("2026-12-03T10:00:00+00:00", "10")
    assert recorded(ended.ground, event, as_of=DECEMBER).accepted == 0
    assert ended.ground.rows(
        "SELECT code, reason FROM billing.rejected_record WHERE client_id = :client"
    ) == [("agreement", "no agreement ran at that time")]


def test_when_that_month_is_issued_too_the_next_one_takes_what_comes(ended: Books) -> None:
    """In January October is 92 days back: beyond the limit of 90, it charges nothing."""
    late(ended, "a", DECEMBER)
    ended.close("2026-12", JANUARY)
    late(ended, "b", JANUARY)
    assert ended.ground.rows(MONTHS)[-1] == ("2027-01", "open")
    number = ended.close("2027-01", datetime(2027, 2, 9, tzinfo=UTC)).number
    [line] = ended.document(number).invoice.lines
    assert (line.adjusts, str(line.amount), line.is_too_late) == ("2026-10", "0.00", True)


def test_months_before_the_first_invoice_take_nothing_that_comes_late(database: Database) -> None:
    """September was billed elsewhere and stays open; October's late event is November's."""
    own = books(database)
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET starts_on = '2026-09-01'"))
        connection.execute(text("UPDATE billing.client SET invoices_from = '2026-10-01'"))
    client = own.ground
    recorded(
        client,
        client.event("2026-09-05T10:00:00+00:00", "70"),
        client.event("2026-10-05T10:00:00+00:00", "150"),
        as_of=NOVEMBER,
    )
    own.close("2026-10", NOVEMBER)
    late(own, "a", NOVEMBER)
    assert own.ground.rows(
        "SELECT billing_period::text FROM billing.usage_event WHERE source_event_id = 'a'"
    ) == [("2026-11-01",)]
