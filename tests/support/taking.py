"""A process that takes posts, on a free port of the loopback address, and collectors that post."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest

from db.commands.api_keys import issue_key
from tests.support.database import Database
from tests.support.portal import PATIENCE, ROOT, Portal, end_process, free_port
from tests.support.usage import SOURCE, Ground, ground

BATCH: Final = "application/cloudevents-batch+json"
STRUCTURED: Final = "application/cloudevents+json"
Event = dict[str, object]
_NUMBERS: Final = count(1)


@dataclass(frozen=True, kw_only=True)
class Taker:
    """A running process that takes posts."""

    url: str  #: without a slash at its end
    database: Database
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def events_url(self) -> str:
        return f"{self.url}/api/v1/events"


@dataclass(frozen=True, kw_only=True)
class Collector:
    """A source that posts for clients with a key."""

    taker: Taker | Portal
    key: str
    client: Ground  #: the first of its clients

    def post(
        self, *events: Event, media_type: str = BATCH, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Post events as a batch, or as they are."""
        body: object = list(events) if media_type == BATCH else events[0]
        return httpx.post(
            self.events_url,
            json=body,
            headers={**self.authorization, "content-type": media_type, **(headers or {})},
            timeout=60,
        )

    @property
    def events_url(self) -> str:
        return f"{self.taker.url}/api/v1/events"

    @property
    def authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


def usage(
    id_: str, at: str = "2026-11-02T10:00:00Z", quantity: object = 5, **more: object
) -> Event:
    """A CloudEvent with usage of egress; a name that is an attribute's changes that attribute."""
    event: Event = {
        "specversion": "1.0",
        "type": "meterglass.usage",
        "source": "/collector",
        "id": id_,
        "time": at,
        "data": {"meter": "egress", "resource": "vm-1", "quantity": quantity},
    }
    fields = {"meter", "resource", "counted_value", "supersedes", "withdraws", "reason"}
    inside = {name: value for name, value in more.items() if name in fields}
    outside = {name: value for name, value in more.items() if name not in fields}
    assert isinstance(event["data"], dict)
    return {**event, "data": {**event["data"], **inside}, **outside}


def new_collector(taker: Taker | Portal, *clients: Ground) -> Collector:
    """A collector with a new key, for a new client unless some are given."""
    bound = clients or (new_client(taker.database),)
    with taker.database.as_owner() as connection:
        issued = issue_key(
            connection,
            source=SOURCE,
            slugs=[each.slug for each in bound],
            name="a test's collector",
            actor="test",
        )
    return Collector(taker=taker, key=issued.key, client=bound[0])


def new_client(database: Database) -> Ground:
    """A client that no other test posts for."""
    return ground(database, slug=f"harbour-{next(_NUMBERS)}")


@contextmanager
def running_taker(
    database: Database,
    folder: Path,
    *,
    workers: int = 1,
    settings: Mapping[str, str] | None = None,
    app: str = "api:app",
) -> Iterator[Taker]:
    """Start `uvicorn api:app`, wait until it is ready, and end it by its id."""
    port = free_port()
    log = folder / f"taker-{port}.log"
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command(app), "--port", str(port), "--workers", str(workers)],
            cwd=ROOT,
            env=environment(database, settings or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, url, log)
        yield Taker(url=url, database=database, process=process, log=log)
    finally:
        end_process(process)


def command(app: str = "api:app") -> list[str]:
    """The command that serves the routes for machines."""
    return [sys.executable, "-m", "uvicorn", app, "--host", "127.0.0.1"]


def environment(database: Database, settings: Mapping[str, str]) -> dict[str, str]:
    """What such a process is told: the writer's address and nothing else of the database."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("METERGLASS_")}
    ours = {"METERGLASS_DATABASE_URL_WRITER": database.writer_url, "PYTHONUNBUFFERED": "1"}
    return {**kept, **ours, **settings}


def kill(taker: Taker) -> None:
    """End a process as a power cut would."""
    os.killpg(taker.process.pid, signal.SIGKILL)
    taker.process.wait(15)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"it ended at its start: {log.read_text(errors='replace')}")
        try:
            if httpx.get(f"{url}/readyz", timeout=5).text == "ready":
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    pytest.fail(f"it did not answer: {log.read_text(errors='replace')}")
