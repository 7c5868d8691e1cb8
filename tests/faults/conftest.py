"""A client, a folder of files and the command line, for each fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.collector import Collector
from tests.faults.quays import Quay, running_quay
from tests.support.database import Database, DatabaseServer
from tests.support.usage import ground


@pytest.fixture
def collector(database: Database, tmp_path: Path) -> Collector:
    """A collector of the client `harbour`, whose agreement runs from 2020."""
    return Collector(ground=ground(database), folder=tmp_path)


@pytest.fixture(scope="session")
def quay(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    """A portal over two clients, for all whose fault leaves no trace in it."""
    database = server.copy()
    with running_quay(database, tmp_path_factory.mktemp("portal")) as started:
        yield started
    server.drop(database)
