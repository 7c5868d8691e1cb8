"""The command worker: what time alone brings is noted, and the program ends when told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.corrections import recorded
from tests.support.database import Database
from tests.support.usage import ground

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "jobs", "worker"]
NOWHERE = "postgresql://writer:none@127.0.0.1:1/meterglass"


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A worker that is ended with the block."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def noted_ago(database: Database, slug: str) -> None:
    """A client with a level that passed a bound by itself an hour after it was stated."""
    client = ground(database, slug=slug)
    at = datetime.now(UTC) - timedelta(days=1)
    recorded(client, client.event(at.isoformat(), "9000", meter="storage"), as_of=at)


def test_it_notes_what_time_alone_brought_and_again_nothing(database: Database) -> None:
    noted_ago(database, "harbour")
    said = []
    for _ in range(2):
        with running("--once", **database.environment) as worker:
            out, err = worker.communicate()
            assert (worker.returncode, err) == (0, "")
            said.append(out.splitlines())
    assert said[0][0].startswith("harbour: ")
    assert said[1] == ["0 crossings noted."]


def test_it_looks_on_until_it_is_told_to_stop(database: Database) -> None:
    noted_ago(database, "harbour")
    for number in (signal.SIGTERM, signal.SIGINT):
        with running("--every", "0.1", **database.environment) as worker:
            assert worker.stdout is not None
            if number is signal.SIGTERM:
                assert worker.stdout.readline().startswith("harbour: ")
            else:
                noted_ago(database, "quay")
                assert worker.stdout.readline().startswith("quay: ")
            worker.send_signal(number)
            out, err = worker.communicate()
            assert (worker.returncode, out, err) == (0, "Stopped.\n", "")


def test_without_a_database_it_says_so_once_and_tries_on(database: Database) -> None:
    away = {**database.environment, "METERGLASS_DATABASE_URL_WRITER": NOWHERE}
    with running("--once", **away) as worker:
        _, err = worker.communicate()
        assert worker.returncode == 2
        assert err.startswith("meterglass: the database cannot be reached: ")
    with running("--every", "0.1", **away) as worker:
        assert worker.stderr is not None
        assert worker.stderr.readline().startswith("meterglass: the database cannot be reached: ")
        worker.send_signal(signal.SIGTERM)
        out, err = worker.communicate()
        assert (worker.returncode, out, err) == (0, "Stopped.\n", "")
