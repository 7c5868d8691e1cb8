"""One burst, one late record and one correction, followed on screen from arrival to charge.

Compute hours of Harbour & Lane, graduated after 100 included: up to 500 at 0.10, up to 1,000 at
0.08 with 5.00 on entering, above (Peak, burst) at 0.20. On the meter's scale Growth is entered
above 600 and Peak above 1,100. Last month, in Amsterdam; each record at 10:00.

| posted  | day | hours | running | added                             | Peak entered on |
|---------|-----|-------|---------|-----------------------------------|-----------------|
| burst   |   2 |   300 |     300 | 200 × 0.10 = 20.00                |                 |
|         |   3 |   300 |     600 | 300 × 0.10 = 30.00                |                 |
|         |  10 |   250 |     850 | 250 × 0.08 + 5.00 = 25.00         |                 |
|         |  12 |   350 |   1,200 | 250 × 0.08 + 100 × 0.20 = 40.00   | the 12th        |
|         |     |       |         | 115.00                            |                 |
| late    |  11 |   300 |   1,150 | 250 × 0.08 + 50 × 0.20 = 30.00    | the 11th        |
| then    |  12 |   350 |   1,500 | 350 × 0.20 = 70.00                |                 |
|         |     |       |         | 175.00                            |                 |
| correct |   3 |   100 |     400 | 100 × 0.10 = 10.00                |                 |
| then    |  10 |   250 |     650 | 200 × 0.10 + 50 × 0.08 + 5 = 29   |                 |
|         |  11 |   300 |     950 | 300 × 0.08 = 24.00                |                 |
|         |  12 |   350 |   1,300 | 150 × 0.08 + 200 × 0.20 = 52.00   | the 12th        |
|         |     |       |         | 135.00                            |                 |
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from billing_core.event import event_id
from billing_core.setup import Setup
from db.commands.api_keys import issue_key
from db.commands.setup.apply import apply_setup
from tests.browser.test_every_page import FINE, findings
from tests.browser.visitor import Arrive, Visitor
from tests.pages import harbour
from tests.support.database import DatabaseServer
from tests.support.portal import Portal, running_portal
from tests.support.viewers import PASSWORD, give_password

ZONE = ZoneInfo("Europe/Amsterdam")
FIRST = (datetime.now(ZONE).date().replace(day=1) - timedelta(days=1)).replace(day=1)
SINCE = FIRST - timedelta(days=40)
PEOPLE = (harbour.FINANCE, harbour.IT, harbour.MANAGER)
RECORDS = f"/consumption?period={FIRST:%Y-%m}&meter=compute-hours&show=records"

BURST = (
    ("n1", 2, "vm-1", "300"),
    ("n2", 3, "vm-2", "300"),
    ("n3", 10, "vm-1", "250"),
    ("n4", 12, "vm-2", "350"),
)
LATE = ("n5", 11, "vm-1", "300")
CORRECTION = ("n6", 3, "vm-2", "100")


def agreed() -> Setup:
    """The setup of Harbour & Lane, its agreement begun long enough ago."""
    [agreement] = [each for each in harbour.SETUP.agreements if each.client == "harbour"]
    begun = SINCE.replace(day=1)
    prices = tuple(replace(each, starts_on=begun) for each in agreement.prices)
    running = replace(agreement, starts_on=begun, prices=prices, renews_on=None, notice_by=None)
    return replace(harbour.SETUP, agreements=(running,))


@pytest.fixture(scope="module")
def portal(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal that takes posts, over a client that has no record yet."""
    database = server.copy()
    with database.as_owner() as connection:
        apply_setup(connection, agreed(), as_of=datetime.now(UTC), actor="test")
    for email in PEOPLE:
        person = harbour.number_of(database, "auth.person", "person_id", "email", email)
        give_password(database, person)
    with database.as_owner() as connection:
        connection.execute(text("UPDATE auth.person SET must_change_password = false"))
    writer = {"METERGLASS_DATABASE_URL_WRITER": database.own_urls.writer or ""}
    with running_portal(database, tmp_path_factory.mktemp("portal"), writer) as started:
        yield started
    server.drop(database)


@pytest.fixture(scope="module")
def key(portal: Portal) -> str:
    with portal.database.as_owner() as connection:
        issued = issue_key(
            connection, source="hypervisor", slugs=("harbour",), name="collector", actor="test"
        )
    return issued.key


