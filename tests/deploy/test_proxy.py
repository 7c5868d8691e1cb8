"""The portal behind the nginx of deploy/: asked from outside, by programs."""

import json
import re
import secrets
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, expect
from sqlalchemy import text

from db.commands.api_keys import issue_key
from db.portal import BROWSER_COOKIES, SESSION_COOKIES
from tests.browser.visitor import Visitor
from tests.deploy.ground import API, FIRST, NAME, SECOND, Proxied, proxied
from tests.security.conftest import settle
from tests.support.database import DatabaseServer
from tests.support.find_chromium import ABSENT as CHROMIUM_ABSENT
from tests.support.find_chromium import find_chromium, launch_arguments
from tests.support.taking import BATCH, new_client, usage
from tests.support.usage import SOURCE
from tests.support.viewers import PASSWORD, open_session

SESSION, BROWSER = SESSION_COOKIES[True], BROWSER_COOKIES[True]
FORGED: Final = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=http;host=elsewhere.example",
}
WRONG_KEY: Final = f"Bearer mg_00000000_{'x' * 43}"


#: Two windows find their way while processes start: minutes, where much else runs.
LONG_MS: Final = 120_000
#: Chromium comes in, and after it no other test may use an event loop.
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ground(
    nginx_is_there: None, server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxied]:
    """All of it, once for the module."""
    database = server.copy()
    settle(database)
    with proxied(database, tmp_path_factory.mktemp("proxy")) as running:
        yield running
    server.drop(database)


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser that finds the portal's name on this machine."""
    found = find_chromium()
    if found is None:
        pytest.fail(CHROMIUM_ABSENT)
    names = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    browser = playwright.chromium.launch(
        executable_path=str(found), args=[*launch_arguments(), names]
    )
    yield browser
    browser.close()


@contextmanager
def visitor(
    ground: Proxied, chromium: Browser, person: int | None = None, replica: str = FIRST
) -> Iterator[Visitor]:
    """Somebody's window; signed in already where a person is named, and then at a replica."""
    window = chromium.new_context(ignore_https_errors=True, locale="en-GB")
    if person is not None:
        opened = token()
        open_session(ground.database, person, opened)
        given = {SESSION: opened, BROWSER: ground.cookie_of(replica)}
        window.add_cookies(
            [
                {"name": name, "value": value, "url": ground.url, "secure": True}
                for name, value in given.items()
            ]
        )
    try:
        yield Visitor(page=window.new_page(), url=ground.url)
    finally:
        window.close()


