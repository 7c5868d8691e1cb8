"""What deploy/ describes, running: nginx with TLS, two replicas of the portal, the api."""

import getpass
import json
import re
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from db.portal import BROWSER_COOKIES
from tests.deploy.units import DEPLOY, Unit, fill_in
from tests.support.database import Database
from tests.support.find_nginx import find_nginx
from tests.support.portal import end_process, free_port
from tests.support.visits import Visit

NAME: Final = "portal.northwind.example"
#: The replicas and the api, as nginx.conf names them.
FIRST, SECOND, API = "127.0.0.1:8501", "127.0.0.1:8502", "127.0.0.1:8600"


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """The portal as its people reach it."""

    folder: Path
    ports: Mapping[str, int]  #: by the address that nginx.conf names, and "443", "80"
    running: dict[str, subprocess.Popen[bytes]]
    database: Database

    @property
    def host(self) -> str:
        return f"{NAME}:{self.ports['443']}"

    @property
    def url(self) -> str:
        return f"https://{self.host}"

    @cached_property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "tls/portal.crt"))

    def browser(
        self, cookies: Mapping[str, str] | None = None, source: str = "127.0.0.1"
    ) -> httpx.Client:
        """A client without HTTP/2, from an address of this machine."""
        transport = _Named(verify=self.trust, local_address=source)
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.ports['443']}",
            headers={"Host": self.host},
            cookies=dict(cookies or {}),
            transport=transport,
            timeout=60,
        )

    def line(self, *protocols: str, source: str = "127.0.0.1") -> ssl.SSLSocket:
        """A TLS connection on which anything may be said."""
        context = ssl.create_default_context(cafile=str(self.folder / "tls/portal.crt"))
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context.wrap_socket(self.connected(source), server_hostname=NAME)

    @contextmanager
    def visit(self, cookies: Mapping[str, str], source: str, **headers: str) -> Iterator[Visit]:
        """A websocket through the proxy, from an address of this machine."""
        cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        opened = connect(
            f"wss://{self.host}/_stcore/stream",
            sock=self.connected(source),
            ssl=self.trust,
            origin=Origin(self.url),
            subprotocols=[Subprotocol("streamlit"), Subprotocol("none")],
            additional_headers={"Cookie": cookie, **headers},
            max_size=None,
            legacy=False,
        )
        with opened as websocket:
            yield Visit(socket=websocket)

    def requests(self) -> list[dict[str, str]]:
        """The lines of the access log."""
        text = (self.folder / "access.log").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def replica_of(self, upstream: str) -> str:
        """Which replica the last of an access log's upstreams is."""
        port = int(upstream.rpartition(":")[2])
        return next(name for name, own in self.ports.items() if own == port)

    def start(self, replica: str) -> None:
        """Start a replica, or the api, by its unit, and wait until it is ready."""
        unit = unit_of(replica, self.ports[replica])
        command = [self._own(word) for word in unit.command()]
        log = (self.folder / f"{self.ports[replica]}.log").open("ab")
        with log:
            self.running[replica] = subprocess.Popen(
                command,
                cwd=DEPLOY.parent,
                env=unit.environment(self.folder),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, replica: str) -> None:
        """Wait as its unit waits."""
        unit = unit_of(replica, self.ports[replica])
        command = [self._own(word) for word in unit.command("ExecStartPost")]
        waiting = subprocess.Popen(command)
        while waiting.poll() is None and self.running[replica].poll() is None:
            time.sleep(0.05)
        if waiting.poll() != 0:
            end_process(waiting)
            pytest.fail(self.log_of(replica))

    def end(self, replica: str) -> int:
        """End one as the service manager does, with its patience; its exit code."""
        patience = int(unit_of(replica, 0).one("TimeoutStopSec"))
        process = self.running.pop(replica)
        process.terminate()
        return process.wait(patience)

    def end_all(self) -> None:
        """End all that run, all at once."""
        for process in self.running.values():
            process.terminate()
        while self.running:
            end_process(self.running.popitem()[1])

    def kill(self, replica: str) -> None:
        """End one without a word to it."""
        process = self.running.pop(replica)
        process.kill()
        process.wait(15)

    def cookie_of(self, replica: str) -> str:
        """A browser's cookie with which the proxy chooses a replica."""
        while True:
            cookie = secrets.token_urlsafe(32)
            with self.browser({BROWSER_COOKIES[True]: cookie}) as browser:
                browser.get("/_stcore/health")
            if self.replica_of(self.requests()[-1]["upstream"]) == replica:
                return cookie

    def log_of(self, replica: str) -> str:
        """What it has written."""
        return (self.folder / f"{self.ports[replica]}.log").read_text(errors="replace")

    def connected(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection on which nothing was said yet."""
        there = ("127.0.0.1", self.ports["443"])
        return socket.create_connection(there, timeout=60, source_address=(source, 0))

    def _own(self, word: str) -> str:
        """A word of a command with our port of the api, and one worker."""
        word = word.replace(f":{API.rpartition(':')[2]}", f":{self.ports[API]}")
        return {"8600": str(self.ports[API]), "2": "1"}.get(word, word)


class _Named(httpx.HTTPTransport):
    """Asks for the portal's certificate by its name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = NAME
        return super().handle_request(request)


def unit_of(replica: str, port: int) -> Unit:
    """The unit of a process that nginx.conf names."""
    if replica == API:
        return Unit(name="meterglass-api.service")
    return Unit(name="meterglass-portal@.service", instance=str(port))


@contextmanager
def proxied(database: Database, folder: Path) -> Iterator[Proxied]:
    """Start all that deploy/ describes, on free ports; end it by id."""
    ports = {name: free_port() for name in (FIRST, SECOND, API, "443", "80")}
    made = Proxied(folder=folder, ports=ports, running={}, database=database)
    fill_in(folder, database, made.url)
    make_certificate(folder / "tls")
    configure(made)
    with ExitStack() as ends:
        ends.callback(made.end_all)
        for replica in (FIRST, SECOND, API):
            made.start(replica)
        ends.enter_context(nginx(folder))
        for replica in (FIRST, SECOND, API):
            made.wait(replica)
        yield made


@contextmanager
def nginx(folder: Path) -> Iterator[None]:
    """Run the nginx of a folder, not as a service."""
    command = [str(find_nginx()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t", "-q"], check=True)
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([*command, "-g", "daemon off;"], stderr=log)
    try:
        while not (folder / "nginx.pid").read_text():  # which the check left empty: it listens
            assert process.poll() is None, (folder / "nginx.log").read_text()
            time.sleep(0.02)
        yield
    finally:
        end_process(process)


def configure(made: Proxied, more: Mapping[str, str] | None = None) -> None:
    """Write nginx.conf with our ports, paths and name; what else is other is named.

    Args:
        made: whose ports and folder.
        more: further words of the file, and what stands in their place.
    """
    text = (DEPLOY / "nginx/nginx.conf").read_text("utf-8")
    text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)
    for known, port in made.ports.items():
        text = text.replace(f"listen {known} ", f"listen 127.0.0.1:{port} ")
        text = text.replace(f"server {known}", f"server 127.0.0.1:{port}")
    for there, here in {
        "server_name portal.example.com": f"server_name {NAME}",
        "portal.example.com": made.host,
        "user www-data": f"user {getpass.getuser()}",
        "/run/nginx.pid": f"{made.folder}/nginx.pid",
        "/var/log/nginx": str(made.folder),
        "/etc/meterglass": str(made.folder),
        "/srv/meterglass": str(DEPLOY.parent),
        **(more or {}),
    }.items():
        assert there in text
        text = text.replace(there, here)
    for place in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        text = text.replace("http {", f"http {{\n{place}_temp_path {made.folder}/{place};", 1)
    (made.folder / "nginx.conf").write_text(text)
    forwarded = (DEPLOY / "nginx/forwarded.conf").read_text("utf-8")
    (made.folder / "forwarded.conf").write_text(forwarded.replace("portal.example.com", made.host))


def make_certificate(folder: Path) -> None:
    """A key and a certificate of its own signing for the portal's name."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "portal.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "portal.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
