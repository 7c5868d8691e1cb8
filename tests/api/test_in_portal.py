"""Posts in the portal's process: let through the gate, and apart from people's sessions."""

from collections.abc import Iterator

import httpx
import pytest

from db.engine import make_engine
from db.portal import SESSION_COOKIES
from db.settings import Settings
from tests.support.database import Database, DatabaseServer, portal_connections
from tests.support.portal import Portal, running_portal
from tests.support.quickest import DELAYED, quickest_of_ten
from tests.support.taking import BATCH, Collector, new_collector, usage
from tests.support.viewers import give_password, open_session

TOKEN = "t" * 43


@pytest.fixture(scope="module")
def portal_that_takes(
    server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    database = server.copy()
    settings = {"METERGLASS_DATABASE_URL_WRITER": database.writer_url}
    with running_portal(database, tmp_path_factory.mktemp("portal"), settings) as started:
        yield started
    server.drop(database)


def signed_in(database: Database) -> dict[str, str]:
    boss = database.person("boss@msp.example", "administrator")
    give_password(database, boss)
    open_session(database, boss, TOKEN)
    return {"cookie": f"{SESSION_COOKIES[False]}={TOKEN}"}


def test_its_connections_are_open_before_anybody_comes(portal_that_takes: Portal) -> None:
    administrator = make_engine(portal_that_takes.database.administrator_url)
    kept = Settings.model_fields["database_connections"].default
    assert portal_connections(administrator) >= kept
    administrator.dispose()


def test_the_portals_process_takes_posts_without_cookies(portal_that_takes: Portal) -> None:
    collector = new_collector(portal_that_takes)
    answer = collector.post(usage("a"))
    assert answer.json()["accepted"] == 1
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert httpx.get(f"{portal_that_takes.url}/readyz").text == "ready"


def test_problems_are_problem_documents_there_too(portal_that_takes: Portal) -> None:
    url = portal_that_takes.url
    answers = [
        httpx.get(f"{url}/api/v1/nothing"),
        httpx.get(f"{url}/api/v1/events"),
        httpx.post(f"{url}/api/v1/events", headers={"host": "evil.example"}),
        httpx.post(f"{url}/api/v1/events", headers={"origin": "https://evil.example"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 421, 401]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


def test_a_session_posts_nothing_and_a_key_opens_nothing(portal_that_takes: Portal) -> None:
    url, database = portal_that_takes.url, portal_that_takes.database
    cookie = signed_in(database)
    metrics = f"{url}/_stcore/metrics"
    assert httpx.get(metrics, headers=cookie).status_code == 200
    posted = httpx.post(
        f"{url}/api/v1/events", json=[usage("a")], headers={**cookie, "content-type": BATCH}
    )
    assert posted.status_code == 401
    collector: Collector = new_collector(portal_that_takes)
    assert httpx.get(metrics, headers=collector.authorization).status_code == 401
    as_cookie = {"cookie": f"{SESSION_COOKIES[False]}={collector.key}"}
    assert httpx.get(metrics, headers=as_cookie).status_code == 401


def test_a_portal_without_the_writers_address_takes_no_posts(portal: Portal) -> None:
    answer = new_collector(portal).post(usage("a"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "300")
    assert answer.json()["detail"] == "This address takes no events."
    assert httpx.get(f"{portal.url}/readyz").text == "ready"


def test_the_portal_sends_small_pieces_at_once(portal_that_takes: Portal) -> None:
    assert quickest_of_ten(portal_that_takes.url) < DELAYED
