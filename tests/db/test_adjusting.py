"""What a month's document adjusts of issued ones, and that a client can prove it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.closing import Books, books, proved
from tests.support.corrections import correction, recorded
from tests.support.database import Database

NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)
JANUARY = datetime(2027, 1, 5, tzinfo=UTC)


@pytest.fixture
def own(database: Database) -> Books:
    """October: 150 GB of egress, of which 100 cost 1 and 50 cost 1; 150.00 are issued."""
    made = books(database)
    client = made.ground
    recorded(
        client,
        client.event("2026-10-05T10:00:00+00:00", "110", id_="a"),
        client.event("2026-10-06T10:00:00+00:00", "40", resource="vm-2", id_="b"),
        client.event("2026-10-08T10:00:00+00:00", "12", meter="peak", id_="p"),
        client.event("2026-10-20T10:00:00+00:00", "30", meter="storage", id_="s"),
        as_of=NOVEMBER,
    )
    made.close("2026-10", NOVEMBER)
    return made


def test_a_late_event_is_an_adjustment_of_its_own_month(own: Books, tmp_path: Path) -> None:
    """25 GB more: 175.00 less 150.00 that were billed."""
    client = own.ground
    recorded(client, client.event("2026-10-31T10:00:00+00:00", "25", id_="c"), as_of=LATER)
    november = own.close("2026-11").number
    assert ("egress of 2026-10", "25.00") in own.lines(november)
    assert proved_both(own, tmp_path) == {}


def proved_both(own: Books, folder: Path) -> dict[str, list[str]]:
    rows = own.ground.rows("SELECT number FROM billing.invoice WHERE client_id = :client")
    found = {str(number): proved(own, str(number), folder) for (number,) in rows}
    return {number: findings for number, findings in found.items() if findings}


def test_a_correction_of_an_issued_month_is_an_adjustment(own: Books, tmp_path: Path) -> None:
    client = own.ground
    wrong = client.event("2026-10-05T10:00:00+00:00", "110", id_="a")
    recorded(client, correction(wrong, quantity="10"), as_of=LATER)
    november = own.close("2026-11").number
    assert ("egress of 2026-10", "-100.00") in own.lines(november)
    assert proved_both(own, tmp_path) == {}


def test_a_level_that_is_corrected_adjusts_its_month_and_what_it_is_carried_into(
    own: Books, tmp_path: Path
) -> None:
    client = own.ground
    own.close("2026-11")
    wrong = client.event("2026-10-08T10:00:00+00:00", "12", meter="peak", id_="p")
    recorded(client, correction(wrong, quantity="25"), as_of=datetime(2026, 12, 10, tzinfo=UTC))
    december = own.close("2026-12", JANUARY).number
    assert ("peak of 2026-10", "13.00") in own.lines(december)
    assert ("peak of 2026-11", "13.00") in own.lines(december)
    assert proved_both(own, tmp_path) == {}
