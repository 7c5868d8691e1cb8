"""Issued documents in a browser: no barrier, live answers, nothing typed lost, words are words."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from sqlalchemy import text

from db.commands.setup.apply import apply_setup
from db.portal import SESSION_COOKIES
from tests.browser.live_ground import LONG_MS, Window
from tests.browser.test_every_page import FINE, findings
from tests.browser.visitor import own_browser
from tests.pages import billed, harbour
from tests.pages.conftest import NOW
from tests.support.database import Database, DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.viewers import open_session

SCRIPT: Final = "<script>window.hit = 1</script>"
PICTURE: Final = "![x](http://evil.example/a.png)<img src=http://evil.example/b.png onerror=hit=1>"
LINK: Final = "[pay here](javascript:window.hit=1)"
TURNED: Final = "invoice\u202efdp.exe"
HOSTILE: Final = f"{SCRIPT}\n{PICTURE}\n{LINK}\n=cmd|'/C calc'!A0\n{TURNED}"
#: Names that documents carry, each with its own mischief.
NAMES: Final = (
    ("billing.issuer SET legal_name = :words", SCRIPT),
    ("billing.client SET name = :words", PICTURE),
    ("billing.meter SET name = :words", LINK),
    ("billing.price SET name = :words || code, clause = :words", PICTURE),
    ("billing.price_tier SET name = :words || ordinal", SCRIPT),
    ("auth.person SET name = :words", LINK),
)
Open = Callable[..., Window]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A portal over Harbour & Lane with October and November issued."""

    portal: Portal

    @property
    def database(self) -> Database:
        return self.portal.database

    def cookies(self, email: str) -> dict[str, str]:
        """What a browser holds in which a person has signed in."""
        person = harbour.number_of(self.database, "auth.person", "person_id", "email", email)
        token = secrets.token_urlsafe(32)
        open_session(self.database, person, token)
        return {"name": SESSION_COOKIES[False], "value": token, "url": self.portal.url}

    def messages(self) -> list[str]:
        """What was said, in order."""
        with self.database.as_owner() as connection:
            query = text("SELECT message FROM billing.question_message ORDER BY said_at")
            return list(connection.execute(query).scalars())


def settled(database: Database, names: tuple[tuple[str, str], ...] = ()) -> None:
    """Set the client up, name what is named, let it use, and issue its two months."""
    with database.as_owner() as connection:
        apply_setup(connection, harbour.SETUP, as_of=NOW, actor="test")
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))
        for named, words in names:
            connection.execute(text(f"UPDATE {named}"), {"words": words})
    harbour.record_usage(database, NOW)
    billed.issue_october(database)
    billed.issue_november_with_a_late_record(database)


