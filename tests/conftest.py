"""Fixtures that every test may ask for."""

import logging
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from coverage import Coverage

from tests.support.database import Database, DatabaseServer, running_server

pytest_plugins = ["tests.support.portal", "tests.support.viewers"]

#: A run in a shell's background ignores Ctrl-C; programs it starts would too, and some must not.
signal.signal(signal.SIGINT, signal.default_int_handler)

#: Pages imported outside a portal have nobody to draw for; the run's last line is to be its result.
for name in ("scriptrunner_utils.script_run_context", "caching.cache_data_api"):
    logging.getLogger(f"streamlit.runtime.{name}").disabled = True

SHARED = Path(__file__).parents[2] / "shared"
MAIN = sys.modules["__main__"]
#: The tests whose coverage counts, of the package of the same name.
COVERING = Path(__file__).parent / "billing_core"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace only tests whose coverage counts: a page's test takes twice as long when traced."""
    coverage = None if item.path.is_relative_to(COVERING) else Coverage.current()
    if coverage is None:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """A page that was run leaves itself as the main module, which a new process would run again."""
    sys.modules["__main__"] = MAIN
    yield
    sys.modules["__main__"] = MAIN


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
