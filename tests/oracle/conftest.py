"""One database for all streams; each stream has a client of its own."""

from collections.abc import Iterator

import pytest

from tests.oracle.ground import prepare_meters
from tests.support.database import Database, DatabaseServer


@pytest.fixture(scope="session")
def oracle_database(server: DatabaseServer) -> Iterator[Database]:
    """A database with the oracle's meters."""
    made = server.copy()
    prepare_meters(made.owner)
    yield made
    server.drop(made)
