"""Overview: the figures of the draft, for each role, and what it says when there is none."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from tests.pages import billed, harbour
from tests.pages.conftest import NOW, Screens, words


@pytest.mark.parametrize("email", harbour.EVERYBODY)
def test_everybody_sees_the_draft_and_its_charges(screens: Screens, email: str) -> None:
    page = screens.open("overview", email, client="harbour")
    shown = words(page)
    assert page.title[0].value == "Overview"
    assert "November usage + December fee" in shown
    assert "so far; to be issued 1 Dec" in shown
    assert "€1,075.00" in shown
    assert "before tax" in shown
    assert "Fixed fees <strong>€1,000.00</strong>" in shown
    assert "Variable <strong>€75.00</strong>" in shown
    assert "850 machine hours" in shown


def test_it_says_whose_days_these_are_and_how_fresh_the_data_is(screens: Screens) -> None:
    shown = words(screens.open("overview"))
    assert "Harbour &amp; Lane" in shown
    assert "1–30 Nov 2026 (Europe/Amsterdam)" in shown
    assert "data to 10 Nov 2026, 11:00, its source reporting" in shown


def test_the_way_to_the_next_tier_is_told_in_words(screens: Screens) -> None:
    shown = words(screens.open("overview"))
    assert "850 of 1,100 machine hours to Peak ·\u00a075%" in shown
    assert "Now in Growth" in shown


def test_crossings_are_listed_once_each_and_lead_to_their_record(screens: Screens) -> None:
    shown = words(screens.open("overview"))
    assert "80% of the way to Growth" in shown
    assert "entered Growth" in shown
    assert shown.count("consumption?event=") == 3


def test_an_ended_month_is_drafted_and_not_issued_yet(screens: Screens) -> None:
    shown = words(screens.open("overview", period="2026-10"))
    assert "drafted, not issued yet" in shown
    assert "€2,000.00" in shown


def test_last_month_stands_beside_the_running_one_while_it_is_in_grace(screens: Screens) -> None:
    screens.clock.now = datetime(2026, 11, 3, 12, tzinfo=UTC)
    shown = words(screens.open("overview"))
    assert "late records still come in until 4 Nov 2026, 00:00" in shown
    assert "€2,000.00 before tax" in shown
    assert "November usage + December fee" in shown


def test_after_its_grace_last_month_is_no_longer_beside_the_running_one(screens: Screens) -> None:
    assert "late records still come in" not in words(screens.open("overview"))


def test_a_client_whose_agreement_has_not_begun_is_told_when_it_will(screens: Screens) -> None:
    shown = words(screens.open("overview", "finance@newcomer.example"))
    assert "No agreement runs in this month" in shown
    assert "The agreement starts on 1 Jan 2027" in shown


def test_a_client_without_records_sees_its_fees_and_what_is_to_come(screens: Screens) -> None:
    shown = words(screens.open("overview", harbour.OTHER))
    assert "Nothing has been measured yet" in shown
    assert "no data yet" in shown
    assert "€2,000.00" in shown


def test_nothing_says_cost_to_a_client(screens: Screens) -> None:
    for page in ("overview", "consumption", "agreement"):
        assert "cost " not in words(screens.open(page)).lower()


def test_sources_are_for_those_who_mend_them(screens: Screens) -> None:
    assert "Last record occurred" in words(screens.open("overview", harbour.IT))
    assert "Last record occurred" not in words(screens.open("overview"))


def test_a_sheet_made_for_one_role_is_not_shown_to_another(screens: Screens) -> None:
    for email, sees in ((harbour.IT, True), (harbour.FINANCE, False), (harbour.IT, True)):
        assert ("Last record occurred" in words(screens.open("overview", email))) is sees


def test_a_sheet_made_for_one_address_is_not_shown_at_another(screens: Screens) -> None:
    named = words(screens.open("overview", client="harbour"))
    assert "client=harbour" in named
    assert "client=harbour" not in words(screens.open("overview"))


def test_an_address_carries_no_view_but_the_clients(screens: Screens) -> None:
    assert "view=" not in words(screens.open("overview", view="anything"))
    assert "view=client" in words(screens.open("overview", view="client"))


def test_viewing_as_the_client_shows_what_its_finance_sees(screens: Screens) -> None:
    as_client = words(screens.open("overview", harbour.MANAGER, client="harbour", view="client"))
    own = words(screens.open("overview"))
    without_addresses = [re.sub('href="[^"]*"', "", shown) for shown in (as_client, own)]
    assert without_addresses[0] == without_addresses[1]


def test_an_account_manager_sees_one_client_at_a_time(screens: Screens) -> None:
    shown = words(screens.open("overview", harbour.MANAGER, client="quayside"))
    assert "Quayside" in shown
    assert "Harbour" not in shown


def test_what_is_kept_of_one_client_is_never_shown_of_another(screens: Screens) -> None:
    with screens.database.as_owner() as connection:  # so that nothing but the client tells them
        connection.execute(text("UPDATE billing.client_version SET version = 50"))
        connection.execute(text("UPDATE billing.month_version SET version = 50"))
    for slug, used in (("harbour", True), ("quayside", False), ("harbour", True)):
        shown = words(screens.open("overview", harbour.MANAGER, client=slug))
        assert ("850 machine hours" in shown) is used


def test_an_adjustment_of_what_is_charged_no_more_leads_to_its_own_month(screens: Screens) -> None:
    """Compute hours are charged until the end of October; a late record of it costs 4.00 more."""
    billed.issue_october(screens.database)
    with screens.database.as_owner() as connection:
        connection.execute(
            text(
                "UPDATE billing.price SET ends_on = '2026-11-01' WHERE code = 'compute' "
                "AND starts_on < '2026-11-01'"
            )
        )
    harbour.record_usage(screens.database, NOW, (billed.LATE,))
    shown = words(screens.open("overview"))
    charge = next(row for row in shown.split("<tr") if "Compute hours, adjustment of" in row)
    assert "€4.00" in charge
    assert "consumption?period=2026-10&amp;meter=compute-hours" in charge
    assert "140 machine hours" in charge
