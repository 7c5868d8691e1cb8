"""Questions and disputes on the page: who asks, who answers, and that nothing typed is lost."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from tests.pages import billed, harbour
from tests.pages.conftest import Screens, words
from tests.support.portal import database_down

HOSTILE = "<script>alert(1)</script>\n![x](http://evil.example/a.png) =cmd|'/C calc'!A0"


@pytest.fixture
def issued(screens: Screens, monkeypatch: pytest.MonkeyPatch) -> Screens:
    """October is issued: line 1 is the platform's fee of 1,000.00."""
    monkeypatch.setattr("components.issued.network_address", lambda: "192.0.2.1")
    billed.issue_october(screens.database)
    with screens.database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))
    return screens


def opened(screens: Screens, email: str = harbour.FINANCE, **query: str) -> AppTest:
    return screens.open("invoices", email, client="harbour", invoice=billed.FIRST, **query)


def fill(page: AppTest, *, message: str = "", amount: str = "") -> AppTest:
    if message:
        page.text_area[0].set_value(message)
    if amount:
        page.text_input[0].set_value(amount)
    return page


def press(page: AppTest, label: str) -> AppTest:
    next(each for each in page.button if each.label == label).click()
    return page.run()


def ask(screens: Screens, message: str = "Why?", amount: str = "") -> str:
    """Ask about line 1; the question's number."""
    page = press(fill(opened(screens, line="1"), message=message, amount=amount), "Send")
    assert "question" in page.query_params, words(page)
    return str(page.query_params["question"][0])


def forms(page: AppTest) -> list[str]:
    return [each.label for each in page.button]


def test_finance_asks_about_a_line_and_sees_the_question(issued: Screens) -> None:
    page = press(fill(opened(issued, line="1"), message="Why 1,000?"), "Send")
    shown = words(page)
    assert "Why 1,000?" in shown
    assert "open: waits for an answer" in shown
    assert "line 1: Platform" in shown
    assert "Femke" in shown
    assert "Harbour &amp; Lane" in shown
    assert page.text_area[0].value == ""
    assert "question open" in words(issued.open("invoices"))


def test_finance_disputes_an_amount_of_a_line(issued: Screens) -> None:
    ask(issued, "Agreed were 950", "50")
    shown = words(opened(issued))
    assert "Dispute of €50.00 before tax" in shown
    assert "dispute open" in words(issued.open("invoices"))


def test_a_line_is_chosen_where_the_whole_document_is_shown(issued: Screens) -> None:
    page = fill(opened(issued), message="Too much", amount="50")
    page.selectbox[0].set_value(1)
    assert "Dispute of €50.00 before tax" in words(press(page, "Send"))


def test_an_amount_without_its_line_is_asked_for(issued: Screens) -> None:
    page = press(fill(opened(issued), message="Too much", amount="50"), "Send")
    assert "Choose the line whose amount you dispute. What you typed is kept." in words(page)


@pytest.mark.parametrize(
    ("message", "amount", "sentence"),
    [
        ("Too much", "1000.01", "more than was disputed, or than is left of this line"),
        ("Too much", "fifty", "Write the amount in digits, like €1,234.50."),
        ("Too much", "-5", "Write an amount above zero."),
        ("Too much", "0.001", "EUR has 2 decimals"),
        ("", "50", "Write a message: what is it about?"),
        ("   \n ", "", "Write a message: what is it about?"),
    ],
)
def test_what_cannot_be_sent_says_why_and_stays_typed(
    issued: Screens, message: str, amount: str, sentence: str
) -> None:
    page = press(fill(opened(issued, line="1"), message=message, amount=amount), "Send")
    assert sentence in words(page)
    assert page.text_area[0].value == message
    assert page.text_input[0].value == amount
    assert "Nothing was asked yet." in words(page)
    assert sentence not in words(page.run())


def test_what_was_typed_is_sent_once_it_fits(issued: Screens) -> None:
    page = press(fill(opened(issued, line="1"), message="Too much", amount="5000"), "Send")
    page.text_input[0].set_value("50")
    assert "Dispute of €50.00 before tax" in words(press(page, "Send"))


def test_what_was_typed_outlives_a_database_that_is_away(issued: Screens) -> None:
    page = fill(opened(issued, line="1"), message="We had one platform only", amount="50")
    with database_down(issued.database):
        next(each for each in page.button if each.label == "Send").click()
        page.run()
    page.run()
    assert page.text_area[0].value == "We had one platform only"
    assert page.text_input[0].value == "50"
    assert "Dispute of €50.00 before tax" in words(press(page, "Send"))


def test_nothing_is_left_to_dispute_of_a_line_of_nothing(issued: Screens) -> None:
    page = opened(issued, line="4")
    assert "Nothing is left of this line to dispute." in words(page)
    assert len(page.text_input) == 0
    asked = press(fill(page, message="Why is it nothing?"), "Send")
    assert "Why is it nothing?" in words(asked)


def test_the_account_manager_answers_and_finance_asks_again(issued: Screens) -> None:
    number = ask(issued)
    page = opened(issued, harbour.MANAGER, line="1", question=number)
    answered = words(press(fill(page, message="It is the fee of schedule A."), "Answer"))
    assert "It is the fee of schedule A." in answered
    assert "Mira" in answered
    assert "Fairlead B.V." in answered
    page = opened(issued, line="1", question=number)
    assert "answered" in words(page)
    again = words(press(fill(page, message="And since when?"), "Send"))
    assert "And since when?" in again
    assert "open: waits for an answer" in again


