"""What holds for every page: no barrier in light or dark, nothing sideways on a telephone."""

from typing import Final, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.people import ACCOUNT_MANAGER, ADMINISTRATOR, BILLING, FINANCE, IT
from tests.browser.visitor import SignedIn, Visitor

SEEN: Final = (
    (FINANCE, "overview"),
    (FINANCE, "consumption"),
    (FINANCE, "consumption?meter=backup-storage&show=records"),
    (FINANCE, "agreement"),
    (FINANCE, "account"),
    (IT, "overview"),
    (IT, "consumption"),
    (IT, "agreement"),
    (ACCOUNT_MANAGER, "overview"),
    (ACCOUNT_MANAGER, "consumption"),
    (BILLING, "overview"),
    (ADMINISTRATOR, "people"),
    (ADMINISTRATOR, "account"),
)


def title(path: str) -> str:
    return path.split("?", maxsplit=1)[0].capitalize()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("email", "path"), SEEN)
def test_axe_finds_no_serious_barrier(
    signed_in: SignedIn, email: str, path: str, scheme: Literal["light", "dark"]
) -> None:
    visitor = signed_in(email)
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open(f"/{path}")
    expect(visitor.heading(title(path)).first).to_be_visible()
    assert visitor.barriers() == []


@pytest.mark.parametrize(("email", "path"), SEEN)
def test_a_page_does_not_scroll_sideways_on_a_telephone(
    signed_in: SignedIn, email: str, path: str
) -> None:
    visitor = signed_in(email)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.open(f"/{path}")
    expect(visitor.heading(title(path)).first).to_be_visible()
    assert visitor.overflow() <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_barrier_at_sign_in(
    visitor: Visitor, scheme: Literal["light", "dark"]
) -> None:
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open()
    expect(visitor.email_field).to_be_visible()
    assert visitor.barriers() == []
