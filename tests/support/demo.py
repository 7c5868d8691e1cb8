"""The demo for tests: its people, and a small one that fills a database in seconds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.commands.signing_keys import introduce_key, keys_known
from demo.people import PASSWORD
from documents.keys import SigningKey
from jobs.demo_load import LoadedNow, Size, load_demo
from jobs.demo_months import DeskFiles
from tests.support.database import Database

DEMO_PASSWORD = PASSWORD
FINANCE = "finance@harborpoint.example"
IT = "it@harborpoint.example"
OTHER_FINANCE = "finance@vandenberg.example"
ACCOUNT_MANAGER = "m.oyelaran@fernhill.example"
BILLING = "billing@fernhill.example"
ADMINISTRATOR = "admin@fernhill.example"

SMALL = Size(months=3, thinning=20)
#: Back to the oldest month that something late is of.
STORIES = Size(months=9, thinning=200)
KEY = SigningKey("fernhill.example/invoices", bytes(32))


def load_small_demo(
    database: Database, folder: Path, as_of: datetime | None = None, size: Size = SMALL
) -> LoadedNow:
    """Fill a database with some months of the demo, amounts as always, readings far rarer.

    The months before the running one are issued, but for the last one while it is in grace.

    Args:
        database: with the schema and no rows, or what an earlier load left.
        folder: where its key and its heads are.
        as_of: the present; by default it is.
        size: how many months, how much rarer.
    """
    introduce(database, folder)
    files = DeskFiles(signing_key=folder / "signing.key", heads=folder / "heads")
    return load_demo(database.own_urls, as_of or datetime.now(UTC), files, size=size)


def introduce(database: Database, folder: Path) -> None:
    """Let the demo's key sign in a database, and keep it in a folder."""
    if not (folder / "signing.key").exists():
        KEY.save(folder / "signing.key")
    with database.as_owner() as connection:
        if not keys_known(connection):
            key, at = KEY.verifier_key, datetime.now(UTC)
            introduce_key(connection, key, starts_at=at, endorsement=None, actor="a test")


@pytest.fixture
def small_demo(database: Database, tmp_path: Path) -> Database:
    """A fresh database with the small demo."""
    load_small_demo(database, tmp_path)
    return database