def shows(somebody: Visitor, figure: str) -> None:
    """Wait until a figure stands on somebody's page."""
    page = somebody.page.get_by_test_id("stMain")
    expect(page.get_by_text(figure).first).to_be_visible(timeout=LONG_MS)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A collector that posts through the proxy, and a person of its client."""

    ground: Proxied
    key: str
    person: int

    def post(self, quantity: str) -> None:
        """Post a reading of this moment."""
        event = usage(token(), at=datetime.now(UTC).isoformat(), quantity=quantity)
        with self.ground.browser() as client:
            answer = client.post(
                "/api/v1/events",
                json=[event],
                headers={"Authorization": f"Bearer {self.key}", "Content-Type": BATCH},
            )
        assert answer.json()["accepted"] == 1
        # Pages that look for their replica ask at the same time.
        posts = [each for each in self.ground.requests() if each["path"] == "/api/v1/events"]
        assert self.ground.replica_of(posts[-1]["upstream"]) == API


def new_collector_of(ground: Proxied) -> Source:
    client = new_client(ground.database)
    with ground.database.as_owner() as connection:
        issued = issue_key(
            connection, source=SOURCE, slugs=[client.slug], name="a test's", actor="test"
        )
    person = ground.database.person(f"vera@{client.slug}.example", "finance", client.client_id)
    return Source(ground=ground, key=issued.key, person=person)


def token() -> str:
    return secrets.token_urlsafe(32)


def said(ground: Proxied, *lines: str, body: bytes = b"", until: bytes | None = None) -> bytes:
    """What is answered to a request written by hand, until the connection ends or so far."""
    answers = b""
    with ground.line() as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        while (until is None or until not in answers) and (more := line.recv(65536)):
            answers += more
    return answers


def statuses(answers: bytes) -> list[int]:
    return [int(each[:3]) for each in answers.split(b"HTTP/1.1 ")[1:]]


def test_plain_http_leads_to_the_portals_own_name(ground: Proxied) -> None:
    asked = httpx.get(
        f"http://127.0.0.1:{ground.ports['80']}/consumption?period=2026-10",
        headers={"Host": "elsewhere.example"},
    )
    assert asked.status_code == 301
    assert asked.headers["location"] == f"{ground.url}/consumption?period=2026-10"


def test_a_key_sent_in_clear_is_not_led_on_as_if_nothing_had_happened(ground: Proxied) -> None:
    port = ground.ports["80"]
    answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/events", headers={"Authorization": "x"})
    assert answer.status_code == 403
    assert "revoked" in answer.text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(ground: Proxied, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", ground.ports["443"])) as made,
        pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"),
    ):
        context.wrap_socket(made, server_hostname=NAME)


def test_a_name_that_is_not_ours_is_shown_no_certificate(ground: Proxied) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", ground.ports["443"])) as made,
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
    ):
        context.wrap_socket(made, server_hostname="elsewhere.example")


def test_http_2_is_offered(ground: Proxied) -> None:
    with ground.line("h2", "http/1.1") as line:
        assert line.selected_alpn_protocol() == "h2"
        assert line.version() == "TLSv1.3"


def test_neither_proxy_nor_server_names_its_version(ground: Proxied) -> None:
    with ground.browser() as browser:
        answers = [browser.get(path) for path in ("/", "/healthz", "/api/v1/openapi.json")]
    assert [each.headers["server"] for each in answers] == ["nginx"] * 3
    assert "1." not in answers[1].text


def test_the_application_alone_says_to_stay_with_tls_and_once(ground: Proxied) -> None:
    with ground.browser() as browser:
        told = browser.get("/").headers.get_list("strict-transport-security")
    assert len(told) == 1
    assert told[0].startswith("max-age=31536000")


def test_the_cookies_of_a_page_are_secure_and_the_hosts_own(ground: Proxied) -> None:
    with ground.browser() as browser:
        (cookie,) = browser.get("/").headers.get_list("set-cookie")
    assert cookie.startswith(f"{BROWSER}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))


def test_whether_a_process_lives_is_asked_of_it_and_not_of_the_proxy(ground: Proxied) -> None:
    with ground.browser() as browser:
        assert [browser.get(path).status_code for path in ("/healthz", "/readyz")] == [404, 200]


def test_a_browser_stays_with_its_replica_and_browsers_are_shared_out(ground: Proxied) -> None:
    cookies = [token() for _ in range(13)]  # odd: taking turns would not look like staying
    before = len(ground.requests())
    for cookie in cookies * 2:
        with ground.browser({BROWSER: cookie, "other": "x"}) as browser:
            assert browser.get("/_stcore/health").status_code == 200
    replicas = [ground.replica_of(each["upstream"]) for each in ground.requests()[before:]]
    assert replicas[:13] == replicas[13:]
    assert set(replicas) == {FIRST, SECOND}


def test_a_websocket_opens_and_other_upgrades_are_not_passed_on(ground: Proxied) -> None:
    with ground.visit({BROWSER: token()}, "127.0.0.1") as visit:
        assert visit.run().sees("E-mail address")
    answer = said(
        ground,
        "GET / HTTP/1.1",
        f"Host: {ground.host}",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Connection: Upgrade, HTTP2-Settings, close",
    )
    assert statuses(answer) == [200]


def test_a_websocket_from_another_page_is_refused(ground: Proxied) -> None:
    answer = said(
        ground,
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {ground.host}",
        "Origin: https://elsewhere.example",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        until=b"\r\n\r\n",
    )
    assert statuses(answer) == [403]


SMUGGLED: Final = b"0\r\n\r\nGET /account HTTP/1.1\r\nHost: x\r\n\r\n"
PAIRS: Final = {
    "length and chunks": ["Content-Length: 4", "Transfer-Encoding: chunked"],
    "chunks and length": ["Transfer-Encoding: chunked", "Content-Length: 4"],
    "two lengths": ["Content-Length: 4", "Content-Length: 40"],
    "two equal lengths": ["Content-Length: 4", "Content-Length: 4"],
    "two codings": ["Transfer-Encoding: identity, chunked"],
    "misspelt chunks": ["Transfer-Encoding: xchunked"],
    "chunks twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "a length with a sign": ["Content-Length: +4"],
    "a space before the colon": ["Content-Length : 4"],
}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_request_with_two_ends_is_refused_and_its_second_half_not_read(
    ground: Proxied, pair: str
) -> None:
    answers = said(
        ground,
        "POST /session/start HTTP/1.1",
        f"Host: {ground.host}",
        *PAIRS[pair],
        body=SMUGGLED,
    )
    assert statuses(answers) in ([400], [501])


def test_chunks_in_the_old_version_of_http_are_refused(ground: Proxied) -> None:
    answers = said(
        ground,
        "POST /session/start HTTP/1.0",
        f"Host: {ground.host}",
        "Transfer-Encoding: chunked",
        body=SMUGGLED,
    )
    assert statuses(answers) == [400]


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/", "elsewhere.example"),
        ("https://elsewhere.example/", NAME),
        ("/", ""),
        ("/", f"{NAME}, elsewhere.example"),
        ("/", f"elsewhere.example/{NAME}"),
    ],
)
def test_a_forged_host_is_not_served(ground: Proxied, target: str, host: str) -> None:
    answers = said(ground, f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close")
    assert statuses(answers) in ([421], [400])


def test_two_hosts_are_refused(ground: Proxied) -> None:
    lines = ("GET / HTTP/1.1", f"Host: {ground.host}", "Host: elsewhere.example")
    assert statuses(said(ground, *lines)) == [400]


def test_what_a_client_says_of_its_own_forwarding_does_not_count(ground: Proxied) -> None:
    with ground.browser(source="127.0.0.9") as browser:
        answer = browser.post(
            "/api/v1/events",
            json=[],
            headers={**FORGED, "Authorization": WRONG_KEY, "Content-Type": BATCH},
        )
        page = browser.get("/", headers=FORGED)
    assert answer.status_code == 401
    (refusal,) = [line for line in ground.log_of(API).splitlines() if "not good" in line]
    assert json.loads(refusal)["address"] == "127.0.0.9"
    assert "Secure" in page.headers["set-cookie"]
    assert "elsewhere" not in str(page.headers)


def test_attempts_to_sign_in_are_counted_by_the_address_that_makes_them(ground: Proxied) -> None:
    with ground.visit({BROWSER: token()}, "127.0.0.7", **FORGED) as visit:
        visit.run()
        fields: dict[str, str | bool] = {
            visit.widget("E-mail address"): "ada@harbour.example",
            visit.widget("Password"): "not the password",
            visit.widget("Sign in"): True,
        }
        assert visit.run(widgets=fields).sees("wait 15 minutes")
    with ground.database.as_owner() as connection:
        counted = connection.execute(text("SELECT address FROM auth.sign_in_attempt")).scalars()
        assert [*counted] == ["127.0.0.7"]


def test_a_body_that_is_too_long_is_refused_before_it_is_passed_on(ground: Proxied) -> None:
    with ground.browser() as browser:
        post = browser.post("/api/v1/events", content=b"x" * (4_194_304 + 1))
        form = browser.post("/session/start", content=b"x" * 70_000)
    assert (post.status_code, form.status_code) == (413, 413)
    assert post.headers["content-type"] == "application/problem+json"
    assert post.json()["status"] == 413
    assert "nginx/" not in form.text


def test_a_line_of_the_log_holds_no_query_and_stays_a_line(ground: Proxied) -> None:
    before = len(ground.requests())
    said(
        ground,
        'GET /%22%7D%0A%7B"?client=secret-slug HTTP/1.1',
        f"Host: {ground.host}",
        "Connection: close",
    )
    lines = ground.requests()[before:]  # those of a page that closes may come in between
    assert [each["status"] for each in lines if each["path"] == '/"}\n{"'] == ["404"]
    assert "secret-slug" not in json.dumps(lines)


def test_a_person_signs_in_by_the_form_and_the_cookie_is_out_of_scripts_reach(
    ground: Proxied, chromium: Browser
) -> None:
    with visitor(ground, chromium) as ada:
        ada.open()
        ada.sign_in("ada@harbour.example", PASSWORD)
        kept = {each["name"]: each for each in ada.page.context.cookies()}
        assert (kept[SESSION]["secure"], kept[SESSION]["httpOnly"]) == (True, True)
        assert ada.page.evaluate("document.cookie").count("meterglass") == 0
        spoken = "performance.getEntriesByType('navigation')[0].nextHopProtocol"
        assert ada.page.evaluate(spoken) == "h2"


def test_f39_a_posted_event_reaches_pages_of_both_replicas_which_outlive_them(
    ground: Proxied, chromium: Browser
) -> None:
    """Posted, then one replica restarted, then both killed, then one back: the pages follow."""
    collector = new_collector_of(ground)
    collector.post("5")
    with (
        visitor(ground, chromium, collector.person, FIRST) as one,
        visitor(ground, chromium, collector.person, SECOND) as other,
    ):
        for each in (one, other):
            each.page.goto(f"{ground.url}/consumption?meter=egress", timeout=LONG_MS)
            shows(each, "5 GB")
        collector.post("7")
        for each in (one, other):
            shows(each, "12 GB")

        assert ground.end(FIRST) == -signal.SIGTERM
        collector.post("8")
        for each in (one, other):
            shows(each, "20 GB")
            expect(each.page).to_have_url(re.compile("meter=egress"))

        ground.kill(SECOND)
        with ground.browser() as browser:
            away = browser.get("/consumption")
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert "Not reachable just now" in away.text
        assert "script" not in away.headers["content-security-policy"]
        collector.post("10")

        for replica in (FIRST, SECOND):
            ground.start(replica)
        for replica in (FIRST, SECOND):
            ground.wait(replica)
        for each in (one, other):
            shows(each, "30 GB")
            expect(each.page).to_have_url(re.compile("meter=egress"))
