"""The demo's collectors against a real portal: by HTTP, with keys that end with them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from db.settings import Settings
from demo.feed import Feed, begins
from demo.feed_keys import NAME, FeedKeys
from demo.posting import Door
from demo.state import loaded
from jobs.demo_load import Size
from jobs.demo_process import demo_feed
from tests.support.database import DatabaseServer
from tests.support.demo import load_small_demo
from tests.support.portal import PATIENCE, Portal, running_portal

NOW = datetime.now(UTC).replace(microsecond=0)
BEFORE = NOW - timedelta(hours=2)
UNTHINNED = Size(months=1)  #: a rarer reading stands for more: it would differ from a posted one


@pytest.fixture(scope="module")
def portal(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """A portal over a demo that was loaded up to two hours ago, and takes posts."""
    database, folder = server.copy(), tmp_path_factory.mktemp("portal")
    load_small_demo(database, folder, BEFORE, UNTHINNED)
    writer = {"METERGLASS_DATABASE_URL_WRITER": database.own_urls.writer or ""}
    with running_portal(database, folder, writer) as started:
        yield started
    server.drop(database)


def asked(portal: Portal, question: str) -> int:
    with portal.database.as_owner() as connection:
        return int(connection.execute(text(question)).scalar_one())


def keys(portal: Portal, condition: str) -> int:
    where = f"name = '{NAME}' AND revoked_at IS {condition}"
    return asked(portal, f"SELECT count(*) FROM billing.api_key WHERE {where}")


EVENTS = "SELECT count(*) FROM billing.usage_event"
REFUSED = "SELECT count(*) FROM billing.rejected_record"


def test_what_is_posted_is_recorded_and_the_next_load_finds_it(portal: Portal) -> None:
    database = portal.database
    before, refused = asked(portal, EVENTS), asked(portal, REFUSED)
    collectors_keys = FeedKeys(database.owner)
    anchor = loaded(database.own_urls).anchor
    assert anchor is not None
    feed = Feed(Door(url=portal.url), collectors_keys, anchor, begins({"all": BEFORE}, NOW))
    assert feed.step(NOW) == 2.0
    while feed.waiting:
        assert feed.step(NOW) == 2.0
    posted = asked(portal, EVENTS) - before
    assert posted > 20
    assert asked(portal, REFUSED) == refused
    assert keys(portal, "NULL") == 4
    held_back = load_small_demo(database, portal.log.parent, NOW, UNTHINNED)
    assert held_back.stored < posted / 3
    assert asked(portal, REFUSED) == refused
    collectors_keys.revoke()
    assert keys(portal, "NULL") == 0


def test_ended_with_the_portal_it_revokes_its_keys_and_says_none(
    portal: Portal, capfd: pytest.CaptureFixture[str]
) -> None:
    urls = portal.database.own_urls
    environment = {
        "METERGLASS_DATABASE_URL_OWNER": urls.owner or "",
        "METERGLASS_DATABASE_URL_WRITER": urls.writer or "",
    }
    running = demo_feed(Settings(port=portal.port), environment)
    deadline = time.monotonic() + PATIENCE
    while keys(portal, "NULL") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running.stop()
    assert keys(portal, "NULL") == 0
    assert capfd.readouterr() == ("", "")
