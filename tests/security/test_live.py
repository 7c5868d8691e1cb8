"""The live door of two portals on one database, from outside."""

import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from os import P_PID, WEXITED, WNOHANG, WNOWAIT, kill, waitid
from pathlib import Path
from typing import Self

import httpx
import psutil  # type: ignore[import-untyped]  # published without types
import pytest
from sqlalchemy import text

from db.portal import SESSION_COOKIES
from tests.support.database import Database, DatabaseServer
from tests.support.live import LiveStream, status_of, wait_for_status
from tests.support.portal import PATIENCE, Portal, running_portal
from tests.support.taking import Collector, new_client, new_collector, running_taker, usage
from tests.support.viewers import give_password, open_session
from tests.support.visits import Visit

SESSION = SESSION_COOKIES[False]
Cookies = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Towns:
    """Two portals and a process that takes posts, over one database with two clients."""

    database: Database
    portals: tuple[Portal, Portal]
    harbour: Collector
    quayside: Collector
    people: dict[str, int]

    @property
    def urls(self) -> tuple[str, str]:
        first, second = self.portals
        return first.url, second.url

    def cookies(self, name: str) -> Cookies:
        """The cookies of a browser in which a person has just signed in."""
        return signed_in(self.database, self.people[name])

    def change(self, statement: str, **given: object) -> None:
        with self.database.as_owner() as connection:
            connection.execute(text(statement), given)


def signed_in(database: Database, person: int) -> Cookies:
    token = secrets.token_urlsafe(32)
    open_session(database, person, token)
    return {SESSION: token}


@pytest.fixture(scope="module")
def towns(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Towns]:
    database, folder = server.copy(), tmp_path_factory.mktemp("live")
    with (
        running_portal(database, folder) as first,
        running_portal(database, folder) as second,
        running_taker(database, folder) as taker,
    ):
        harbour, quayside = new_client(database), new_client(database)
        yield Towns(
            database=database,
            portals=(first, second),
            harbour=new_collector(taker, harbour),
            quayside=new_collector(taker, quayside),
            people=settle(database, harbour.client_id, quayside.client_id),
        )
    server.drop(database)


def settle(database: Database, harbour: int, quayside: int) -> dict[str, int]:
    """People of the two clients; whoever signs in with a password has the tests' one."""
    people = {
        "ada": database.person("ada@harbour.example", "finance", harbour),
        "quin": database.person("quin@quayside.example", "finance", quayside),
        "mara": database.person("mara@msp.example", "account_manager", harbour, quayside),
        "boss": database.person("boss@msp.example", "administrator"),
    }
    for person in people.values():
        give_password(database, person)
    return people


def version_of(towns: Towns, collector: Collector) -> int:
    with towns.database.as_owner() as connection:
        found = connection.execute(
            text(
                "SELECT coalesce(max(version), 0)::int FROM billing.client_version"
                " WHERE client_id = :client"
            ),
            {"client": collector.client.client_id},
        )
        number: int = found.scalar_one()
    return number


def post(collector: Collector) -> None:
    """Record one more event, by the process that takes posts."""
    assert collector.post(usage(secrets.token_hex(8))).json()["accepted"] == 1


def test_a_post_by_another_process_is_told_by_both_portals(towns: Towns) -> None:
    cookies, slug = towns.cookies("ada"), towns.harbour.client.slug
    first, second = towns.urls
    with (
        LiveStream.of(first, cookies, slug) as one,
        LiveStream.of(second, cookies, slug) as other,
    ):
        begun = version_of(towns, towns.harbour)
        assert [stream.wait_for("version") for stream in (one, other)] == [{"version": begun}] * 2
        post(towns.harbour)
        assert [stream.wait_for("version") for stream in (one, other)] == [
            {"version": begun + 1}
        ] * 2


def test_a_stream_says_nothing_of_other_clients(towns: Towns) -> None:
    url = towns.urls[0]
    ada, quin = towns.cookies("ada"), towns.cookies("quin")
    begun = version_of(towns, towns.harbour)
    with (
        LiveStream.of(url, ada, towns.harbour.client.slug) as hers,
        LiveStream.of(url, quin, towns.quayside.client.slug) as his,
    ):
        hers.wait_for("version")
        for _ in range(3):
            post(towns.quayside)
            his.wait_for_version(version_of(towns, towns.quayside))
        post(towns.harbour)
        hers.wait_for("version")
    assert [line for line in hers.written if line not in {"", ": "}] == [
        "event: version",
        f'data: {{"version": {begun}}}',
        "event: version",
        f'data: {{"version": {begun + 1}}}',
    ]


