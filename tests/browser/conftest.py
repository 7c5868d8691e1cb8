"""Chromium against a portal process with the small demo."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, StorageState

from tests.browser.people import PASSWORD
from tests.browser.visitor import Arrive, SignedIn, Visitor
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
def kept_sessions() -> dict[str, StorageState]:
    """What the browsers of those who signed in during this run hold, by e-mail address."""
    return {}


@pytest.fixture
def arrive(browser: Browser, portal: Portal) -> Iterator[Arrive]:
    """Open windows of 1280 × 800; whatever a browser complained of fails the test."""
    visitors = []

    def come(kept: StorageState | None) -> Visitor:
        window = browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="en-GB", storage_state=kept
        )
        visitors.append(Visitor(page=window.new_page(), url=portal.url))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.page.context.close()
    assert [each for visitor in visitors for each in visitor.complaints] == []
    assert [each for visitor in visitors for each in visitor.foreign] == []


@pytest.fixture
def visitor(arrive: Arrive) -> Visitor:
    """Somebody at the portal's door."""
    return arrive(None)


@pytest.fixture
def signed_in(arrive: Arrive, kept_sessions: dict[str, StorageState]) -> SignedIn:
    """Let somebody in: by the form the first time, by what his browser holds later."""

    def enter(email: str) -> Visitor:
        if email in kept_sessions:
            return arrive(kept_sessions[email])
        newcomer = arrive(None)
        newcomer.open()
        newcomer.sign_in(email, PASSWORD)
        kept_sessions[email] = newcomer.page.context.storage_state()
        return newcomer

    return enter
