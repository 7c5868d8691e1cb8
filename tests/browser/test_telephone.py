"""At 390 pixels: nothing is cut off, and what stands around a page leaves room for it."""

from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.people import ACCOUNT_MANAGER, ADMINISTRATOR, FINANCE
from tests.browser.visitor import SignedIn, Visitor

#: By how many pixels each table is wider than its place.
CUT: Final = """
    [...document.querySelectorAll('.mg-scroll')].map(each => each.scrollWidth - each.clientWidth)
"""
#: In how many lines the parts of the header stand, by their middles; what shows nothing counts not.
LINES: Final = """(() => {
    const middles = [...document.querySelector('.st-key-mg_header').children]
        .map(each => each.getBoundingClientRect())
        .filter(each => each.height > 0 && each.width > 0)
        .map(each => (each.top + each.bottom) / 2)
        .sort((one, other) => one - other)
    return middles.filter((each, place) => place === 0 || each - middles[place - 1] > 12).length
})()"""


def on_a_telephone(visitor: Visitor, path: str) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.open(path)
    expect(visitor.sign_out_button).to_be_visible()


def test_the_people_are_read_without_scrolling_sideways(signed_in: SignedIn) -> None:
    visitor = signed_in(ADMINISTRATOR)
    on_a_telephone(visitor, "/people")
    expect(visitor.page.get_by_text("finance@deltawerk.example")).to_be_visible()
    assert visitor.page.evaluate(CUT) == [0]
    last_seen = visitor.page.locator('td[data-title="Last seen (UTC)"]')
    assert all(each.is_visible() for each in last_seen.all())
    assert last_seen.count() > 1


@pytest.mark.parametrize("email", [ADMINISTRATOR, ACCOUNT_MANAGER, FINANCE])
def test_the_header_stands_in_two_lines(signed_in: SignedIn, email: str) -> None:
    visitor = signed_in(email)
    on_a_telephone(visitor, "/")
    expect(visitor.page.get_by_text("Live", exact=True)).to_be_visible()
    assert visitor.page.evaluate(LINES) == 2
    assert visitor.overflow() == 0