def test_a_question_has_no_amount_to_agree_to(issued: Screens) -> None:
    page = opened(issued, harbour.MANAGER, line="1", question=ask(issued))
    assert forms(page) == ["Answer"]
    assert len(page.text_input) == 0


def test_an_agreed_amount_is_credited_and_the_thread_shows_the_note(issued: Screens) -> None:
    number = ask(issued, "Agreed were 950", "50")
    page = opened(issued, harbour.BILLING, line="1", question=number)
    assert forms(page) == ["Answer", "Agree to the amount", "Reject the dispute"]
    assert "At most €50.00." in words(page)
    agreed = press(fill(page, message="So be it", amount="30"), "Agree to the amount")
    assert "agreed: €30.00 before tax; the credit note follows" in words(agreed)
    assert forms(agreed) == []
    note = billed.credit_october(issued.database, "30.00", int(number))
    shown = words(opened(issued, line="1", question=number))
    assert "€30.00 before tax is credited by" in shown
    assert f"invoice={note}" in shown
    assert "This dispute is settled." in shown
    assert "Ask something else" in shown


def test_no_more_is_agreed_to_than_was_disputed(issued: Screens) -> None:
    page = opened(issued, harbour.MANAGER, line="1", question=ask(issued, "Too much", "50"))
    refused = press(fill(page, message="So be it", amount="50.01"), "Agree to the amount")
    assert "more than was disputed, or than is left of this line" in words(refused)
    assert refused.text_area[0].value == "So be it"


def test_an_amount_is_needed_to_agree_and_a_reason_to_reject(issued: Screens) -> None:
    page = opened(issued, harbour.MANAGER, line="1", question=ask(issued, "Too much", "50"))
    assert "Write the amount in digits" in words(
        press(fill(page, message="So be it"), "Agree to the amount")
    )
    page.text_area[0].set_value("")
    assert "Write a message" in words(press(page, "Reject the dispute"))
    page.text_area[0].set_value("Schedule A says 1,000.")
    rejected = words(press(page, "Reject the dispute"))
    assert "rejected" in rejected
    assert "Schedule A says 1,000." in rejected


def test_what_was_settled_meanwhile_says_so(issued: Screens) -> None:
    number = ask(issued, "Too much", "50")
    page = opened(issued, harbour.MANAGER, line="1", question=number)
    with issued.database.as_owner() as connection:
        connection.execute(text("UPDATE billing.invoice_question SET state = 'rejected'"))
    refused = press(fill(page, message="So be it", amount="50"), "Agree to the amount")
    assert "This dispute was settled meanwhile. What you typed is kept." in words(refused)


@pytest.mark.parametrize("email", [harbour.IT, harbour.ADMINISTRATOR])
def test_others_read_what_is_asked_and_say_nothing(issued: Screens, email: str) -> None:
    number = ask(issued, "Too much", "50")
    page = opened(issued, email, line="1", question=number)
    assert "Dispute of €50.00 before tax" in words(page)
    assert forms(page) == []
    assert len(page.text_area) == 0


def test_who_views_as_the_client_reads_and_says_nothing(issued: Screens) -> None:
    page = opened(issued, harbour.MANAGER, view="client", line="1")
    assert "You look as the client’s finance does; only they ask and dispute." in words(page)
    assert len(page.text_area) == 0


def test_f42_hostile_words_are_shown_as_text(issued: Screens) -> None:
    shown = words(press(fill(opened(issued, line="1"), message=HOSTILE), "Send"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;<br>![x](http://evil.example/a.png)" in shown
    assert "<script" not in shown


def test_the_longest_message_is_shown_to_its_end(issued: Screens) -> None:
    shown = words(press(fill(opened(issued, line="1"), message=f"{'x' * 3990} the end"), "Send"))
    assert "the end" in shown


def test_what_waits_for_an_answer_stands_on_the_overview(issued: Screens) -> None:
    number = ask(issued, "Too much", "50")
    for email, waits in (
        (harbour.MANAGER, True),
        (harbour.BILLING, True),
        (harbour.ADMINISTRATOR, False),
        (harbour.FINANCE, False),
        (harbour.IT, False),
    ):
        shown = words(issued.open("overview", email, client="harbour"))
        assert ("The client waits for an answer" in shown) is waits, email
        assert ("1 open" in shown) is (email != harbour.IT), email
    assert f"question={number}" in words(issued.open("overview"))


def test_somebody_elses_question_is_not_found(issued: Screens) -> None:
    ask(issued)
    page = issued.open("invoices", harbour.OTHER, invoice=billed.FIRST, question="1")
    assert [each.value for each in page.subheader] == ["Not found"]


def test_a_question_wakes_the_open_pages_of_its_client(issued: Screens) -> None:
    before = datetime.now(UTC)
    ask(issued)
    with issued.database.as_owner() as connection:
        query = text("SELECT max(changed_at) FROM billing.client_version")
        assert connection.execute(query).scalar_one() >= before
