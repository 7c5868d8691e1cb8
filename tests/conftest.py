"""Fixtures that every test may ask for."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.database import Database, DatabaseServer, running_server

pytest_plugins = ["tests.support.portal", "tests.support.viewers"]

#: A run in a shell's background ignores Ctrl-C; programs it starts would too, and some must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def server() -> Iterator[DatabaseServer]:
    """The PostgreSQL server of the test run."""
    with running_server() as started:
        yield started


@pytest.fixture
def database(server: DatabaseServer) -> Iterator[Database]:
    """A fresh database with the schema and no rows."""
    made = server.copy()
    yield made
    server.drop(made)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of files beside the repository; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"no folder {SHARED.name} beside the repository")
    return SHARED
