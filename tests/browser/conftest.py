"""Chromium against a portal process with the small demo."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState

from tests.browser.people import PASSWORD
from tests.browser.visitor import Arrive, SignedIn, Visitor, own_browser
from tests.support.database import DatabaseServer
from tests.support.demo import load_small_demo
from tests.support.find_chromium import ABSENT, find_chromium, launch_arguments
from tests.support.portal import Portal, running_portal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: playwright keeps an event loop in the thread it started in."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Our Chromium, quiet."""
    chromium = find_chromium()
    if chromium is None:
        pytest.fail(ABSENT)
    return {"executable_path": str(chromium), "args": launch_arguments()}


@pytest.fixture(scope="session")
def portal(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal over the small demo, for all that happens in browsers."""
    database = server.copy()
    folder = tmp_path_factory.mktemp("portal")
    load_small_demo(database, folder)
    with running_portal(database, folder, {"METERGLASS_DEMO": "true"}) as started:
        yield started
    server.drop(database)


@pytest.fixture(scope="session")
def own_browsers() -> dict[str, BrowserContext]:
    """The browsers of those who signed in during this run, by e-mail address."""
    return {}


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    """Who came during a test; whatever a browser complained of fails it."""
    came: list[Visitor] = []
    yield came
    for visitor in came:
        visitor.page.close()
    assert [each for visitor in came for each in visitor.complaints] == []
    assert [each for visitor in came for each in visitor.foreign] == []


@pytest.fixture
def arrive(browser: Browser, portal: Portal, visitors: list[Visitor]) -> Iterator[Arrive]:
    """Open windows of browsers that were never here, or hold only what is given."""
    contexts = []

    def come(kept: StorageState | None) -> Visitor:
        contexts.append(own_browser(browser, kept))
        visitors.append(Visitor(page=contexts[-1].new_page(), url=portal.url))
        return visitors[-1]

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def visitor(arrive: Arrive) -> Visitor:
    """Somebody at the portal's door."""
    return arrive(None)


@pytest.fixture
def signed_in(
    browser: Browser,
    portal: Portal,
    visitors: list[Visitor],
    own_browsers: dict[str, BrowserContext],
) -> SignedIn:
    """Let somebody in: by the form the first time, later with the browser that he then had.

    It keeps the portal's scripts too: a page comes in two thirds of the time.
    """

    def enter(email: str) -> Visitor:
        is_known = email in own_browsers
        window = own_browsers[email] if is_known else own_browser(browser)
        visitors.append(visitor := Visitor(page=window.new_page(), url=portal.url))
        if not is_known:
            visitor.open()
            visitor.sign_in(email, PASSWORD)
            own_browsers[email] = window
        return visitor

    return enter
