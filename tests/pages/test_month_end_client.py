"""Month end of one client: its draft beside the month before, what is missing, what is decided."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from components import month_states
from db.commands.closing import Closing, close_month
from db.commands.closing.cut import cut, lock_month
from db.commands.month_states import refresh_months
from tests.pages import harbour
from tests.pages.conftest import Screens, words
from tests.pages.test_month_end import approvals, plain
from tests.pages.test_query_counts import statements
from tests.support.closing import key_in_use
from tests.support.month_ends import put_approval

OCTOBER = date(2026, 10, 1)
REASON = "The record is known and agreed."
IN_DECEMBER = datetime(2026, 12, 5, 9, tzinfo=UTC)
REFUSED = (
    "INSERT INTO billing.rejected_record (client_id, line, code, reason, record, source_code, "
    "profile) SELECT client_id, 1, 'unknown-meter', 'No such meter.', 'a,b', 'hypervisor', 'x' "
    "FROM billing.client WHERE slug = 'harbour'"
)


@pytest.fixture(autouse=True)
def at_the_desk(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody comes from one place, with a password of his own."""
    monkeypatch.setattr(month_states, "network_address", lambda: "192.0.2.1")
    with screens.database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))


def client_id(screens: Screens) -> int:
    return harbour.number_of(screens.database, "billing.client", "client_id", "slug", "harbour")


def run(screens: Screens, statement: str) -> None:
    """Change something of the client as the owner, as a command would."""
    with screens.database.as_owner() as connection:
        connection.execute(text(statement))
        connection.execute(
            text("SELECT billing.raise_client_version(:id)"), {"id": client_id(screens)}
        )


def looked_at(screens: Screens) -> None:
    """Let the worker look at all months as of the screens' present."""
    refresh_months(screens.database.writer, screens.clock.now)


def opened(screens: Screens, month: str = "2026-10", email: str = harbour.BILLING) -> AppTest:
    looked_at(screens)
    return screens.open("month_end", email, client="harbour", period=month)


def buttons(page: AppTest) -> set[str]:
    return {button.key for button in page.button if button.key}


def said(page: AppTest) -> str:
    return " ".join(plain(words(page)).split())


def issue_october(screens: Screens, at: datetime) -> str:
    """Close October as of an instant; its number."""
    asked = Closing(client_id=client_id(screens), month=OCTOBER, as_of=at, actor="test")
    closed = close_month(screens.database.writer, asked, key_in_use(screens.database))
    assert closed is not None
    return closed.number


def test_a_ready_month_shows_its_draft_and_is_approved_and_taken_back(screens: Screens) -> None:
    page = opened(screens)
    shown = said(page)
    assert "October 2026 before tax €2,000.00" in shown
    assert "State: ready" in shown
    assert "Total before tax €2,000.00" in shown
    page.button(key="approve").click().run()
    assert approvals(screens) == [("harbour", harbour.BILLING, None)]
    assert page.session_state["notice"].startswith("Approved. The worker issues it")
    assert "State: approved Approved by billing@msp.example on" in said(page)
    page.button(key="withdraw").click().run()
    assert approvals(screens) == []
    assert "State: ready" in said(page)


def test_the_lines_stand_beside_those_of_the_month_before(screens: Screens) -> None:
    issue_october(screens, screens.clock.now)
    screens.clock.now = IN_DECEMBER
    shown = said(opened(screens, "2026-11"))
    assert "November 2026 before tax €1,075.00 −€925.00 (−46.2%) against €2,000.00" in shown
    assert "Compute hours €0.00 €75.00 +€75.00" in shown
    assert "Total before tax €2,000.00 €1,075.00 −€925.00 (−46.2%)" in shown


def test_an_issued_month_leads_to_its_document_and_nothing_is_decided(screens: Screens) -> None:
    number = issue_october(screens, screens.clock.now)
    page = opened(screens)
    assert number == "HARBOUR-2026-0001"
    assert f"State: issued as {number}" in said(page)
    assert f'href="invoices?client=harbour&amp;invoice={number}"' in words(page)
    assert not {"approve", "withdraw"} & buttons(page)
    assert not page.text_area


def test_what_is_missing_is_said_in_sentences_with_the_way_to_mend_it(screens: Screens) -> None:
    run(screens, REFUSED)
    page = opened(screens)
    sentence = "1 refused record waits for somebody (source hypervisor, unknown-meter)"
    assert sentence in said(page)
    way = 'href="consumption?client=harbour&amp;period=2026-10&amp;show=quality"'
    assert way in words(page)
    assert "State: not ready" in said(page)


def test_a_month_is_issued_in_spite_of_something_with_a_reason_only(screens: Screens) -> None:
    run(screens, REFUSED)
    page = opened(screens)
    send = next(each for each in page.button if each.label == "Issue in spite of it")
    page.text_area[0].set_value("too short")
    send.click().run()
    assert page.session_state["not_done"] == "Give a reason of 10 to 500 characters."
    assert approvals(screens) == []
    page.text_area[0].set_value(f"  {REASON}\u202e")
    next(each for each in page.button if each.label == "Issue in spite of it").click().run()
    assert approvals(screens) == [("harbour", harbour.BILLING, REASON)]
    assert f"Issued in spite of what is missing: {REASON}" in said(page)
    assert not page.text_area


