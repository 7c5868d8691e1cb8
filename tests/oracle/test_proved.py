"""Whatever comes, in whatever order, and whenever months are closed: each document is proved.

The verifier computes it again from the events in its bundle, by the core alone; what closing took
from rollups, differences and levels carried on must come to the same.
"""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from documents.keys import SigningKey
from tests.oracle.ground import Ground, new_ground
from tests.oracle.plain.months import Month, months_between
from tests.oracle.profiles import bounded
from tests.oracle.strategies import Arrival, arrivals
from tests.support.closing import Books, add_issuer, key_in_use, proved
from tests.support.database import Database
from tests.support.usage import Ground as Client


@pytest.fixture(scope="session")
def key(oracle_database: Database) -> SigningKey:
    """The key that signs all documents of the oracle's database."""
    add_issuer(oracle_database)
    return key_in_use(oracle_database)


@bounded(10)
@given(arrival=arrivals(), closings=st.lists(st.integers(0, 14), max_size=3))
def test_every_document_is_computed_again_from_its_bundle(
    oracle_database: Database, key: SigningKey, arrival: Arrival, closings: list[int]
) -> None:
    """After some batches the next month is closed; at last all, and one for what came late."""
    ground = new_ground(oracle_database, arrival.stream.zone)
    waiting = months_of(arrival)
    own = books_of(ground, key, waiting[0])
    present = waiting[-1].ends_at + timedelta(days=20)
    for place, batch in enumerate(arrival.batches):
        ground.load(batch, present)
        if place in closings and len(waiting) > 1:
            own.close(named(waiting.pop(0)), present, "in a hurry")
    numbers = [own.close(named(month), present, "at last").number for month in waiting]
    assert len(numbers) == len(waiting)
    with TemporaryDirectory() as folder:
        assert findings(own, Path(folder)) == {}


def findings(own: Books, folder: Path) -> dict[str, list[str]]:
    rows = own.ground.rows("SELECT number FROM billing.invoice WHERE client_id = :client")
    found = {str(number): proved(own, str(number), folder) for (number,) in rows}
    return {number: told for number, told in found.items() if told}


def books_of(ground: Ground, key: SigningKey, first: Month) -> Books:
    """The oracle's client, billed from a month on."""
    with ground.database.as_owner() as connection:
        connection.execute(
            text("UPDATE billing.client SET invoices_from = :first WHERE client_id = :client"),
            {"first": first.first, "client": ground.client_id},
        )
    client = Client(
        database=ground.database, client_id=ground.client_id, slug=ground.slug, zone=ground.zone
    )
    return Books(ground=client, key=key)


def months_of(arrival: Arrival) -> list[Month]:
    """The months of all events, and one more."""
    instants = sorted(each.at for each in arrival.stream.events)
    months = months_between(instants[0], instants[-1], arrival.stream.zone)
    return [*months, months[-1].following]


def named(month: Month) -> str:
    return f"{month.first:%Y-%m}"
