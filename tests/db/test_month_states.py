"""How far a month is at its end, as the worker keeps it: totals, what is missing, what changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, text

from db.commands.closing.cut import cut
from db.commands.month_states import refresh_months, refresh_months_of
from db.commands.month_states.books import books_of
from db.queries.month_drafts import standing_of
from tests.support.closing import Books, books
from tests.support.corrections import recorded
from tests.support.database import Database

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
#: October in Amsterdam ended at 23:00 UTC on the 31st; its grace time ends 72 hours later.
IN_GRACE = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 5, 9, tzinfo=UTC)
IN_DECEMBER = datetime(2026, 12, 5, tzinfo=UTC)
TOO_LARGE = (
    "Line 1, egress, has a figure of more than 18 digits: look for a record with an absurd "
    "quantity, and supersede it."
)


@pytest.fixture
def own(database: Database) -> Books:
    """October: 150 GB of egress at 1.00 each, and nothing else."""
    made = books(database)
    client = made.ground
    recorded(
        client,
        client.event("2026-10-05T10:00:00+00:00", "110"),
        client.event("2026-10-06T10:00:00+00:00", "40", resource="vm-2"),
        as_of=datetime(2026, 10, 7, tzinfo=UTC),
    )
    return made


def state_of(own: Books, month: date = OCTOBER) -> dict[str, object]:
    """What is kept of a month, without amounts' trailing zeros."""
    with own.database.as_owner() as connection:
        row = (
            connection.execute(
                text("SELECT * FROM billing.month_state WHERE billing_period = :month"),
                {"month": month},
            )
            .mappings()
            .one()
        )
    amounts = ("net", "gross", "adjusted_net", "former_net", "legal_net", "legal_gross")
    return {
        name: f"{value:.2f}" if name in amounts and value is not None else value
        for name, value in row.items()
    }


def run(own: Books, statement: str) -> None:
    with own.database.as_owner() as connection:
        connection.execute(text(statement))
        connection.execute(
            text("SELECT billing.raise_client_version(:client)"), {"client": own.client_id}
        )


def test_an_ended_month_is_drafted_and_stands_until_its_grace_time_ends(own: Books) -> None:
    assert refresh_months(own.database.writer, IN_GRACE) == 1
    found = state_of(own)
    assert (found["period_state"], found["is_shadow"], found["matters"]) == ("open", False, {})
    assert (found["net"], found["gross"], found["currency"]) == ("150.00", "150.00", "EUR")
    assert (found["former_net"], found["number"], found["fault"]) == (None, None, None)
    assert found["ends_at"] == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert found["grace_until"] == datetime(2026, 11, 3, 23, tzinfo=UTC)


def test_a_month_without_any_record_is_stored_once_it_has_ended(own: Books) -> None:
    refresh_months(own.database.writer, LATER)
    assert own.ground.rows("SELECT count(*) FROM billing.month_state") == [(1,)]
    refresh_months(own.database.writer, IN_DECEMBER)
    assert state_of(own, NOVEMBER)["net"] == "0.00"
    assert own.ground.rows(
        "SELECT state FROM billing.billing_period WHERE billing_period = '2026-11-01'"
    ) == [("open",)]


def test_a_running_month_has_no_total_yet(own: Books) -> None:
    client = own.ground
    recorded(client, client.event("2026-11-02T10:00:00+00:00", "7"), as_of=LATER)
    refresh_months(own.database.writer, LATER)
    assert state_of(own)["net"] == "150.00"
    running = state_of(own, NOVEMBER)
    assert (running["net"], running["matters"], running["period_state"]) == (None, {}, "open")


