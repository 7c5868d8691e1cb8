"""F34: whoever steps over all protection and edits a record is named by whom it was billed to."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.closing import Books, books, proved
from tests.support.corrections import recorded
from tests.support.database import Database

EVENTS = "billing.usage_event"
PATH = "events/egress/2026-10/2026-10.csv"


@pytest.fixture
def own(database: Database) -> Books:
    """October with 110 and 40 GB of egress, issued."""
    made = books(database)
    client = made.ground
    recorded(
        client,
        client.event("2026-10-05T10:00:00+00:00", "110"),
        client.event("2026-10-06T10:00:00+00:00", "40", resource="vm-2"),
        as_of=datetime(2026, 10, 7, tzinfo=UTC),
    )
    made.close("2026-10")
    return made


def edit(own: Books, table: str, statement: str) -> None:
    """What a superuser does who switches the triggers off."""
    with own.database.administrator.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        assert connection.execute(text(statement)).rowcount == 1


def test_f34_nobody_edited_anything(own: Books, tmp_path: Path) -> None:
    assert proved(own, "HARBOUR-2026-0001", tmp_path) == []


def test_f34_an_edited_quantity_is_named_with_its_event(own: Books, tmp_path: Path) -> None:
    [(event,)] = own.ground.rows(
        "SELECT event_id::text FROM billing.usage_event WHERE client_id = :client AND quantity = 40"
    )
    edit(own, EVENTS, "UPDATE billing.usage_event SET quantity = 4 WHERE quantity = 40")
    found = proved(own, "HARBOUR-2026-0001", tmp_path)
    assert found[0] == (
        f"{PATH} has the event '{event}' with a content that does not make its leaf hash, which is "
        "the one that was signed: it was edited"
    )
    assert 'line 1 (egress) has the quantity "150", computed "114"' in found


def test_f34_an_event_taken_away_is_missed(own: Books, tmp_path: Path) -> None:
    edit(own, EVENTS, "DELETE FROM billing.usage_event WHERE quantity = 40")
    found = proved(own, "HARBOUR-2026-0001", tmp_path)
    assert found[0] == f"{PATH} has 1 events, and HARBOUR-2026-0001 was made from 2"


def test_f34_a_document_that_was_rewritten_is_not_the_one_that_was_signed(
    own: Books, tmp_path: Path
) -> None:
    renamed = "UPDATE billing.invoice SET document = replace(document, 'egress', 'ingress')"
    edit(own, "billing.invoice", renamed)
    found = proved(own, "HARBOUR-2026-0001", tmp_path)
    assert found[0] == "document.json is not the file that was signed"
