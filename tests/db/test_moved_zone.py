"""A client that moved to another zone: its months touch where they are stored to touch.

October ends at midnight of Amsterdam, 31 October 23:00 UTC. November is the first month in New
York: there it would begin on 1 November 04:00 UTC, and begins where October ended.
"""

from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from api.export_events import sets_behind
from billing_core.event import UsageEvent
from billing_core.metering import Level
from db.look import Looker, read
from db.queries.exports import exported_document
from tests.support.closing import Books, books, proved
from tests.support.corrections import recorded
from tests.support.database import Database

IN_NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
IN_DECEMBER = datetime(2026, 12, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 9, tzinfo=UTC)
CARRIED = datetime(2026, 10, 30, 12, tzinfo=UTC)


def level(own: Books, at: str, quantity: str) -> UsageEvent:
    return own.ground.event(at, quantity, meter="storage", id_=at)


@pytest.fixture
def own(database: Database) -> Books:
    """30 GB hold for 36 hours, an hour into November; they are 40 before its day in New York."""
    made = books(database)
    recorded(made.ground, level(made, "2026-10-30T12:00:00+00:00", "30"), as_of=IN_NOVEMBER)
    made.close("2026-10", IN_NOVEMBER)
    with database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.client SET zone = 'America/New_York' WHERE client_id = :client"),
            {"client": made.client_id},
        )
    recorded(made.ground, level(made, "2026-11-01T01:00:00+00:00", "40"), as_of=IN_NOVEMBER)
    return made


def test_a_record_before_the_first_day_there_is_of_the_first_month_there(own: Books) -> None:
    assert own.ground.rows(
        "SELECT usage_period::text FROM billing.usage_event WHERE client_id = :client "
        "ORDER BY occurred_at"
    ) == [("2026-10-01",), ("2026-11-01",)]
    assert own.ground.rows("SELECT reason FROM billing.rejected_record") == []


def test_the_first_month_in_another_zone_is_proved_by_what_was_carried_into_it(
    own: Books, tmp_path: Path
) -> None:
    november = own.close("2026-11").number
    assert own.document(november).invoice.period.zone == "America/New_York"
    assert proved(own, november, tmp_path) == []


def test_a_later_document_that_adjusts_it_is_proved_too(own: Books, tmp_path: Path) -> None:
    own.close("2026-11")
    late = level(own, "2026-11-01T03:00:00+00:00", "50")
    recorded(own.ground, late, as_of=IN_DECEMBER)
    december = own.close("2026-12", JANUARY).number
    assert "storage of 2026-11" in dict(own.lines(december))
    assert proved(own, december, tmp_path) == []


def test_the_records_of_its_lines_begin_with_what_was_carried_into_it(own: Books) -> None:
    november = own.close("2026-11").number
    person = own.database.person("f@harbour.example", "finance", own.client_id)
    looker = Looker(
        session_hash=own.database.session(person),
        client_id=own.client_id,
        database_role="meterglass_client",
    )
    engine = own.database.portal
    exported = read(engine, looker, partial(exported_document, number=november))
    assert exported is not None
    lines = exported.issued.document.invoice.lines
    line = next(each for each in lines if each.price_code == "storage")
    with patch("api.export_events.portal_engine", lambda: engine):
        [behind] = sets_behind(looker, exported, line)
    assert behind.carried_in == {"vm-1": Level(level=Decimal(30), since=CARRIED)}
    assert behind.period.starts_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