def post(portal: Portal, key: str, *events: tuple[str, int, str, str], **more: str) -> None:
    """Post events as a collector does; each is accepted."""
    given = [
        {
            "specversion": "1.0",
            "type": "meterglass.usage",
            "source": "/hypervisor",
            "id": own_id,
            "time": at(day).isoformat(),
            "data": {"meter": "compute-hours", "resource": resource, "quantity": hours, **more},
        }
        for own_id, day, resource, hours in events
    ]
    answer = httpx.post(
        f"{portal.url}/api/v1/events",
        json=given,
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/cloudevents-batch+json",
        },
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == len(events), answer.text


def at(day: int) -> datetime:
    return datetime(FIRST.year, FIRST.month, day, 10, tzinfo=ZONE)


def said(day: int) -> str:
    """How the page writes a crossing's instant."""
    return f"{day} {date(2000, FIRST.month, 1):%b}, 10:00"


def seen(visitor: Visitor, path: str = RECORDS) -> str:
    """All that a page says, in one line."""
    visitor.open(path)
    expect(visitor.heading("Consumption")).to_be_visible()
    return re.sub(r"\s+", " ", visitor.main_text())


def record(own_id: str) -> str:
    return f"/consumption?event={event_id('hypervisor', own_id, 'compute-hours')}"


def enter(arrive: Arrive, email: str) -> Visitor:
    visitor = arrive(None)
    visitor.open()
    visitor.sign_in(email, PASSWORD)
    return visitor


def test_a_burst_a_late_record_and_a_correction_are_followed_to_the_charge(
    arrive: Arrive, portal: Portal, key: str
) -> None:
    visitor = enter(arrive, harbour.FINANCE)

    post(portal, key, *BURST)
    page = seen(visitor)
    for added in ("€20.00", "€30.00", "€25.00", "€40.00"):
        assert added in page
    assert "4 records add up to €115.00 before tax" in page
    assert f"{said(12)} entered Peak (burst tier)" in page
    assert "moved to" not in page

    post(portal, key, LATE)
    page = seen(visitor)
    assert "€70.00" in page
    assert "5 records add up to €175.00 before tax" in page
    assert f"{said(11)} entered Peak (burst tier)" in page
    assert f"First crossed {said(12)}; moved to {said(11)}" in page
    assert "because of a record that arrived later" in page

    post(portal, key, CORRECTION, supersedes="n2", reason="read twice")
    page = seen(visitor)
    for added in ("€10.00", "€29.00", "€24.00", "€52.00"):
        assert added in page
    assert "5 records add up to €135.00 before tax" in page
    assert "Replaced, counts nothing: see its correction" in page
    assert "Corrects an earlier record (read twice)" in page
    assert f"{said(12)} entered Peak (burst tier)" in page
    assert "because of a correction" in page

    visitor.page.get_by_role("link", name="see its correction").click()
    visitor.settled()
    expect(visitor.page.get_by_text("300 before it")).to_be_visible()
    page = re.sub(r"\s+", " ", visitor.main_text())
    assert "counts towards the charge" in page
    assert "400 machine hours" in page
    assert "€10.00" in page
    assert "Why: read twice" in page

    page = seen(visitor, record("n4"))
    assert "1,300 machine hours 950 before it" in page
    assert "€52.00" in page
    assert "entered Peak (burst tier)" in page


@pytest.mark.parametrize("path", [RECORDS, record("n2"), record("n6")], ids=["list", "n2", "n6"])
def test_what_became_of_a_record_has_no_barrier_and_fits_a_telephone(
    arrive: Arrive, path: str
) -> None:
    visitor = enter(arrive, harbour.MANAGER)
    visitor.open(f"{path}&client=harbour")
    expect(visitor.heading("Consumption")).to_be_visible()
    assert findings(visitor) == FINE


def test_only_people_of_the_msp_are_told_the_commands(arrive: Arrive) -> None:
    path = f"{record('n4')}&client=harbour"
    shown = {
        email: "python -m jobs supersede" in seen(enter(arrive, email), path) for email in PEOPLE
    }
    assert shown == {harbour.FINANCE: False, harbour.IT: False, harbour.MANAGER: True}
