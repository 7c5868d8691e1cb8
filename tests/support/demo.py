"""The demo for tests: its people, and a small one that fills a database in seconds."""

from datetime import UTC, datetime

import pytest

from demo.people import PASSWORD
from jobs.demo_load import Size, load_demo
from tests.support.database import Database

DEMO_PASSWORD = PASSWORD
FINANCE = "finance@harborpoint.example"
IT = "it@harborpoint.example"
OTHER_FINANCE = "finance@vandenberg.example"
ACCOUNT_MANAGER = "m.oyelaran@fernhill.example"
BILLING = "billing@fernhill.example"
ADMINISTRATOR = "admin@fernhill.example"

SMALL = Size(months=2, thinning=20)


def load_small_demo(database: Database, as_of: datetime | None = None) -> int:
    """Fill a database with two months of the demo, amounts as always, readings twenty times rarer.

    Args:
        database: with the schema and no rows.
        as_of: the present; by default it is.

    Returns:
        How many records were stored.
    """
    return load_demo(database.own_urls, as_of or datetime.now(UTC), size=SMALL)


@pytest.fixture
def small_demo(database: Database) -> Database:
    """A fresh database with the small demo."""
    load_small_demo(database)
    return database
