"""A portal as its own process, on a free port of the loopback address, over a test's database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import randrange
from typing import Final

import httpx
import psycopg2
import pytest
from sqlalchemy.engine import make_url

from tests.support.database import Database

ROOT: Final = Path(__file__).parents[2]
#: The longest that a start may take on a busy machine, seconds.
PATIENCE: Final = 120


@dataclass(frozen=True, kw_only=True)
class Portal:
    """A running portal."""

    url: str  #: without a slash at its end
    port: int
    database: Database
    pid: int
    log: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @contextmanager
    def database_down(self) -> Iterator[None]:
        """Let nobody into the database for a while, and throw out who is in."""
        with database_down(self.database):
            yield


@contextmanager
def database_down(database: Database) -> Iterator[None]:
    """Let nobody into a database for a while, and throw out who is in."""
    name = database.name
    address = make_url(database.urls.administrator or "").set(
        drivername="postgresql", database="postgres"
    )
    connection = psycopg2.connect(address.render_as_string(hide_password=False))
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


@contextmanager
def running_portal(
    database: Database,
    folder: Path,
    settings: Mapping[str, str] | None = None,
    app: str = "app.py",
) -> Iterator[Portal]:
    """Start a portal, wait until it answers, and end it by its id."""
    port = free_port()
    log = folder / f"portal-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(app, port),
            cwd=ROOT,
            env=_environment(database, port, settings or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield Portal(
            url=f"http://127.0.0.1:{port}", port=port, database=database, pid=process.pid, log=log
        )
    finally:
        end_process(process)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """A portal over the test's database."""
    with running_portal(database, tmp_path) as started:
        yield started


def _command(app: str, port: int) -> list[str]:
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", app, *flags]


def _environment(database: Database, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    ours = {
        "METERGLASS_DATABASE_URL_PORTAL": database.portal_url,
        "METERGLASS_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    return {**kept, **ours, **settings}


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the portal ended at its start: {log.read_text(errors='replace')}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).text == "ok":
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the portal did not answer: {log.read_text(errors='replace')}")


def end_process(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(15)


def free_port() -> int:
    """A port that is free, and that nothing takes but a server that is told to.

    It lies below those that a system gives to whoever asks for any.
    """
    while True:
        port = randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
