"""F36: the database is stopped, comes back, or hands its place to another one."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from db.database import create_database
from db.embedded import EmbeddedServer, Urls
from tests.faults.quays import (
    BROWSER,
    ERROR_ID,
    OWN_PAGE,
    PAGES,
    Quay,
    alerts,
    leaks,
    running_quay,
)
from tests.support.database import DatabaseServer
from tests.support.relay import Relay, relay_to
from tests.support.visits import Visit

SENTENCE = "The billing database does not answer at the moment. Your figures are safe."


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A portal that reaches its database through a relay."""

    quay: Quay
    relay: Relay
    server: EmbeddedServer


@pytest.fixture(scope="module")
def crossing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crossing]:
    """A portal over a server of its own, which may be stopped."""
    folder = Path(tempfile.mkdtemp(prefix="meterglass-test-"))  # the server's account enters it
    folder.chmod(0o711)
    embedded = EmbeddedServer(folder, forgetful=True)
    urls = embedded.start()
    try:
        create_database(urls)
        server = DatabaseServer(folder, urls)
        database = server.copy()
        with relay_to(port_of(urls)) as relay:
            settings = {"METERGLASS_DATABASE_URL_PORTAL": relay.address(database.portal_url)}
            portals = tmp_path_factory.mktemp("portal")
            with running_quay(database, portals, settings) as quay:
                yield Crossing(quay=quay, relay=relay, server=embedded)
        database.disconnect()
        server.disconnect()
    finally:
        embedded.stop()
        shutil.rmtree(folder)


def port_of(urls: Urls) -> int:
    return make_url(urls.portal or "").port or 0


def says_so(visit: Visit) -> None:
    """One sentence, an id to quote, a way to try again, and nothing of why."""
    (alert,) = alerts(visit)
    assert SENTENCE in alert
    assert len([each for each in visit.elements if ERROR_ID.search(each)]) == 1
    assert visit.widget("Try again")
    assert leaks(visit) == []


def is_well(visit: Visit) -> None:
    assert visit.sees("Sign out")
    assert alerts(visit) == []


def test_f36_each_page_says_that_the_database_is_gone_and_comes_back(crossing: Crossing) -> None:
    quay = crossing.quay
    with Visit.to(quay.portal, quay.cookies(quay.boss)) as visit:
        is_well(visit.run())
        with crossing.relay.refusing():
            for page in PAGES:
                says_so(visit.run(page))
            says_so(visit.run("consumption", widgets={visit.widget("Try again"): True}))
            with Visit.to(quay.portal) as nobody:
                says_so(nobody.run())
        for page in PAGES:
            is_well(visit.run(page))
    with Visit.to(quay.portal) as nobody:
        assert nobody.run().sees('label: "E-mail address"')
        assert alerts(nobody) == []


def post(quay: Quay, path: str, **fields: str) -> httpx.Response:
    with quay.browser(quay.cookies(quay.ada)) as browser:
        return browser.post(path, data=fields, headers=OWN_PAGE)


def test_f36_each_route_says_that_the_database_is_gone_and_comes_back(crossing: Crossing) -> None:
    quay = crossing.quay
    cookies = quay.cookies(quay.ada)
    with quay.browser(cookies) as browser, quay.browser({BROWSER: "x" * 43}) as stranger:
        with crossing.relay.refusing():
            media, live = browser.get("/media/x"), browser.get("/live")
            start = stranger.post("/session/start", data={"ticket": "x"}, headers=OWN_PAGE)
            end = browser.post("/session/end", headers=OWN_PAGE)
            ready, alive = browser.get("/readyz"), browser.get("/healthz")
            page = browser.get("/consumption")
        codes = [each.status_code for each in (media, live, start, end, ready, alive, page)]
        assert codes == [503, 503, 503, 503, 503, 200, 200]
        assert {each.headers["retry-after"] for each in (media, live, start, end, ready)} == {"5"}
        assert ERROR_ID.search(media.text)
        for answer in (start, end):
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert ERROR_ID.search(answer.text)
            assert '<a href="/">Try again</a>' in answer.text
        assert SENTENCE in start.text
        assert "You are signed out in this browser." in end.text
        assert 'meterglass=""' in end.headers["set-cookie"]
        assert stranger.get("/readyz").text == "ready"
        assert stranger.post("/session/start", headers=OWN_PAGE).status_code == 303
    assert post(quay, "/session/end").status_code == 303


def test_f36_the_log_has_the_reason_under_the_id_and_no_secret(crossing: Crossing) -> None:
    quay = crossing.quay
    cookies = quay.cookies(quay.ada)
    with Visit.to(quay.portal, cookies) as visit, crossing.relay.refusing():
        visit.run()
        told = next(found[0] for each in visit.elements if (found := ERROR_ID.search(each)))
    log = quay.portal.log.read_text()
    assert told.removeprefix("Error id ") in log
    password = make_url(quay.database.portal_url).password or ""
    assert not any(secret in log for secret in (*cookies.values(), password))


def test_f36_connections_that_were_ended_are_replaced_without_a_word(crossing: Crossing) -> None:
    quay = crossing.quay
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit:
        for page in ("", "consumption"):
            is_well(visit.run(page))
            quay.administer(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'meterglass_portal'"
            )
            is_well(visit.run(page))
            crossing.relay.cut()
            is_well(visit.run(page))


def test_f36_a_server_that_was_stopped_is_found_again_in_another_place(
    crossing: Crossing,
) -> None:
    quay = crossing.quay
    with Visit.to(quay.portal, quay.cookies(quay.ada)) as visit:
        is_well(visit.run("consumption"))
        crossing.server.stop()
        says_so(visit.run("consumption"))
        crossing.relay.target = port_of(crossing.server.start())
        query = f"period={quay.month}&meter=egress&show=resources"
        is_well(visit.run("consumption", query))
        assert visit.sees("harbour-vm-0")
