"""Chromium against a portal process with the small demo."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.visitor import Visitor
from tests.support.find_chromium import ABSENT, find_chromium, launch_arguments
from tests.support.portal import Portal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run browser tests last: playwright keeps an event loop in the thread it started in."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Our Chromium, quiet."""
    chromium = find_chromium()
    if chromium is None:
        pytest.fail(ABSENT)
    return {"executable_path": str(chromium), "args": launch_arguments()}


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window of 1280 × 800 that remembers nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def visitor(window: BrowserContext, portal: Portal) -> Iterator[Visitor]:
    """Somebody at the portal's door; whatever his browser complained of fails the test."""
    someone = Visitor(page=window.new_page(), url=portal.url)
    yield someone
    assert someone.complaints == []
    assert someone.foreign == []
