"""In and out, by the front door."""

import re

from playwright.sync_api import expect

from tests.browser.people import ADMINISTRATOR, FINANCE, PASSWORD
from tests.browser.visitor import Arrive, Visitor


def test_a_person_signs_in_and_sees_the_overview(visitor: Visitor) -> None:
    visitor.open()
    visitor.sign_in(FINANCE, PASSWORD)
    expect(visitor.heading("Overview")).to_be_visible()


def test_the_session_survives_a_reload_and_its_cookie_is_hidden_from_scripts(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.sign_in(FINANCE, PASSWORD)
    visitor.open()
    expect(visitor.sign_out_button).to_be_visible()
    assert visitor.page.evaluate("document.cookie").count("meterglass") == 0


def test_the_browser_keeps_nothing_of_anybodys_figures(visitor: Visitor) -> None:
    visitor.open()
    visitor.sign_in(FINANCE, PASSWORD)
    expect(visitor.heading("Overview")).to_be_visible()
    kept = visitor.page.evaluate("Object.keys({...localStorage, ...sessionStorage})")
    assert {re.sub(r"-.*", "", name) for name in kept} <= {
        "stActiveTheme",
        "stSidebarSectionsState",
    }
    assert visitor.page.evaluate("indexedDB.databases()") == []
    assert visitor.page.evaluate("document.cookie") == ""


def test_a_wrong_password_and_an_unknown_person_get_the_same_sentence(visitor: Visitor) -> None:
    said = []
    for email in (FINANCE, "nobody@nowhere.example"):
        visitor.open()
        visitor.try_to_sign_in(email, "not the password at all")
        refusal = visitor.page.get_by_role("alert").filter(has_text="password is wrong")
        expect(refusal).to_be_visible()
        said.append(refusal.inner_text())
    assert said[0] == said[1]


def test_after_signing_out_neither_reload_nor_the_old_cookie_leads_back(
    visitor: Visitor, arrive: Arrive
) -> None:
    visitor.open()
    visitor.sign_in(ADMINISTRATOR, PASSWORD)
    kept = visitor.page.context.storage_state()
    visitor.sign_out()
    visitor.open()
    expect(visitor.email_field).to_be_visible()
    thief = arrive(kept)
    thief.open()
    expect(thief.email_field).to_be_visible()


def test_a_link_from_a_mail_opens_the_very_thing_after_sign_in(visitor: Visitor) -> None:
    visitor.open("/consumption?meter=backup-storage")
    visitor.sign_in(FINANCE, PASSWORD)
    expect(visitor.page).to_have_url(re.compile(r"/consumption\?.*meter=backup-storage"))
    expect(visitor.heading("Consumption")).to_be_visible()


def test_nothing_of_any_client_is_shown_before_sign_in(visitor: Visitor) -> None:
    visitor.open("/agreement")
    expect(visitor.email_field).to_be_visible()
    assert not re.search(r"Harbor|Van den Berg|[$€]\s?\d", visitor.text())


def test_the_overview_is_found_by_its_name_too(visitor: Visitor) -> None:
    visitor.open("/overview?period=2026-10")
    visitor.sign_in(FINANCE, PASSWORD)
    expect(visitor.heading("Overview")).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).to_have_count(0)