def test_the_answer_is_never_stored_compressed_or_held_back(towns: Towns) -> None:
    with LiveStream.of(towns.urls[0], towns.cookies("ada"), towns.harbour.client.slug) as stream:
        headers = stream.answer.headers
        assert "gzip" in stream.answer.request.headers["accept-encoding"]
    assert {name: headers.get(name) for name in ("cache-control", "x-accel-buffering")} == {
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
    assert headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_t3_without_a_live_session_there_is_no_stream(towns: Towns) -> None:
    url, slug = towns.urls[0], towns.harbour.client.slug
    ended = towns.cookies("ada")
    towns.change("UPDATE auth.session SET revoked_at = now() WHERE person_id = :p", p=ada(towns))
    tokens = (None, ended[SESSION], "x", "é" * 43, "a" * 43, ended[SESSION][:-1] + "_", "b" * 5_000)
    for token in tokens:
        headers = [] if token is None else [(b"cookie", f"{SESSION}={token}".encode())]
        for asked in ({}, {"client": slug}, {"client": "nowhere"}):
            answer = httpx.get(f"{url}/live", params=asked, headers=headers)
            assert (answer.status_code, answer.text) == (401, "Sign in first."), token


def ada(towns: Towns) -> int:
    return towns.people["ada"]


@pytest.mark.parametrize("who", ["ada", "mara"])
def test_f40_a_foreign_client_and_one_that_does_not_exist_are_the_same(
    towns: Towns, who: str
) -> None:
    stranger = new_client(towns.database).slug
    foreign = towns.quayside.client.slug if who == "ada" else stranger
    own = towns.harbour.client.slug
    asked = [
        f"client={foreign}",
        "client=nowhere",
        "client=",
        "client=%00",
        "client=%ED%A0%80",
        "client=' OR 1=1--",
        f"client={'x' * 10_000}",
        f"client={own}&client={foreign}",
        f"client={foreign}&client={own}",
        f"client={own.upper()}",
    ]
    with httpx.Client(cookies=towns.cookies(who), timeout=PATIENCE) as browser:
        answers = [browser.get(f"{towns.urls[0]}/live?{query}") for query in asked]
    seen = {(answer.status_code, answer.text, shown(answer.headers)) for answer in answers}
    assert [(status, said) for status, said, _ in seen] == [(404, "There is no such client.")]


def shown(headers: httpx.Headers) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers.multi_items() if name != "date")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 403),
        ({"host": "evil.example"}, 421),
    ],
)
def test_f53_other_sites_open_no_stream(towns: Towns, headers: dict[str, str], status: int) -> None:
    with httpx.Client(cookies=towns.cookies("ada"), headers=headers) as browser:
        answer = browser.get(f"{towns.urls[0]}/live")
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_only_get_opens_a_stream(towns: Towns, method: str) -> None:
    with httpx.Client(cookies=towns.cookies("ada")) as browser:
        assert browser.request(method, f"{towns.urls[0]}/live").status_code == 405


TAKEN_AWAY = "client taken away"
ENDINGS = {
    "revoked": "UPDATE auth.session SET revoked_at = now() WHERE person_id = :person",
    "idled out": "UPDATE auth.session SET idle_expires_at = now() WHERE person_id = :person",
    "expired": "UPDATE auth.session SET expires_at = now(), created_at = now() - interval '1 day',"
    " idle_expires_at = now() WHERE person_id = :person",
    "deleted": "DELETE FROM auth.session WHERE person_id = :person",
    "person disabled": "UPDATE auth.person SET disabled_at = now() WHERE person_id = :person",
    "password changed": "UPDATE auth.person SET password_changed_at = now()"
    " WHERE person_id = :person",
    TAKEN_AWAY: "DELETE FROM auth.person_client WHERE person_id = :person",
    "client disabled": "UPDATE billing.client c SET disabled_at = now()"
    " FROM auth.person_client m WHERE m.client_id = c.client_id AND m.person_id = :person",
}


