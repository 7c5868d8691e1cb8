"""What the proxy tells the servers behind it, and what it holds back: asked with an echo there."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.ground import API, FIRST, SECOND, Proxied, configure, make_certificate, nginx
from tests.support.database import Database, DatabaseServer
from tests.support.portal import free_port

#: What a client may say of itself, and none of it may be heard.
CLAIMS: Final = {
    "X-Forwarded-For": "203.0.113.9, 127.0.0.1",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Port": "80",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9",
    "X-Meterglass-Principal": "somebody",
    "X_Forwarded_For": "203.0.113.9",
    "Proxy": "http://203.0.113.9",
}


#: Lets the streams that the echo holds open end.
MAY_END: Final = threading.Event()


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers it was sent, and holds streams open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/live"):
            self._stream()
            return
        said = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Long", "x" * int(self.path.partition("long=")[2] or 0))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Write nothing."""

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"event: version\n\n")
        MAY_END.wait(60)
        self.close_connection = True


class Behind(ThreadingHTTPServer):
    """A server whose clients may break off."""

    def handle_error(self, *_: object) -> None:
        """Say nothing: the proxy closes what it has read enough of."""


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
    """The echo's port."""
    server = Behind(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    MAY_END.set()
    server.shutdown()
    server.server_close()


@contextmanager
def proxy_before(
    behind: int, folder: Path, server: DatabaseServer, change: str
) -> Iterator[Proxied]:
    """The proxy before an echo in the place of all three servers, with one word of it changed."""
    made = Proxied(
        folder=folder,
        ports={
            **dict.fromkeys((FIRST, SECOND, API), behind),
            "443": free_port(),
            "80": free_port(),
        },
        running={},
        database=Database(name="none", urls=server.urls),
    )
    make_certificate(folder / "tls")
    there, _, here = change.partition(" → ")
    configure(made, {there: here})
    with nginx(folder):
        yield made


@pytest.fixture(scope="module")
def proxy(
    nginx_is_there: None,
    behind: int,
    server: DatabaseServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxied]:
    """One with which an address may ask three things at once."""
    change = "limit_conn addresses 500 → limit_conn addresses 3"
    with proxy_before(behind, tmp_path_factory.mktemp("echo"), server, change) as made:
        yield made
        MAY_END.set()


def heard(proxy: Proxied, path: str, headers: dict[str, str]) -> dict[str, str]:
    """The headers that reach a server; each of them once."""
    with proxy.browser(source="127.0.0.5") as browser:
        answer = browser.get(path, headers=headers)
    said = [(name, value) for name, value in answer.json()]
    assert len({name for name, _ in said}) == len(said)
    return dict(said)


@pytest.mark.parametrize("path", ["/", "/account", "/_stcore/stream", "/readyz", "/api/v1/events"])
def test_servers_are_told_who_asks_by_the_proxy_alone(proxy: Proxied, path: str) -> None:
    told = heard(proxy, path, {**CLAIMS, "Host": proxy.host.upper()})
    expected = {"host": proxy.host, "x-forwarded-for": "127.0.0.5", "x-forwarded-proto": "https"}
    assert {name: value for name, value in told.items() if name in expected} == expected
    assert {name.lower() for name in CLAIMS} & set(told) == {"x-forwarded-for", "x-forwarded-proto"}


@pytest.mark.parametrize(
    ("path", "asked", "passed_on"),
    [
        ("/_stcore/stream", "websocket", "websocket"),
        ("/_stcore/stream", "WebSocket", "websocket"),
        ("/_stcore/stream", "h2c", None),
        ("/_stcore/stream", "websocket, h2c", None),
        ("/", "websocket", None),
        ("/api/v1/events", "websocket", None),
    ],
)
def test_nothing_is_upgraded_but_a_websocket_at_its_address(
    proxy: Proxied, path: str, asked: str, passed_on: str | None
) -> None:
    headers = {"Upgrade": asked, "Connection": "Upgrade", "HTTP2-Settings": "AAMAAABk"}
    told = heard(proxy, path, headers)
    assert told.get("upgrade") == passed_on
    assert told.get("connection") == ("upgrade" if passed_on else None)


def test_a_stream_is_passed_on_as_it_comes_and_an_address_has_its_share(proxy: Proxied) -> None:
    with proxy.browser() as browser, ExitStack() as open_streams:
        answers = [open_streams.enter_context(browser.stream("GET", "/live")) for _ in range(3)]
        lines = [answer.iter_lines() for answer in answers]
        assert [next(each) for each in lines] == ["event: version"] * 3
        assert browser.get("/account").status_code == 429
        with proxy.browser(source="127.0.0.6") as neighbour:
            assert neighbour.get("/account").status_code == 200


def test_an_answer_with_too_much_at_its_head_takes_no_replica_away(proxy: Proxied) -> None:
    with proxy.browser() as browser:
        asked = [browser.get(f"/account?long={size}").status_code for size in (30_000, 60_000)]
        after = [browser.get("/account").status_code for _ in range(3)]
    assert (asked, after) == ([200, 503], [200, 200, 200])


def test_who_says_nothing_or_drop_by_drop_is_cut_off(
    nginx_is_there: None, behind: int, server: DatabaseServer, tmp_path: Path
) -> None:
    change = "client_header_timeout 10s → client_header_timeout 3s"
    with (
        proxy_before(behind, tmp_path, server, change) as impatient,
        impatient.line() as slow,
        impatient.connected() as silent,
    ):
        slow.sendall(f"GET / HTTP/1.1\r\nHost: {impatient.host}\r\nX-Slow: ".encode())
        assert slow.recv(1024) == b""
        assert silent.recv(1024) == b""