@pytest.fixture(scope="module")
def ground(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    database = server.copy()
    settled(database)
    with running_portal(database, tmp_path_factory.mktemp("portal")) as portal:
        yield Ground(portal=portal)
    server.drop(database)


@pytest.fixture(scope="module")
def browsers(browser: Browser) -> Iterator[dict[tuple[str, str], BrowserContext]]:
    """The browsers of people, by portal and e-mail address, each with a session."""
    kept: dict[tuple[str, str], BrowserContext] = {}
    yield kept
    for context in kept.values():
        context.close()


@pytest.fixture
def opened(
    browser: Browser, ground: Ground, browsers: dict[tuple[str, str], BrowserContext]
) -> Iterator[Open]:
    """Open a page as somebody who is signed in already; complaints of the browser fail the test."""
    windows: list[Window] = []

    def go(path: str, email: str = harbour.FINANCE, at: Ground = ground) -> Window:
        context = browsers.get((at.portal.url, email))
        if context is None:
            context = browsers[at.portal.url, email] = own_browser(browser)
            cookie = at.cookies(email)
            context.add_cookies([cookie])  # type: ignore[list-item]  # as playwright wants it
        windows.append(Window(page=context.new_page(), url=at.portal.url))
        windows[-1].open(path)
        return windows[-1]

    yield go
    for window in windows:
        window.page.close()
    assert [each for window in windows for each in (*window.complaints, *window.foreign)] == []


def asked(line: int, **more: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in more.items())
    return f"/invoices?client=harbour&invoice={billed.SECOND}&line={line}&{query}"


def say(window: Window, message: str, button: str = "Send") -> None:
    window.page.locator("textarea").fill(message)
    window.page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("email", [harbour.FINANCE, harbour.IT, harbour.MANAGER])
@pytest.mark.parametrize(
    "path",
    [
        "/invoices?client=harbour",
        f"/invoices?client=harbour&invoice={billed.SECOND}",
        asked(1),
        asked(3),
        asked(4),
        "/?client=harbour&period=2026-10",
        "/agreement?client=harbour&price=compute",
    ],
)
def test_issued_documents_have_no_barrier_in_light_or_dark_and_fit_a_telephone(
    opened: Open, path: str, email: str
) -> None:
    assert findings(opened(path, email)) == FINE


def test_an_answer_appears_on_an_open_page_and_takes_nothing_from_who_types(
    ground: Ground, opened: Open
) -> None:
    finance = opened(asked(3))
    say(finance, "Why so many hours?")
    finance.shows("open: waits for an answer")
    finance.is_live()
    number = finance.page.url.rpartition("question=")[2]
    finance.page.locator("textarea").fill("And one more thing")
    finance.keep()
    manager = opened(asked(3, question=number), harbour.MANAGER)
    say(manager, "A backup ran twice.", "Answer")
    finance.shows("A backup ran twice.")
    assert finance.is_kept
    expect(finance.page.locator("textarea")).to_have_value("And one more thing")
    finance.page.get_by_role("button", name="Send").click()
    manager.shows("And one more thing")


def test_an_amount_that_is_agreed_to_is_credited_on_the_open_page(
    ground: Ground, opened: Open
) -> None:
    finance = opened(f"/invoices?invoice={billed.FIRST}&line=1")
    finance.page.get_by_label("Amount you dispute").fill("50")
    say(finance, "Agreed were 950")
    finance.shows("Dispute of €50.00 before tax")
    number = finance.page.url.rpartition("question=")[2]
    where = f"/invoices?client=harbour&invoice={billed.FIRST}&line=1&question={number}"
    manager = opened(where, harbour.MANAGER)
    manager.page.get_by_label("Amount you agree to").fill("30")
    say(manager, "You are right about 30.", "Agree to the amount")
    finance.shows("agreed: €30.00 before tax; the credit note follows")
    everything = opened("/invoices")
    everything.is_live()
    note = billed.credit_october(ground.database, "30.00", int(number))
    everything.shows(note)
    finance.shows(f"€30.00 before tax is credited by {note}")


def test_a_double_click_sends_one_message(ground: Ground, opened: Open) -> None:
    window = opened(asked(2))
    window.page.locator("textarea").fill("Sent once only")
    window.page.get_by_role("button", name="Send").dblclick()
    window.shows("open: waits for an answer")
    window.settled()
    assert ground.messages().count("Sent once only") == 1


def test_what_was_typed_outlives_a_database_that_is_away(ground: Ground, opened: Open) -> None:
    window = opened(asked(1))
    window.is_live()
    message = window.page.locator("textarea")
    message.fill("Typed while nothing answers")
    with ground.portal.database_down():
        window.page.get_by_role("button", name="Send").click()
        window.shows("does not answer")
    expect(message).to_have_value("Typed while nothing answers", timeout=LONG_MS)
    window.page.get_by_role("button", name="Send").click()
    window.shows("open: waits for an answer")
    assert "Typed while nothing answers" in ground.messages()


@pytest.fixture(scope="module")
def hostile(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The same with every name chosen by somebody with bad intentions."""
    database = server.copy()
    settled(database, NAMES)
    with running_portal(database, tmp_path_factory.mktemp("hostile")) as portal:
        yield Ground(portal=portal)
    server.drop(database)


@pytest.mark.parametrize("email", [harbour.FINANCE, harbour.IT, harbour.MANAGER])
def test_f42_hostile_words_are_shown_as_text_and_ask_nobody(
    hostile: Ground, opened: Open, email: str
) -> None:
    finance = opened(asked(3), harbour.FINANCE, hostile)
    say(finance, HOSTILE)
    finance.shows("open: waits for an answer")
    paths = ["/invoices?client=harbour", "/?client=harbour", finance.page.url.split("/", 3)[3]]
    paths += [f"/invoices?client=harbour&invoice={each}" for each in (billed.FIRST, billed.SECOND)]
    paths += [asked(line) for line in (1, 2, 3, 4)]
    for path in paths:
        window = opened(f"/{path.removeprefix('/')}", email, hostile)
        expect(window.page.get_by_text(re.compile("could not be shown"))).to_have_count(0)
        assert window.page.evaluate("window.hit") is None, path
        assert window.page.locator("a[href^='javascript']").count() == 0
        assert window.page.locator("img[src^='http']").count() == 0
        window.page.close()
    assert SCRIPT in finance.main_text()
