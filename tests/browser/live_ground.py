"""Two clients of one portal, and what their collectors record while pages are open."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Request, StorageState, expect
from sqlalchemy import text

from billing_core.event import UsageEvent
from billing_core.setup import Setup
from db.commands.ingest import record
from db.commands.setup.apply import apply_setup
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.pages import harbour
from tests.support.database import Database
from tests.support.portal import Portal, running_portal
from tests.support.relay import Relay, relay_to
from tests.support.viewers import open_session

END = "UPDATE auth.session SET revoked_at = now() WHERE session_hash = :session"
CLIENTS = ("harbour", "quayside")
#: A page comes back after growing waits, and to a server that starts on a busy machine.
LONG_MS: Final = 4 * PATIENCE_MS
_CHANGES = """
    window.changes = 0
    new MutationObserver(() => window.changes++).observe(
      document.querySelector('[data-testid="stMain"]'),
      { childList: true, subtree: true, attributes: true, characterData: true })
"""
_TURN = """
    hidden => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true })
      document.dispatchEvent(new Event("visibilitychange"))
    }
"""


def agreed() -> Setup:
    """The setup of both clients, their agreements begun last month at the latest."""
    begun = (datetime.now(UTC) - timedelta(days=70)).date().replace(day=1)
    running = tuple(
        replace(
            each,
            starts_on=begun,
            prices=tuple(replace(price, starts_on=begun) for price in each.prices),
            renews_on=None,
            notice_by=None,
        )
        for each in harbour.SETUP.agreements
        if each.client in CLIENTS
    )
    return replace(harbour.SETUP, agreements=running)


@dataclass
class Ground:
    """A portal behind a wire that can be cut, and the hours recorded for each client."""

    portal: Portal
    wire: Relay
    folder: Path
    stack: ExitStack
    hours: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLIENTS, 0))

    @property
    def database(self) -> Database:
        return self.portal.database

    @property
    def url(self) -> str:
        """The portal's address at the near end of the wire."""
        return f"http://127.0.0.1:{self.wire.port}"

    @property
    def month(self) -> str:
        """The running month, as an address names it."""
        return f"{datetime.now(ZoneInfo('Europe/Amsterdam')):%Y-%m}"

    def enter(self, email: str) -> tuple[StorageState, bytes]:
        """What a browser holds in which a person has signed in, and the session's hash."""
        person = harbour.number_of(self.database, "auth.person", "person_id", "email", email)
        token = secrets.token_urlsafe(32)
        session_hash = open_session(self.database, person, token)
        given = {SESSION_COOKIES[False]: token, BROWSER_COOKIES[False]: secrets.token_urlsafe(32)}
        cookies = [
            {
                "name": name,
                "value": value,
                "domain": "127.0.0.1",
                "path": "/",
                "expires": -1,
                "httpOnly": True,
                "secure": False,
                "sameSite": "Lax",
            }
            for name, value in given.items()
        ]
        return {"cookies": cookies, "origins": []}, session_hash  # type: ignore[typeddict-item]  # the keys are literal

    def record(self, hours: int, client: str = "harbour") -> str:
        """Let another process's writer record hours of now; how the pages then write the total."""
        number = harbour.number_of(self.database, "billing.client", "client_id", "slug", client)
        now = datetime.now(UTC)
        events = tuple(_event(client, now, part) for part in _parts(hours))
        record(self.database.writer, number, "hypervisor", events, as_of=datetime.now(UTC))
        self.hours[client] += hours
        return f"{self.hours[client]:,} machine hours"

    def end(self, session_hash: bytes) -> None:
        """End a session as an administrator does."""
        with self.database.as_owner() as connection:
            connection.execute(text(END), {"session": session_hash})

    def stop(self) -> None:
        """Stop the portal."""
        self.stack.close()

    def start(self) -> None:
        """Start a portal at the far end of the wire."""
        self.portal = self.stack.enter_context(running_portal(self.database, self.folder))
        self.wire.target = self.portal.port


def _parts(hours: int) -> list[int]:
    return [min(10, hours - done) for done in range(0, hours, 10)]


def _event(client: str, now: datetime, hours: int) -> UsageEvent:
    return UsageEvent(
        client=client,
        source="hypervisor",
        source_event_id=secrets.token_hex(8),
        meter="compute-hours",
        occurred_at=now,
        quantity=Decimal(hours),
        resource=f"vm-of-{client}",
    )


@contextmanager
def ground_of(database: Database, folder: Path) -> Iterator[Ground]:
    """A portal over the two clients, each with some records already."""
    with database.as_owner() as connection:
        apply_setup(connection, agreed(), as_of=datetime.now(UTC), actor="test")
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))
    with ExitStack() as stack:
        portal = stack.enter_context(running_portal(database, folder))
        with relay_to(portal.port) as wire:
            ground = Ground(portal=portal, wire=wire, folder=folder, stack=stack)
            for client in CLIENTS:
                ground.record(600, client)
            yield ground


@dataclass
class Window(Visitor):
    """A browser window, with what its page asks the portal for."""

    session_hash: bytes = b""
    streams: int = 0  #: opened by now
    runs: int = 0  #: of the page or a part of it, asked for by now

    def __post_init__(self) -> None:
        """Count from the first request on."""
        super().__post_init__()
        self.page.on("request", self._count)
        self.page.on("websocket", lambda socket: socket.on("framesent", self._sent))

    @property
    def mark(self) -> Locator:
        """The words that say whether the page is live."""
        return self.page.locator(".mg-live")

    def is_live(self) -> None:
        """Wait until the page says that it is."""
        expect(self.mark).to_have_text("Live", timeout=LONG_MS)

    def shows(self, words: str) -> None:
        """Wait for words below the header."""
        expect(self.page.get_by_test_id("stMain")).to_contain_text(words, timeout=LONG_MS)

    def is_signed_out(self) -> None:
        """Wait for the sign-in."""
        expect(self.email_field).to_be_visible(timeout=LONG_MS)

    def keep(self) -> None:
        """Put a mark on this very page, which a reload would wipe."""
        self.page.evaluate("window.kept = true")

    @property
    def is_kept(self) -> bool:
        """Whether this is still the page that was marked."""
        return bool(self.page.evaluate("window.kept === true"))

    def hide(self, *, hidden: bool) -> None:
        """Let the window's tab be hidden or shown, as far as the page can tell."""
        self.page.evaluate(_TURN, hidden)

    def count_changes(self) -> None:
        """Count whatever changes on the page from now on."""
        self.page.evaluate(_CHANGES)

    @property
    def changes(self) -> int:
        """How often the page changed since it is counted."""
        return int(self.page.evaluate("window.changes"))

    def _count(self, request: Request) -> None:
        self.streams += "/live" in request.url

    def _sent(self, _frame: object) -> None:
        self.runs += 1
