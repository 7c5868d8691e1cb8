"""Closing a month: what it is refused for, what is issued, and that it is issued once."""

from datetime import UTC, datetime

import pytest

from db.commands.closing import ClosingRefusedError
from db.commands.signing_keys import clock_of, introduce_key
from documents.keys import SigningKey, Verifier
from tests.support.closing import Books, books
from tests.support.corrections import recorded
from tests.support.database import Database


@pytest.fixture
def own(database: Database) -> Books:
    """October: 150 GB of egress, 100 at 1 and 50 at 1; nothing else."""
    made = books(database)
    client = made.ground
    recorded(
        client,
        client.event("2026-10-05T10:00:00+00:00", "110"),
        client.event("2026-10-06T10:00:00+00:00", "40", resource="vm-2"),
        as_of=datetime(2026, 10, 7, tzinfo=UTC),
    )
    return made


def test_a_month_is_issued_with_a_number_a_signature_and_its_lines(own: Books) -> None:
    closed = own.close("2026-10")
    assert closed.number == "HARBOUR-2026-0001"
    assert own.lines(closed.number) == [("egress", "150.00"), ("peak", "0.00"), ("storage", "0.00")]
    assert Verifier(own.key.verifier_key).has_signed(closed.note)
    document = own.document(closed.number)
    assert (document.issued_on.isoformat(), document.due_on.isoformat()) == (
        "2026-12-05",
        "2027-01-04",
    )
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE client_id = :client"
    ) == [("issued",)]


def test_its_events_stand_behind_its_lines_as_a_set_with_a_root(own: Books) -> None:
    own.close("2026-10")
    assert own.ground.rows(
        "SELECT m.code, e.usage_period::text, e.disposition, e.event_count, l.line_number "
        "FROM billing.evidence e JOIN billing.meter m USING (meter_id) "
        "JOIN billing.line_evidence l USING (client_id, invoice_id, meter_id, usage_period) "
        "WHERE client_id = :client"
    ) == [("egress", "2026-10-01", "billed", 2, 1)]


def test_closed_twice_it_is_the_same_document(own: Books) -> None:
    first, second = own.close("2026-10"), own.close("2026-10")
    assert (first.is_new, second.is_new) == (True, False)
    assert (second.number, second.note) == (first.number, first.note)
    assert own.ground.rows("SELECT count(*) FROM billing.invoice WHERE client_id = :client") == [
        (1,)
    ]


def test_a_month_waits_for_the_one_before_it(own: Books) -> None:
    with pytest.raises(ClosingRefusedError, match="2026-10 is not issued yet"):
        own.close("2026-11")


def test_a_key_that_is_retired_by_now_signs_as_of_no_earlier_day(own: Books) -> None:
    with own.database.as_owner() as connection:
        other = SigningKey.new("fairlead.example/invoices").verifier_key
        now = clock_of(connection)
        introduce_key(connection, other, starts_at=now, endorsement=None, actor="ada")
    with pytest.raises(ClosingRefusedError, match="is not the one in use"):
        own.close("2026-10", datetime(2026, 11, 5, tzinfo=UTC))
