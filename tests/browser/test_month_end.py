"""Month end in Chromium: billing approves, a real worker closes, and the open page follows."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, StorageState, StorageStateCookie, expect
from sqlalchemy import text

from db.commands.month_states import refresh_months
from tests.browser.test_every_page import FINE, findings
from tests.browser.test_telephone import CUT
from tests.browser.visitor import PATIENCE_MS, Visitor, own_browser
from tests.faults.quays import SESSION, cookies_of
from tests.support.closing import books
from tests.support.corrections import recorded
from tests.support.database import Database, DatabaseServer
from tests.support.portal import ROOT, Portal, end_process, running_portal

#: One for each thing that is decided, so that no test waits for another.
CLIENTS: Final = ("harbour", "quayside", "mill", "pier", "wharf", "lock")
MONTH: Final = "period=2025-10"
FIRST: Final = datetime(2025, 10, 7, tzinfo=UTC)
HOSTILE: Final = (
    "<script>window.hit = 1</script>![x](http://evil.example/a.png)"
    "<img src=http://evil.example/b.png onerror=hit=1>=cmd|'/C calc'!A0"
)
REFUSED: Final = (
    "INSERT INTO billing.rejected_record (client_id, line, code, reason, record, source_code, "
    "profile) SELECT client_id, 1, 'unknown-meter', 'No such meter.', 'a,b', 'collector', 'x' "
    "FROM billing.client WHERE slug = 'lock'"
)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Clients whose October 2025 is ready, people of the MSP, and what a worker needs."""

    portal: Portal
    folder: Path
    people: dict[str, int]

    @property
    def database(self) -> Database:
        return self.portal.database

    def rows(self, statement: str, **given: object) -> list[tuple[object, ...]]:
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.execute(text(statement), given)]

    def approvals(self, slug: str) -> list[tuple[object, ...]]:
        return self.rows(
            "SELECT a.approved_by, a.override_reason FROM billing.period_approval a "
            "JOIN billing.client c USING (client_id) WHERE c.slug = :slug",
            slug=slug,
        )

    def look(self) -> None:
        """Look at all months once, as the worker does."""
        refresh_months(self.database.writer, datetime.now(UTC))

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker in a process of its own, ended with the block."""
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs", "worker", "--every", "1"],
            cwd=ROOT,
            env={
                **os.environ,
                **self.database.environment,
                "METERGLASS_SIGNING_KEY": str(self.folder / "signing.key"),
                "METERGLASS_HEADS": str(self.folder / "heads"),
            },
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            end_process(process)


@pytest.fixture(scope="module")
def desk(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    database, folder = server.copy(), tmp_path_factory.mktemp("desk")
    made = [books(database, slug=slug, zone="UTC") for slug in CLIENTS]
    made[-1].key.save(folder / "signing.key")
    with database.as_owner() as connection:
        connection.execute(text("UPDATE billing.agreement SET starts_on = '2025-10-01'"))
        connection.execute(text(REFUSED))
    for client in (each.ground for each in made):
        recorded(client, client.event("2025-10-05T10:00:00+00:00"), as_of=FIRST)
    people = {
        "bram": database.person("bram@msp.example", "billing"),
        "bea": database.person("bea@msp.example", "billing"),
        "ana": database.person("ana@msp.example", "administrator"),
    }
    with running_portal(database, folder) as portal:
        opened = Desk(portal=portal, folder=folder, people=people)
        opened.look()
        yield opened
    server.drop(database)


class Desks:
    """Opens windows in which somebody of the MSP is signed in."""

    def __init__(self, browser: Browser, desk: Desk) -> None:
        self._browser, self._desk = browser, desk
        self.visitors: list[Visitor] = []

    def open(self, path: str, who: str = "bram") -> Visitor:
        token = cookies_of(self._desk.database, self._desk.people[who])[SESSION]
        cookie: StorageStateCookie = {
            "name": SESSION, "value": token, "domain": "127.0.0.1", "path": "/", "expires": -1,
            "httpOnly": True, "secure": False, "sameSite": "Lax",
        }  # fmt: skip
        held: StorageState = {"cookies": [cookie]}
        context = own_browser(self._browser, held)
        visitor = Visitor(page=context.new_page(), url=self._desk.portal.url)
        self.visitors.append(visitor)
        visitor.open(path)
        expect(visitor.sign_out_button).to_be_visible(timeout=PATIENCE_MS)
        return visitor


@pytest.fixture
def desks(browser: Browser, desk: Desk) -> Iterator[Desks]:
    """Windows at the desk; whatever a browser complained of fails the test."""
    made = Desks(browser, desk)
    yield made
    for visitor in made.visitors:
        visitor.page.context.close()
    assert [each for visitor in made.visitors for each in visitor.complaints] == []
    assert [each for visitor in made.visitors for each in visitor.foreign] == []


def button(visitor: Visitor, name: str | re.Pattern[str]) -> Locator:
    return visitor.page.get_by_role("button", name=name, exact=isinstance(name, str))


def one(slug: str) -> str:
    return f"/month_end?{MONTH}&client={slug}"


def test_several_are_chosen_by_keyboard_approved_and_closed_while_the_page_counts(
    desk: Desk, desks: Desks
) -> None:
    visitor = desks.open(f"/month_end?{MONTH}")
    page = visitor.page
    picker = page.get_by_role("combobox", name="Clients")
    for name in ("harbour", "quayside"):
        picker.focus()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("stMultiSelect").get_by_text(name)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 clients: €2.00 before tax.")).to_be_visible()
    button(visitor, "Approve 2 clients…").click()
    button(visitor, "Approve 2 clients").click()
    expect(page.get_by_text("2 clients are approved.")).to_be_visible()
    expect(page.get_by_text("The worker is closing: 0 of 2 issued")).to_be_visible()
    page.evaluate("window.opened = 'once'")
    with desk.worker():
        for prefix in ("HARBOUR", "QUAYSIDE"):
            issued = page.get_by_role("link", name=re.compile(rf"issued as {prefix}-\d{{4}}-0001"))
            expect(issued).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("The worker is closing")).to_have_count(0, timeout=PATIENCE_MS)
    assert page.evaluate("window.opened") == "once"
    assert desk.rows(
        "SELECT count(*) FROM billing.audit_log WHERE action = 'invoice_issued' "
        "AND actor = 'bram@msp.example'"
    ) == [(2,)]


def test_a_double_click_approves_once(desk: Desk, desks: Desks) -> None:
    visitor = desks.open(one("mill"))
    button(visitor, "Approve").dblclick()
    expect(button(visitor, "Take the approval back")).to_be_visible(timeout=PATIENCE_MS)
    visitor.settled()
    assert desk.approvals("mill") == [("bram@msp.example", None)]
    assert desk.rows(
        "SELECT count(*) FROM billing.audit_log l JOIN billing.client c USING (client_id) "
        "WHERE l.action = 'period_approved' AND c.slug = 'mill'"
    ) == [(1,)]
    button(visitor, "Take the approval back").click()
    expect(button(visitor, "Approve")).to_be_visible(timeout=PATIENCE_MS)
    assert desk.approvals("mill") == []


def test_two_people_at_once_approve_once_and_the_second_one_is_told(
    desk: Desk, desks: Desks
) -> None:
    bram, bea = desks.open(one("pier")), desks.open("/account", "bea")
    bea.page.route("**/live*", lambda route: route.fulfill(status=429))
    bea.open(one("pier"))
    button(bram, "Approve").click()
    expect(button(bram, "Take the approval back")).to_be_visible(timeout=PATIENCE_MS)
    button(bea, "Approve").click()
    expect(bea.page.get_by_text("It was approved before.")).to_be_visible(timeout=PATIENCE_MS)
    expect(button(bea, "Take the approval back")).to_be_visible(timeout=PATIENCE_MS)
    assert desk.approvals("pier") == [("bram@msp.example", None)]


def test_what_one_decides_is_on_the_other_ones_page_at_once(desk: Desk, desks: Desks) -> None:
    bram, bea = desks.open(one("wharf")), desks.open(f"/month_end?{MONTH}&stage=approved", "bea")
    expect(bea.page.get_by_role("link", name="wharf")).to_have_count(0)
    button(bram, "Approve").click()
    expect(bea.page.get_by_role("link", name="wharf")).to_be_visible(timeout=PATIENCE_MS)
    button(bram, "Take the approval back").click()
    expect(bea.page.get_by_role("link", name="wharf")).to_have_count(0, timeout=PATIENCE_MS)


def test_f42_a_hostile_reason_is_shown_as_text_and_asks_nobody(desk: Desk, desks: Desks) -> None:
    visitor = desks.open(one("lock"))
    page = visitor.page
    expect(page.get_by_text("1 refused record waits for somebody")).to_be_visible()
    page.get_by_text("Issue now").click()
    page.get_by_label("Reason").fill(HOSTILE)
    visitor.at_rest(button(visitor, "Issue in spite of it")).click()
    expect(page.get_by_text("Issued in spite of what is missing:")).to_be_visible(
        timeout=PATIENCE_MS
    )
    for path in (one("lock"), f"/month_end?{MONTH}"):
        visitor.open(path)
        expect(page.get_by_text("onerror=hit=1")).to_be_visible(timeout=PATIENCE_MS)
        assert HOSTILE in visitor.main_text()
        assert page.evaluate("window.hit") is None
        assert page.locator("img[src^='http']").count() == 0
    assert desk.approvals("lock") == [("bram@msp.example", HOSTILE)]


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("bram", f"/month_end?{MONTH}"),
        ("bram", one("lock")),
        ("bram", one("wharf")),
        ("ana", f"/month_end?{MONTH}"),
        ("ana", "/month_end"),
    ],
)
def test_it_has_no_barrier_in_light_or_dark_and_fits_a_telephone(
    desks: Desks, who: str, path: str
) -> None:
    visitor = desks.open(path, who)
    assert findings(visitor) == FINE
    assert set(visitor.page.evaluate(CUT)) <= {0}


def test_an_administrator_sees_it_all_and_can_press_nothing(desks: Desks) -> None:
    visitor = desks.open(one("wharf"), "ana")
    expect(
        visitor.page.get_by_text("People of the role billing approve and issue.")
    ).to_be_visible()
    expect(button(visitor, "Approve")).to_have_count(0)
    visitor.page.get_by_role("link", name="All clients").click()
    expect(visitor.page.get_by_role("link", name="wharf")).to_be_visible(timeout=PATIENCE_MS)
    expect(visitor.page.get_by_role("combobox", name="Clients")).to_have_count(0)