def test_f46_a_session_that_ended_in_any_way_ends_its_streams(towns: Towns) -> None:
    gone = {ending: Gone.at(towns) for ending in ENDINGS}
    with ExitStack() as opened:
        streams = {
            ending: [
                opened.enter_context(LiveStream.of(url, each.cookies, slug))
                for url in towns.urls
                for slug in ((each.slug,) if ending == TAKEN_AWAY else (each.slug, None))
            ]
            for ending, each in gone.items()
        }
        for stream in chain(*streams.values()):
            stream.wait_for("version")
        for ending, statement in ENDINGS.items():
            towns.change(statement, person=gone[ending].person)
        for stream in chain(*streams.values()):
            stream.read_to_its_end()
    told = {ending: [stream.told[1:] for stream in each] for ending, each in streams.items()}
    assert told == {
        "revoked": [[("ended", {})]] * 4,
        "idled out": [[("ended", {})]] * 4,
        "expired": [[("ended", {})]] * 4,
        "deleted": [[("ended", {})]] * 4,
        "person disabled": [[("ended", {})]] * 4,
        "password changed": [[("ended", {})]] * 4,
        "client disabled": [[("ended", {})]] * 4,
        "client taken away": [[("ended", {})]] * 2,
    }
    for ending, each in gone.items():
        again = status_of(towns.urls[0], each.cookies, each.slug)
        assert again == (404 if ending == TAKEN_AWAY else 401), ending


@dataclass(frozen=True, kw_only=True)
class Gone:
    """Somebody of a client of his own, whose session is about to end."""

    person: int
    cookies: Cookies
    slug: str

    @classmethod
    def at(cls, towns: Towns) -> Self:
        client = new_client(towns.database)
        address = f"{secrets.token_hex(4)}@gone.example"
        person = towns.database.person(address, "finance", client.client_id)
        return cls(person=person, cookies=signed_in(towns.database, person), slug=client.slug)


def test_f47_signing_out_at_one_portal_ends_the_streams_of_the_other(towns: Towns) -> None:
    cookies, other = towns.cookies("ada"), towns.cookies("ada")
    slug, (first, second) = towns.harbour.client.slug, towns.urls
    with LiveStream.of(second, cookies, slug) as ends, LiveStream.of(second, other, slug) as stays:
        ends.wait_for("version"), stays.wait_for("version")
        own = {"Sec-Fetch-Site": "same-origin", "Origin": first}
        with httpx.Client(cookies=cookies, headers=own) as browser:
            assert browser.post(f"{first}/session/end").status_code == 303
        ends.wait_for("ended")
        ends.read_to_its_end()
        post(towns.harbour)
        stays.wait_for_version(version_of(towns, towns.harbour))
        assert [event for event, _ in stays.told] == ["version", "version"]


def test_f46_losing_one_of_two_clients_ends_that_ones_stream_only(towns: Towns) -> None:
    kept, lost = towns.harbour.client, new_client(towns.database)
    name = f"{secrets.token_hex(4)}@msp.example"
    person = towns.database.person(name, "account_manager", kept.client_id, lost.client_id)
    cookies, url = signed_in(towns.database, person), towns.urls[0]
    with (
        LiveStream.of(url, cookies, kept.slug) as stays,
        LiveStream.of(url, cookies, lost.slug) as ends,
    ):
        stays.wait_for("version"), ends.wait_for("version")
        towns.change(
            "DELETE FROM auth.person_client WHERE person_id = :person AND client_id = :client",
            person=person,
            client=lost.client_id,
        )
        ends.wait_for("ended")
        post(towns.harbour)
        stays.wait_for_version(version_of(towns, towns.harbour))
        assert [event for event, _ in stays.told] == ["version", "version"]


def test_a_stream_is_no_action_and_keeps_nobody_signed_in(towns: Towns) -> None:
    cookies = towns.cookies("quin")
    towns.change(
        "UPDATE auth.session SET created_at = created_at - interval '10 minutes',"
        " last_seen_at = last_seen_at - interval '10 minutes' WHERE person_id = :person",
        person=towns.people["quin"],
    )
    before = sessions(towns)
    with LiveStream.of(towns.urls[0], cookies, towns.quayside.client.slug) as stream:
        stream.wait_for("version")
        post(towns.quayside)
        stream.wait_for_version(version_of(towns, towns.quayside))
    assert sessions(towns) == before


def sessions(towns: Towns) -> list[object]:
    with towns.database.as_owner() as connection:
        rows = connection.execute(
            text(
                "SELECT session_hash, last_seen_at, idle_expires_at FROM auth.session"
                " WHERE person_id = :person ORDER BY 1"
            ),
            {"person": towns.people["quin"]},
        )
        return [tuple(row) for row in rows]


