"""Open pages while records arrive, sessions end, wires break and servers restart."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live_ground import LONG_MS, Ground, Window, ground_of
from tests.browser.visitor import own_browser
from tests.pages import harbour
from tests.support.database import DatabaseServer

Open = Callable[..., Window]
AWAY = "Not up to date: the database does not answer"


@pytest.fixture(scope="module")
def ground(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    database = server.copy()
    with ground_of(database, tmp_path_factory.mktemp("portal")) as made:
        yield made
    server.drop(database)


@pytest.fixture
def opened(browser: Browser, ground: Ground) -> Iterator[Open]:
    """Open a page as somebody who is signed in already."""
    contexts = []

    def go(path: str = "/", email: str = harbour.FINANCE) -> Window:
        held, session_hash = ground.enter(email)
        context = own_browser(browser, held)
        contexts.append(context)
        window = Window(page=context.new_page(), url=ground.url, session_hash=session_hash)
        window.open(path)
        return window

    yield go
    for context in contexts:
        context.close()


def test_a_posted_event_is_on_every_open_page_of_its_client_and_on_no_other(
    ground: Ground, opened: Open
) -> None:
    overview, consumption = opened("/"), opened("/consumption?meter=compute-hours")
    other = opened("/", harbour.OTHER)
    for window in (overview, consumption, other):
        window.is_live()
    other.count_changes()
    runs = other.runs
    total = ground.record(30)
    overview.shows(total)
    consumption.shows(total)
    assert (other.runs, other.changes) == (runs, 0)
    own = ground.record(70, "quayside")
    other.shows(own)
    assert total not in other.text()
    assert own not in overview.text()
    assert [window.complaints for window in (overview, consumption, other)] == [[], [], []]


def test_a_hidden_tab_has_no_stream_and_asks_nothing_and_is_up_to_date_when_it_is_shown(
    ground: Ground, opened: Open
) -> None:
    hidden, shown = opened("/"), opened("/")
    hidden.is_live()
    shown.is_live()
    with hidden.page.expect_event("requestfailed", lambda each: "/live" in each.url):
        hidden.hide(hidden=True)
    hidden.count_changes()
    before = hidden.streams, hidden.runs
    total = ground.record(20)
    shown.shows(total)
    assert (hidden.streams, hidden.runs) == before
    assert hidden.changes == 0
    hidden.hide(hidden=False)
    hidden.shows(total)
    hidden.is_live()
    total = ground.record(20)
    hidden.shows(total)


@pytest.mark.parametrize("path", ["/?period={month}", "/account", "/agreement"])
def test_a_page_goes_dark_by_itself_when_its_session_is_ended(
    ground: Ground, opened: Open, path: str
) -> None:
    window = opened(path.format(month=ground.month))
    with window.page.expect_request("**/live*"):
        window.open(path.format(month=ground.month))
    ground.end(window.session_hash)
    window.is_signed_out()
    assert "Harbour & Lane" not in window.text()
    assert window.page.url == f"{ground.url}{path.format(month=ground.month)}"


def test_a_wake_keeps_focus_scroll_meter_view_and_place_among_the_records(
    ground: Ground, opened: Open
) -> None:
    ground.record(600)
    window = opened("/consumption?show=records")
    window.page.get_by_role("combobox", name="Meter").click()
    window.page.get_by_role("option", name="Compute hours").click()
    expect(window.page).to_have_url(re.compile("meter=compute-hours"))
    window.page.get_by_role("button", name="Older").click()
    expect(window.page).to_have_url(re.compile("after="))
    window.settled()
    window.is_live()
    main = window.page.get_by_test_id("stMain")
    link = main.get_by_role("link", name=re.compile(r"\d\d:\d\d")).nth(3)
    link.focus()
    scrolled = main.evaluate("main => main.scrollTop")
    held, address = link.get_attribute("href"), window.page.url
    window.keep()
    window.shows(ground.record(40))
    focused = "document.activeElement.getAttribute('href')"
    assert window.page.evaluate(focused) == held
    assert main.evaluate("main => main.scrollTop") == scrolled
    assert link.get_attribute("href") == held
    assert window.page.url == address
    assert window.is_kept


def test_an_open_list_of_meters_stays_open_while_records_arrive(
    ground: Ground, opened: Open
) -> None:
    window = opened("/consumption?meter=compute-hours")
    window.is_live()
    window.page.get_by_role("combobox", name="Meter").click()
    choice = window.page.get_by_role("option", name="Backup")
    expect(choice).to_be_visible()
    window.shows(ground.record(10))
    choice.click()
    expect(window.page).to_have_url(re.compile("meter=backup"))
    expect(window.heading("Backup").first).to_be_visible(timeout=LONG_MS)


def test_f39_a_page_whose_wire_was_cut_is_the_same_page_and_live_again(
    ground: Ground, opened: Open
) -> None:
    window = opened("/consumption?meter=compute-hours&show=resources")
    window.is_live()
    window.keep()
    with ground.wire.refusing():
        expect(window.mark).to_have_text("Connecting again…", timeout=LONG_MS)
        total = ground.record(30)
        expect(window.page.get_by_test_id("stDialog")).to_have_count(0)
    window.shows(total)
    window.is_live()
    window.shows(ground.record(30))
    assert window.is_kept
    assert window.page.url == f"{ground.url}/consumption?meter=compute-hours&show=resources"


def test_f36_a_restarted_portal_brings_back_the_same_page_with_the_same_choice(
    ground: Ground, opened: Open
) -> None:
    window = opened("/consumption?meter=compute-hours&show=resources")
    gone = opened("/", harbour.IT)
    for each in (window, gone):
        each.is_live()
    window.keep()
    ground.stop()
    expect(window.mark).to_have_text("Connecting again…", timeout=LONG_MS)
    ground.end(gone.session_hash)
    total = ground.record(50)
    ground.start()
    window.shows(total)
    window.is_live()
    window.shows(ground.record(50))
    assert window.is_kept
    assert window.page.url == f"{ground.url}/consumption?meter=compute-hours&show=resources"
    gone.is_signed_out()


def test_f36_a_page_says_that_the_database_is_away_and_goes_on_when_it_is_back(
    ground: Ground, opened: Open
) -> None:
    window = opened("/")
    window.is_live()
    window.keep()
    with ground.portal.database_down():
        expect(window.mark).to_have_text(AWAY, timeout=LONG_MS)
        window.shows("machine hours")
    window.is_live()
    window.shows(ground.record(20))
    assert window.is_kept
