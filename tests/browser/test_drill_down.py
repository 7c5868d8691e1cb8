"""From the total to the record that it was made from."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import FINANCE, IT
from tests.browser.visitor import SignedIn


@pytest.mark.parametrize("email", [FINANCE, IT])
def test_the_overview_leads_down_to_a_timestamped_record(signed_in: SignedIn, email: str) -> None:
    visitor = signed_in(email)
    visitor.open("/")
    visitor.page.get_by_role("link", name=re.compile("backup storage", re.IGNORECASE)).first.click()
    visitor.settled()
    expect(visitor.heading("Consumption")).to_be_visible()
    visitor.page.get_by_role("link", name=re.compile("records", re.IGNORECASE)).first.click()
    visitor.settled()
    assert re.search(r"\d\d:\d\d", visitor.main_text())


@pytest.mark.parametrize(
    "query",
    [
        "meter=nothing",
        "meter=0",
        "period=2026-13",
        "period=1999-01",
        "period=-1",
        "meter=1e9",
        "meter=' OR 1=1--",
        "meter=a&meter=b",
        "period=" + "9" * 10_000,
    ],
    ids=lambda query: query[:20],
)
def test_whatever_does_not_exist_is_not_found_in_the_same_words(
    signed_in: SignedIn, query: str
) -> None:
    visitor = signed_in(FINANCE)
    visitor.open(f"/consumption?{query}")
    assert re.search("not found", visitor.text(), re.IGNORECASE)
