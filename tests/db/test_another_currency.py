"""A client whose next agreement is in another currency: nothing late stands on a wrong document."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from billing_core.event import UsageEvent
from db.commands.closing import Again, ClosingRefusedError, Crediting, credit
from tests.support.closing import Books, books
from tests.support.corrections import correction, recorded
from tests.support.database import Database

IN_NOVEMBER = datetime(2026, 11, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 20, tzinfo=UTC)
REFUSED = "SELECT code, reason FROM billing.rejected_record WHERE client_id = :client ORDER BY code"
REASON = (
    "its month is billed in another currency, and 2026-11, which would bill it now, in CHF; settle "
    "it by a credit or a one-off charge, then dismiss it"
)


@pytest.fixture
def own(database: Database) -> Books:
    """October in euros, 50 GB of egress; November in francs."""
    made = books(database)
    recorded(made.ground, wrong(made), as_of=IN_NOVEMBER)
    francs_from(made, "2026-11-01")
    return made


def wrong(own: Books) -> UsageEvent:
    return own.ground.event("2026-10-05T10:00:00+00:00", "50", id_="a")


def francs_from(own: Books, day: str, ended: str | None = None) -> None:
    with own.database.as_owner() as connection:
        values = {"client": own.client_id, "day": day, "ended": ended or day}
        connection.execute(
            text("UPDATE billing.agreement SET ends_on = :ended WHERE client_id = :client"), values
        )
        connection.execute(
            text(
                "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
                "VALUES (:client, 'B', 'CHF', :day)"
            ),
            values,
        )


def test_what_is_late_for_a_month_in_another_currency_is_refused_and_kept(own: Books) -> None:
    own.close("2026-10", IN_NOVEMBER)
    late = own.ground.event("2026-10-06T10:00:00+00:00", "7", id_="late")
    moved = correction(wrong(own), at="2026-11-02T10:00:00+00:00", quantity="10")
    today = own.ground.event("2026-11-06T10:00:00+00:00", "9", id_="today")
    assert recorded(own.ground, late, moved, today, as_of=LATER).rejected == 2
    assert own.ground.rows(REFUSED) == [("old_currency", REASON), ("old_currency", REASON)]
    november = own.document(own.close("2026-11", override="No price").number)
    assert november.invoice.currency == "CHF"
    assert november.invoice.net == 0


def test_what_is_stored_comes_again_as_before(own: Books) -> None:
    own.close("2026-10", IN_NOVEMBER)
    again = recorded(own.ground, wrong(own), as_of=LATER)
    assert (again.duplicate, again.rejected) == (1, 0)


def test_while_the_old_month_is_open_it_takes_what_it_took(own: Books) -> None:
    late = own.ground.event("2026-10-06T10:00:00+00:00", "7", id_="late")
    assert recorded(own.ground, late, as_of=LATER).rejected == 0
    assert ("egress", "57.00") in own.lines(own.close("2026-10", LATER).number)


def test_a_currency_that_came_after_the_late_record_is_named_at_the_close(
    database: Database,
) -> None:
    own = books(database)
    recorded(own.ground, wrong(own), as_of=IN_NOVEMBER)
    own.close("2026-10", IN_NOVEMBER)
    late = own.ground.event("2026-10-06T10:00:00+00:00", "7", id_="late")
    recorded(own.ground, late, as_of=LATER)
    francs_from(own, "2026-11-01")
    with pytest.raises(ClosingRefusedError) as refusal:
        own.close("2026-11")
    assert refusal.value.sentences == (
        (
            "2026-10 was billed in EUR, so it can't be adjusted on a document in CHF. Let the "
            "agreement in the new currency begin a month later."
        ),
    )
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE client_id = :client ORDER BY billing_period"
    ) == [("issued",), ("open",)]


def test_a_month_is_not_billed_again_where_the_next_document_has_another_currency(
    own: Books,
) -> None:
    """Francs in November could not adjust what October's euros were billed as once more."""
    asked = rebilling(own, own.close("2026-10", IN_NOVEMBER).number)
    with pytest.raises(ClosingRefusedError) as refusal:
        credit(own.database.writer, asked, own.key)
    assert refusal.value.sentences == (
        (
            "2026-11 is billed in CHF, and would have to adjust HARBOUR-2026-0001 in EUR: credit "
            "it without --rebill, and charge the rest by a one-off charge."
        ),
    )
    assert own.ground.rows("SELECT count(*) FROM billing.invoice") == [(1,)]
    credited = credit(own.database.writer, replace(asked, again=None), own.key)
    assert credited.credit_note == "HARBOUR-2026-0002"


def rebilling(own: Books, number: str) -> Crediting:
    return Crediting(
        client_id=own.client_id,
        number=number,
        reason="Wrong price",
        as_of=LATER,
        actor="ada",
        again=Again(),
    )


@pytest.mark.parametrize(("day", "month"), [("2027-01-10", "2027-01"), ("2027-02-01", "2027-02")])
def test_months_without_an_agreement_have_no_document_between(
    database: Database, day: str, month: str
) -> None:
    own = books(database)
    recorded(own.ground, wrong(own), as_of=IN_NOVEMBER)
    number = own.close("2026-10", IN_NOVEMBER).number
    francs_from(own, day, ended="2026-11-01")
    with pytest.raises(ClosingRefusedError, match=f"{month} is billed in CHF, and would have to"):
        credit(own.database.writer, rebilling(own, number), own.key)


def test_without_a_later_agreement_a_month_is_billed_again(database: Database) -> None:
    own = books(database)
    recorded(own.ground, wrong(own), as_of=IN_NOVEMBER)
    number = own.close("2026-10", IN_NOVEMBER).number
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET ends_on = '2026-11-01'"))
    corrected = credit(own.database.writer, rebilling(own, number), own.key)
    assert corrected.replacement == "HARBOUR-2026-0003"
