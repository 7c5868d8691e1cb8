"""Whose records these are: one client at a time, and nobody else's."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import ACCOUNT_MANAGER, ADMINISTRATOR, FINANCE, IT
from tests.browser.visitor import PATIENCE_MS, SignedIn, Visitor

DRAFTS = 4  #: of the running month, which grows by the minute: two readings may straddle one


def below_the_title(visitor: Visitor) -> str:
    expect(visitor.heading("Overview").first).to_be_visible()
    return visitor.main_text().split("\nOverview\n", maxsplit=1)[1]


def test_an_account_manager_switches_clients_and_always_sees_whose_records_these_are(
    signed_in: SignedIn,
) -> None:
    visitor = signed_in(ACCOUNT_MANAGER)
    visitor.open("/?client=harbor-foods")
    assert "Harbor Point Foods" in visitor.text()
    visitor.choose_client("Van den Berg Logistiek B.V.")
    expect(visitor.page).to_have_url(re.compile("client=vandenberg"))
    shown = visitor.page.get_by_test_id("stMain")
    expect(shown).to_contain_text("Van den Berg Logistiek B.V. ·", timeout=PATIENCE_MS)


def test_view_as_client_shows_what_the_client_sees(signed_in: SignedIn) -> None:
    visitor, client = signed_in(ACCOUNT_MANAGER), signed_in(FINANCE)
    for _attempt in range(DRAFTS):
        visitor.open("/?client=harbor-foods&view=client")
        client.open("/")
        as_client, own = below_the_title(visitor), below_the_title(client)
        if as_client == own:
            break
    assert as_client == own
    assert "Harbor Point Foods" in as_client


def test_a_person_of_one_client_has_no_switcher(signed_in: SignedIn) -> None:
    visitor = signed_in(FINANCE)
    visitor.open("/")
    expect(visitor.client_switcher).to_have_count(0)


@pytest.mark.parametrize("slug", ["vandenberg", "nobody", "' OR 1=1--", "0", "x" * 10_000])
def test_a_foreign_client_in_the_address_is_as_unknown_as_a_wrong_one(
    signed_in: SignedIn, slug: str
) -> None:
    visitor = signed_in(FINANCE)
    visitor.open(f"/?client={slug}")
    assert "Van den Berg" not in visitor.text()
    assert re.search("not found", visitor.text(), re.IGNORECASE)


def test_people_are_listed_to_an_administrator_only(signed_in: SignedIn) -> None:
    administrator = signed_in(ADMINISTRATOR)
    administrator.open("/people")
    expect(administrator.page.get_by_role("cell", name=FINANCE, exact=True)).to_be_visible()
    other = signed_in(IT)
    other.open("/people")
    expect(other.page.get_by_text("There is no such page, or you may not see it.")).to_be_visible()
    assert "@" not in other.text()
