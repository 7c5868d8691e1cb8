"""One database for all streams; each stream has a client of its own."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.oracle.ground import prepare_meters
from tests.support.database import Database, DatabaseServer

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "oracle", derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile(
    "hunt",
    max_examples=int(os.environ.get("ORACLE_EXAMPLES", "1000")),
    deadline=None,
    print_blob=True,
    suppress_health_check=_SLOW,
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
)


@pytest.fixture(scope="session")
def oracle_database(server: DatabaseServer) -> Iterator[Database]:
    """A database with the oracle's meters."""
    made = server.copy()
    prepare_meters(made.owner)
    yield made
    server.drop(made)