def test_in_its_grace_time_a_month_says_until_when_and_can_be_issued_at_once(
    screens: Screens,
) -> None:
    screens.clock.now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    page = opened(screens)
    assert "State: in grace until 4 Nov 2026, 00:00" in said(page)
    assert "the grace time is not over" in said(page)
    page.text_area[0].set_value(REASON)
    next(each for each in page.button if "grace" in each.label).click().run()
    assert approvals(screens) == [("harbour", harbour.BILLING, REASON)]


def test_what_no_reason_overrides_offers_none(screens: Screens) -> None:
    screens.clock.now = IN_DECEMBER
    page = opened(screens, "2026-11")
    assert "2026-10 is not issued yet" in said(page)
    assert 'href="month_end?client=harbour&amp;period=2026-10"' in words(page)
    assert not page.text_area
    assert "approve" in buttons(page)


def test_a_running_month_is_not_decided(screens: Screens) -> None:
    page = opened(screens, "2026-11")
    assert "State: running until 1 Dec 2026, 00:00" in said(page)
    assert not {"approve", "withdraw"} & buttons(page)


def test_an_approval_that_comes_too_late_to_be_taken_back_is_refused_in_a_sentence(
    screens: Screens,
) -> None:
    page = opened(screens)
    page.button(key="approve").click().run()
    with screens.database.as_writer(client_id(screens)) as connection:
        lock_month(connection, client_id(screens), OCTOBER)
        cut(connection, client_id(screens), OCTOBER, screens.clock.now, "")
    page.button(key="withdraw").click().run()
    refused = "The worker is closing the month: nothing can be changed about it any more."
    assert page.session_state["not_done"] == refused
    assert len(approvals(screens)) == 1
    assert "State: closing" in said(page)


def test_a_closing_that_failed_says_why_and_is_tried_again(screens: Screens) -> None:
    looked_at(screens)
    put_approval(
        screens.database,
        "harbour",
        OCTOBER,
        by=harbour.BILLING,
        at=screens.clock.now,
        fault="There is no signing key.",
    )
    page = opened(screens)
    assert "State: failed" in said(page)
    assert "There is no signing key." in said(page)
    assert {"approve", "withdraw"} <= buttons(page)
    page.button(key="approve").click().run()
    assert "State: approved" in said(page)


def test_a_double_click_approves_once_and_says_so_once(screens: Screens) -> None:
    page = opened(screens)
    twice = page.button(key="approve")
    twice.click().run()
    twice.click().run()
    assert len(approvals(screens)) == 1
    assert "not_done" not in page.session_state


def test_somebody_elses_approval_is_told(screens: Screens) -> None:
    page = opened(screens)
    put_approval(screens.database, "harbour", OCTOBER, by="x@msp.example", at=screens.clock.now)
    page.button(key="approve").click().run()
    assert page.session_state["not_done"] == "It was approved before."
    assert approvals(screens) == [("harbour", "x@msp.example", None)]


def test_a_month_that_is_unknown_for_a_client_says_so(screens: Screens) -> None:
    looked_at(screens)
    page = screens.open("month_end", harbour.BILLING, client="quayside", period="2026-10")
    assert "No agreement runs in October 2026, or the worker has yet to look at it." in said(page)
    assert 'href="month_end?period=2026-10"' in words(page)


def test_books_kept_elsewhere_get_the_draft_and_show_what_came_back(screens: Screens) -> None:
    run(screens, "UPDATE billing.issuer SET books = 'elsewhere'")
    number = issue_october(screens, screens.clock.now)
    page = opened(screens)
    assert f"State: stated as {number}" in said(page)
    assert "Nothing came back yet." in said(page)
    assert f'href="/export/invoice/{number}.draft.csv?client=harbour"' in words(page)
    assert "python -m jobs books take FILE" in words(page)
    run(
        screens,
        "INSERT INTO billing.legal_invoice (client_id, billing_period, number, issued_on, "
        "currency, net, gross, recorded_by, recorded_at) SELECT client_id, '2026-10-01', "
        "'2026/1044', '2026-11-05', 'EUR', 2000.01, 2000.01, 'x', '2099-01-01' "
        "FROM billing.client WHERE slug = 'harbour'",
    )
    assert "Before tax €2,000.00 €2,000.01 +€0.01 (under 0.1%)" in said(opened(screens))


def test_one_client_asks_a_bounded_number_of_times(screens: Screens) -> None:
    looked_at(screens)
    with statements() as asked:
        page = screens.open("month_end", harbour.BILLING, client="harbour", period="2026-10")
    assert not page.exception
    assert len([each for each in asked if "auth." not in each]) <= 25
