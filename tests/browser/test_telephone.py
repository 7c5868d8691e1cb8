"""At 390 pixels: nothing is cut off, and what stands around a page leaves room for it."""

from typing import Final

from playwright.sync_api import expect

from tests.browser.people import ADMINISTRATOR
from tests.browser.visitor import SignedIn, Visitor

#: By how many pixels each table is wider than its place.
CUT: Final = """
    [...document.querySelectorAll('.mg-scroll')].map(each => each.scrollWidth - each.clientWidth)
"""


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