def test_what_is_missing_is_counted_by_kind(own: Books) -> None:
    client = own.ground
    recorded(client, client.event("2026-10-07T10:00:00+00:00", "3", meter="devices"), as_of=LATER)
    run(own, "UPDATE billing.source SET expects_every = interval '1 hour'")
    run(own, "UPDATE billing.agreement SET tax_code = 'NL-21'")
    run(
        own,
        "INSERT INTO billing.tax_rate (code, starts_on, name, treatment, rate) "
        "VALUES ('NL-9', '2026-01-01', 'Low', 'standard', 0.09)",
    )
    refresh_months(own.database.writer, IN_DECEMBER)
    october, november = state_of(own), state_of(own, NOVEMBER)
    assert october["matters"] == {"silent_sources": 1, "unpriced_meters": 1, "untaxed_codes": 1}
    assert november["matters"] == {"month_before": 1, "silent_sources": 1}
    assert (october["net"], october["gross"]) == (None, None)
    assert str(october["fault"]).startswith("It cannot be taxed: ")


def test_refused_records_that_wait_are_counted_until_somebody_settles_them(own: Books) -> None:
    run(
        own,
        "INSERT INTO billing.rejected_record (client_id, line, code, reason, record, source_code, "
        "profile) SELECT client_id, n, 'unknown-meter', 'No such meter.', 'a,b', 'collector', 'x' "
        "FROM billing.client, generate_series(1, 14) n",
    )
    refresh_months(own.database.writer, IN_GRACE)
    assert state_of(own)["matters"] == {"refused_records": 14}
    run(
        own,
        "UPDATE billing.rejected_record SET state = 'dismissed', resolved_at = now(), "
        "resolution = 'x'",
    )
    refresh_months(own.database.writer, LATER)
    assert state_of(own)["matters"] == {}


def test_where_nothing_changed_nothing_is_looked_up_but_the_look_is_noted(own: Books) -> None:
    refresh_months(own.database.writer, IN_GRACE)
    before = state_of(own)
    assert refresh_months(own.database.writer, LATER) == 0
    after = state_of(own)
    assert after["looked_at"] == LATER
    assert {**after, "looked_at": None} == {**before, "looked_at": None}


def test_a_late_record_is_in_the_next_draft_and_open_pages_are_told(own: Books) -> None:
    refresh_months(own.database.writer, IN_GRACE)
    before = state_of(own)
    client = own.ground
    recorded(client, client.event("2026-10-30T10:00:00+00:00", "30"), as_of=IN_GRACE)
    assert refresh_months(own.database.writer, IN_GRACE) == 1
    after = state_of(own)
    assert (before["net"], after["net"]) == ("150.00", "180.00")
    assert after["changes"] == before["changes"] + 1  # type: ignore[operator]  # both are numbers


