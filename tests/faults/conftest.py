"""A client, a folder of files and the command line, for each fault."""

from pathlib import Path

import pytest

from tests.faults.collector import Collector
from tests.support.database import Database
from tests.support.usage import ground


@pytest.fixture
def collector(database: Database, tmp_path: Path) -> Collector:
    """A collector of the client `harbour`, whose agreement runs from 2020."""
    return Collector(ground=ground(database), folder=tmp_path)
