"""What holds for every page: no barrier in light or dark, nothing sideways on a telephone."""

from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.people import ACCOUNT_MANAGER, ADMINISTRATOR, BILLING, FINANCE, IT
from tests.browser.visitor import SignedIn, Visitor

SEEN: Final = (
    (FINANCE, "Overview", "/"),
    (FINANCE, "Consumption", "/consumption"),
    (FINANCE, "Consumption", "/consumption?meter=backup-storage&show=records"),
    (FINANCE, "Invoices", "/invoices"),
    (FINANCE, "Agreement", "/agreement"),
    (FINANCE, "Account", "/account"),
    (IT, "Overview", "/"),
    (IT, "Consumption", "/consumption"),
    (IT, "Invoices", "/invoices"),
    (IT, "Agreement", "/agreement"),
    (ACCOUNT_MANAGER, "Overview", "/"),
    (ACCOUNT_MANAGER, "Consumption", "/consumption"),
    (BILLING, "Overview", "/"),
    (ADMINISTRATOR, "People", "/people"),
    (ADMINISTRATOR, "Audit log", "/audit"),
)
FINE: Final[dict[str, object]] = {"light": [], "dark": [], "wider than the telephone": 0}


def findings(visitor: Visitor) -> dict[str, object]:
    """What axe says in light and in dark, and by how many pixels the page leaves 390."""
    visitor.turn("light")
    light = visitor.barriers()
    visitor.turn("dark")
    dark = visitor.barriers()
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.settled()
    return {"light": light, "dark": dark, "wider than the telephone": visitor.overflow()}


@pytest.mark.parametrize(("email", "title", "path"), SEEN)
def test_a_page_has_no_barrier_in_light_or_dark_and_fits_a_telephone(
    signed_in: SignedIn, email: str, title: str, path: str
) -> None:
    visitor = signed_in(email)
    visitor.open(path)
    expect(visitor.heading(title).first).to_be_visible()
    assert findings(visitor) == FINE


def test_the_sign_in_has_no_barrier_in_light_or_dark_and_fits_a_telephone(
    visitor: Visitor,
) -> None:
    visitor.open()
    expect(visitor.email_field).to_be_visible()
    assert findings(visitor) == FINE
