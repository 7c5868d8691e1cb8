"""One process that takes posts for all tests here; each test posts for a client of its own."""

from collections.abc import Iterator

import pytest

from tests.support.database import DatabaseServer
from tests.support.taking import Collector, Taker, new_collector, running_taker


@pytest.fixture(scope="session")
def taker(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taker]:
    """`uvicorn api:app` over a database of its own."""
    database = server.copy()
    with running_taker(database, tmp_path_factory.mktemp("taker")) as started:
        yield started
    server.drop(database)


@pytest.fixture
def collector(taker: Taker) -> Collector:
    """A collector with a key for a new client."""
    return new_collector(taker)
