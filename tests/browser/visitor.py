"""A person at a browser: what he does, and what his browser noticed meanwhile."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlparse

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    StorageState,
    expect,
)

#: How long a person would wait before calling it broken.
PATIENCE_MS: Final = 30_000
#: The page's background, as the theme in .streamlit/config.toml has it.
BACKGROUNDS: Final = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}
#: What the browser itself says about answers that a test asks for on purpose.
EXPECTED_IN_CONSOLE: Final = re.compile(
    r"Failed to load resource: the server responded with a status of 4"
)


@dataclass
class Visitor:
    """One browser window on the portal."""

    page: Page
    url: str  #: of the portal, without a slash at its end
    complaints: list[str] = field(default_factory=list)  #: errors and policy violations seen
    foreign: list[str] = field(default_factory=list)  #: addresses outside the portal asked for

    def __post_init__(self) -> None:
        """Watch the window from its first request on."""
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", self._watch)

    def open(self, path: str = "/") -> None:
        """Go to a path of the portal and wait until it has drawn itself."""
        self.page.goto(f"{self.url}{path}")
        self.settled()

    def settled(self) -> None:
        """Wait until Streamlit has run the page to its end."""
        ready = '[data-testid="stApp"][data-test-script-state="notRunning"]'
        self.page.locator(ready).wait_for(state="attached")
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE_MS)

    def at_rest(self, locator: Locator) -> Locator:
        """Wait until something stands still: what slides while it is clicked is missed."""
        box = None
        while box != (box := locator.bounding_box()):
            self.page.wait_for_timeout(500)
        return locator

    def sign_in(self, email: str, password: str) -> None:
        """Fill in the form and wait for the first page behind it."""
        self.try_to_sign_in(email, password)
        expect(self.sign_out_button).to_be_visible(timeout=PATIENCE_MS)
        self.settled()

    def try_to_sign_in(self, email: str, password: str) -> None:
        """Fill in the form and send it, whatever comes of it."""
        self.email_field.fill(email)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def sign_out(self) -> None:
        """Leave, and wait for the form."""
        self.sign_out_button.click()
        expect(self.email_field).to_be_visible(timeout=PATIENCE_MS)

    @property
    def email_field(self) -> Locator:
        """The first field of the sign-in form."""
        return self.page.get_by_label("E-mail address")

    @property
    def sign_out_button(self) -> Locator:
        """The way out, in the header of every page."""
        return self.page.get_by_role("button", name="Sign out")

    def heading(self, name: str | re.Pattern[str]) -> Locator:
        """A heading of the page."""
        return self.page.get_by_role("heading", name=name)

    def text(self) -> str:
        """All that can be read on the page."""
        return self.page.get_by_test_id("stApp").inner_text()

    def main_text(self) -> str:
        """All that can be read below the header."""
        return self.page.get_by_test_id("stMain").inner_text()

    @property
    def client_switcher(self) -> Locator:
        """Where one who sees several clients chooses one."""
        return self.page.get_by_role("combobox", name="Client")

    def choose_client(self, name: str) -> None:
        """Choose a client by its name and wait for its page."""
        self.client_switcher.click()
        self.page.get_by_role("option", name=name).click()
        self.settled()

    def turn(self, scheme: Literal["light", "dark"]) -> None:
        """Let the person's system be light or dark, and wait until the page is."""
        self.page.emulate_media(color_scheme=scheme)
        background = BACKGROUNDS[scheme]
        expect(self.page.get_by_test_id("stApp")).to_have_css("background-color", background)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window; more than 0 scrolls sideways."""
        width: int = self.page.evaluate(
            "Math.max(document.documentElement.scrollWidth,"
            " ...[...document.querySelectorAll('[data-testid=stMain]')].map(e => e.scrollWidth))"
            " - document.documentElement.clientWidth"
        )
        return max(width, 0)

    def barriers(self) -> list[str]:
        """Serious and critical findings of axe, each with the first places it names."""
        asked = {"resultTypes": ["violations"]}  # what passes it would describe for half the time
        violations = Axe().run(self.page, options=asked).response["violations"]
        return [
            f"{each['id']}: {each['help']}: "
            + "; ".join(
                str(node["target"]) + " " + node["html"][:160] for node in each["nodes"][:3]
            )
            for each in violations
            if each["impact"] in {"serious", "critical"}
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        refused = "Content Security Policy" in message.text
        if refused or (message.type == "error" and not EXPECTED_IN_CONSOLE.search(message.text)):
            self.complaints.append(f"{message.type}: {message.text}")

    def _watch(self, request: Request) -> None:
        asked = urlparse(request.url)
        if (
            asked.scheme in {"http", "https", "ws", "wss"}
            and asked.netloc != urlparse(self.url).netloc
        ):
            self.foreign.append(request.url)


#: Opens a window, empty or with what a browser held before.
Arrive = Callable[[StorageState | None], Visitor]
#: Lets the person with an e-mail address in.
SignedIn = Callable[[str], Visitor]


def own_browser(browser: Browser, kept: StorageState | None = None) -> BrowserContext:
    """Open a browser of somebody's own, 1280 × 800."""
    return browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", storage_state=kept
    )