def test_a_session_opens_eight_streams_and_each_takes_no_thread_and_no_connection(
    towns: Towns,
) -> None:
    url, slug = towns.urls[0], towns.harbour.client.slug
    everybody = [towns.cookies(name) for name in ("ada", "ada", "ada", "mara", "mara", "boss")]
    with ExitStack() as open_streams:
        streams = [
            open_streams.enter_context(LiveStream.of(url, cookies, slug))
            for cookies in everybody
            for _ in range(8)
        ]
        refused = httpx.get(f"{url}/live", cookies=everybody[0], timeout=PATIENCE)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        assert status_of(towns.urls[1], everybody[0], slug) == 200
        post(towns.harbour)
        for stream in streams:
            stream.wait_for_version(version_of(towns, towns.harbour))
        assert threads_of(towns.portals[0]) < len(streams)
        assert connections_of(towns) < len(streams)
    wait_for_status(200, url, everybody[0], slug)


def threads_of(portal: Portal) -> int:
    return len(list(Path(f"/proc/{portal.pid}/task").iterdir()))


def connections_of(towns: Towns) -> int:
    with towns.database.as_owner() as connection:
        found = connection.execute(
            text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        )
        number: int = found.scalar_one()
    return number


def test_a_portal_that_nobody_watches_asks_nothing(towns: Towns) -> None:
    cookies, (watched, other) = towns.cookies("ada"), towns.portals
    assert status_of(other.url, cookies) == 200
    with LiveStream.of(watched.url, cookies):
        wait_until(lambda: asks_nothing_while_asked(towns, other, watched))


def asks_nothing_while_asked(towns: Towns, quiet: Portal, watched: Portal) -> bool:
    """Whether a portal leaves the database alone while the other one asks three times."""
    begun = last_asked(towns, quiet)
    assert begun
    for _ in range(3):
        before = last_asked(towns, watched)
        wait_until(partial(differs, before, towns, watched))
    return last_asked(towns, quiet) == begun


def differs(before: set[object], towns: Towns, portal: Portal) -> bool:
    return last_asked(towns, portal) != before


def last_asked(towns: Towns, portal: Portal) -> set[object]:
    """When each of a portal's connections to the database was last used."""
    ports = [each.laddr.port for each in psutil.Process(portal.pid).net_connections()]
    with towns.database.administrator.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT client_port, state_change FROM pg_stat_activity"
                " WHERE datname = current_database() AND client_port = ANY (:ports)"
            ),
            {"ports": ports},
        )
        return {tuple(row) for row in rows}


def test_f36_while_the_database_is_away_streams_say_so_and_come_back(towns: Towns) -> None:
    cookies, slug = towns.cookies("ada"), towns.harbour.client.slug
    with ExitStack() as open_streams:
        streams = [
            open_streams.enter_context(LiveStream.of(url, cookies, asked))
            for url in towns.urls
            for asked in (slug, None)
        ]
        with towns.portals[0].database_down():
            for stream in streams:
                stream.wait_for("away")
            away = httpx.get(f"{towns.urls[0]}/live", cookies=cookies, timeout=PATIENCE)
            assert away.status_code == 503
            assert int(away.headers["retry-after"]) > 0
        for stream in streams:
            stream.wait_for("version")
        post(towns.harbour)
        for stream in streams[::2]:
            stream.wait_for_version(version_of(towns, towns.harbour))
    assert "Traceback" not in towns.portals[0].log.read_text()


def test_a_stop_ends_open_streams_at_once_and_the_process_with_them(
    database: Database, tmp_path: Path
) -> None:
    client = new_client(database)
    cookies = signed_in(database, database.person("ada@h.example", "finance", client.client_id))
    with running_portal(database, tmp_path) as portal, ExitStack() as opened:
        visit = opened.enter_context(Visit.to(portal, cookies))
        visit.run("account")
        streams = [
            opened.enter_context(LiveStream.of(portal.url, cookies, client.slug)) for _ in range(8)
        ]
        read = streams[:4]
        for stream in read:
            stream.wait_for("version")
        kill(portal.pid, signal.SIGTERM)
        for stream in read:
            stream.read_to_its_end()
        assert [stream.told for stream in read] == [[("version", {"version": 0})]] * 4
        wait_until(lambda: has_ended(portal.pid))
        said = portal.log.read_text()
    assert "Traceback" not in said
    assert "Exception" not in said


def has_ended(pid: int) -> bool:
    """Whether our child has ended; whoever started it still waits for it."""
    return waitid(P_PID, pid, WEXITED | WNOHANG | WNOWAIT) is not None


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