def test_a_record_of_the_next_month_drafts_nothing_anew_and_tells_nobody(own: Books) -> None:
    refresh_months(own.database.writer, IN_GRACE)
    before = state_of(own)
    client = own.ground
    recorded(client, client.event("2026-11-01T10:00:00+00:00", "30"), as_of=IN_GRACE)
    recorded(client, client.event("2026-11-01T11:00:00+00:00", "30"), as_of=IN_GRACE)
    refresh_months(own.database.writer, IN_GRACE)
    with statements(own.database) as sent:
        recorded(client, client.event("2026-11-01T12:00:00+00:00", "30"), as_of=IN_GRACE)
        sent.clear()
        assert refresh_months(own.database.writer, LATER) == 1
    assert not any("billing.usage_hour" in each for each in sent)
    after = state_of(own)
    assert (after["net"], after["changes"]) == (before["net"], before["changes"])


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that the writer sends."""
    sent: list[str] = []

    def note(*given: object) -> None:
        sent.append(str(given[2]))

    event.listen(database.writer, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.writer, "before_cursor_execute", note)


def test_an_issued_month_has_its_number_and_the_next_one_compares_with_it(own: Books) -> None:
    refresh_months(own.database.writer, LATER)
    own.close("2026-10", LATER)
    refresh_months(own.database.writer, IN_DECEMBER)
    october, november = state_of(own), state_of(own, NOVEMBER)
    assert (october["period_state"], october["number"]) == ("issued", "HARBOUR-2026-0001")
    assert (october["is_legal"], october["net"], october["matters"]) == (True, "150.00", {})
    assert (november["former_net"], november["matters"]) == ("150.00", {})


def test_a_months_state_follows_at_once_whoever_closes_it(own: Books) -> None:
    refresh_months(own.database.writer, LATER)
    before = state_of(own)
    with own.database.as_writer(own.client_id) as connection:
        cut(connection, own.client_id, OCTOBER, LATER, "")
    cut_off = state_of(own)
    assert (before["period_state"], cut_off["period_state"]) == ("open", "closing")
    assert cut_off["changes"] == before["changes"] + 1  # type: ignore[operator]  # both are numbers
    own.close("2026-10", LATER)
    assert state_of(own)["period_state"] == "issued"
    refresh_months_of(own.database.writer, own.client_id, LATER)
    assert state_of(own)["number"] == "HARBOUR-2026-0001"


def test_a_failed_closing_is_told_too(own: Books) -> None:
    refresh_months(own.database.writer, LATER)
    run(
        own,
        "INSERT INTO billing.period_approval (client_id, billing_period, approved_by) "
        "SELECT client_id, '2026-10-01', 'billing@msp.example' FROM billing.client",
    )
    before = state_of(own)["changes"]
    with own.database.as_writer(own.client_id) as connection:
        connection.execute(
            text("UPDATE billing.period_approval SET failed_at = now(), fault = 'No key.'")
        )
    assert state_of(own)["changes"] == before + 1  # type: ignore[operator]  # both are numbers


def test_a_month_before_the_first_that_is_billed_here_is_only_compared(own: Books) -> None:
    run(own, "UPDATE billing.client SET invoices_from = '2026-11-01'")
    refresh_months(own.database.writer, IN_DECEMBER)
    october, november = state_of(own), state_of(own, NOVEMBER)
    assert (october["is_shadow"], october["net"], october["matters"]) == (True, "150.00", {})
    assert (november["is_shadow"], november["matters"]) == (False, {})


def test_the_other_systems_total_is_taken_over_whenever_it_comes(own: Books) -> None:
    own.close("2026-10", LATER)
    refresh_months(own.database.writer, LATER)
    assert state_of(own)["legal_numbers"] is None
    run(
        own,
        "INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, "
        "currency, net, gross, recorded_by, recorded_at) SELECT client_id, '2026-10-01', number, "
        "'2026-11-05', currency, net, gross, 'x', '2026-11-06' FROM billing.client, (VALUES "
        "('F-2', 'EUR', 100.5, 121.61), ('F-1', 'EUR', 50, 60.5), ('X-1', 'USD', 1, 1)) "
        "AS given (number, currency, net, gross)",
    )
    assert refresh_months(own.database.writer, datetime(2026, 11, 7, tzinfo=UTC)) == 1
    october = state_of(own)
    assert october["legal_numbers"] == "F-1, F-2"
    assert (october["legal_net"], october["legal_gross"]) == ("150.50", "182.11")
    assert refresh_months(own.database.writer, datetime(2026, 11, 8, tzinfo=UTC)) == 0


def test_a_client_whose_agreement_ended_is_looked_up_no_more(own: Books) -> None:
    run(own, "UPDATE billing.agreement SET ends_on = '2026-11-01'")
    own.close("2026-10", LATER)
    assert refresh_months(own.database.writer, LATER) == 1
    for month in (12, 1, 6):
        at = datetime(2026 if month == 12 else 2027, month, 9, tzinfo=UTC)
        assert refresh_months(own.database.writer, at) == 0


def test_what_comes_after_the_end_is_looked_up(own: Books) -> None:
    run(own, "UPDATE billing.agreement SET ends_on = '2026-11-01'")
    own.close("2026-10", LATER)
    refresh_months(own.database.writer, LATER)
    late = own.ground.event("2026-10-30T10:00:00+00:00", "30")
    recorded(own.ground, late, as_of=LATER)
    assert refresh_months(own.database.writer, LATER) == 1
    assert refresh_months(own.database.writer, IN_DECEMBER) == 1
    november = state_of(own, NOVEMBER)
    assert (november["net"], november["adjusted_net"]) == ("30.00", "30.00")
    assert refresh_months(own.database.writer, datetime(2027, 3, 9, tzinfo=UTC)) == 0


def test_a_client_whose_agreement_has_not_begun_is_not_looked_up(own: Books) -> None:
    refresh_months(own.database.writer, LATER)
    books_of_many(own.database, 1)
    run(
        own,
        "UPDATE billing.agreement SET starts_on = '2027-03-31' WHERE code = 'A' AND client_id <> 1",
    )
    assert refresh_months(own.database.writer, LATER) == 1
    assert refresh_months(own.database.writer, datetime(2027, 4, 1, 12, tzinfo=UTC)) == 2


def test_another_systems_number_in_another_currency_is_looked_up_once(own: Books) -> None:
    own.close("2026-10", LATER)
    refresh_months(own.database.writer, LATER)
    run(
        own,
        "INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, "
        "currency, net, gross, recorded_by, recorded_at) SELECT client_id, '2026-10-01', 'X-1', "
        "'2026-11-05', 'USD', 1, 1, 'x', '2026-11-06' FROM billing.client",
    )
    assert refresh_months(own.database.writer, datetime(2026, 11, 7, tzinfo=UTC)) == 1
    assert refresh_months(own.database.writer, datetime(2026, 11, 8, tzinfo=UTC)) == 0


def test_a_look_at_many_clients_of_whom_nothing_changed_is_a_few_questions(
    database: Database,
) -> None:
    for number in range(6):
        books_of_many(database, number)
    refresh_months(database.writer, IN_GRACE)
    with statements(database) as sent:
        assert refresh_months(database.writer, LATER) == 0
    assert len([each for each in sent if "set_config" not in each]) == 3


def books_of_many(database: Database, number: int) -> None:
    if number == 0:
        books(database, slug="client-0")
        return
    client = database.client(f"client-{number}")
    with database.as_owner() as connection:
        connection.execute(
            text(
                "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
                "VALUES (:client, 'A', 'EUR', '2026-10-01')"
            ),
            {"client": client},
        )


def test_a_figure_too_large_to_be_stored_is_the_months_fault_and_the_look_goes_on(
    own: Books,
) -> None:
    """Ten records of 10^17 GB at 1.00 each: 10^18 have 19 digits."""
    hours = range(10, 20)
    absurd = [own.ground.event(f"2026-10-09T{at}:00:00+00:00", f"{10**17}") for at in hours]
    recorded(own.ground, *absurd, as_of=IN_GRACE)
    other = books(own.database, slug="quayside").ground
    recorded(other, other.event("2026-10-05T10:00:00+00:00", "7"), as_of=IN_GRACE)
    assert refresh_months(own.database.writer, LATER) == 2
    assert own.ground.rows(
        "SELECT trim_scale(net)::text, fault FROM billing.month_state ORDER BY client_id"
    ) == [(None, TOO_LARGE), ("7", None)]


def test_with_two_clients_in_sight_each_is_looked_up_by_its_own_rows(own: Books) -> None:
    other = books(own.database, slug="quayside").ground
    recorded(other, other.event("2026-10-05T10:00:00+00:00", "7"), as_of=IN_GRACE)
    refresh_months(own.database.writer, LATER)
    run(
        own,
        "INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, "
        "currency, net, gross, recorded_by) SELECT client_id, '2026-10-01', slug, '2026-11-05', "
        "'EUR', 1, 1, 'x' FROM billing.client",
    )
    for client, net in ((own.client_id, "150.00"), (other.client_id, "7.00")):
        with own.database.as_writer(client) as connection:
            alone = books_of(connection, client), standing_of(connection, client, OCTOBER, LATER)
        with own.database.as_writer(own.client_id, other.client_id) as connection:
            both = books_of(connection, client), standing_of(connection, client, OCTOBER, LATER)
        assert both == alone
        standing = alone[1]
        assert standing is not None
        assert standing.draft.invoice is not None
        assert f"{standing.draft.invoice.net}" == net
