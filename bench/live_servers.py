"""The processes under load: one portal, and beside it one that takes events."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import httpx

from db.embedded import Urls
from db.settings import Settings
from jobs.portal_process import PortalProcess, own_environment, portal_command, portal_environment

ROOT: Final = Path(__file__).parents[1]
START_SECONDS: Final = 60


@contextmanager
def portal(urls: Urls) -> Iterator[tuple[str, int]]:
    """One portal process as it is operated; its address and its process id."""
    settings = Settings(port=_free_port())
    reading = Urls(owner=None, writer=None, portal=urls.portal)
    process = PortalProcess(
        portal_command(settings), portal_environment(own_environment(), settings, reading)
    )
    url = f"http://{settings.address}:{settings.port}"
    try:
        process.wait_until_it_answers(f"{url}/healthz")
        yield url, process.pid
    finally:
        process.stop()


@contextmanager
def taking(urls: Urls, folder: Path) -> Iterator[str]:
    """One process that takes events, as it is operated beside portals; the route's address."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {
        name: value
        for name, value in own_environment().items()
        if not name.startswith("METERGLASS_")
    }
    command = [sys.executable, "-m", "uvicorn", "api:app", "--host", "127.0.0.1"]
    with (folder / "taking.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port), "--no-access-log"],
            cwd=ROOT,
            env={**kept, "METERGLASS_DATABASE_URL_WRITER": urls.writer or ""},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(server, f"{url}/readyz")
        yield f"{url}/api/v1/events"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def beside(
    command: list[str], reads: IO[str] | int | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """A process of the load, ended with the block; what it prints is read by us or another."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdin=reads,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(server: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(url, timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the process that takes events did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
