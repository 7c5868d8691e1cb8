"""A client's months are stored once, side by side."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from billing_core.period import month_period
from db.commands.billing_periods import NoAgreementError, ensure_period
from tests.support.database import Database
from tests.support.setup_files import applied, setup_with

AMSTERDAM = "Europe/Amsterdam"


def client_of(database: Database) -> int:
    applied(database, setup_with())
    with database.as_owner() as connection:
        query = text("SELECT client_id FROM billing.client WHERE slug = 'harbour'")
        return int(connection.execute(query).scalar_one())


def test_a_month_is_stored_by_the_writer_and_given_again(database: Database) -> None:
    client_id = client_of(database)
    october = month_period("2026-10", AMSTERDAM)
    with database.as_writer(client_id) as connection:
        assert ensure_period(connection, client_id, october) == october
    with database.as_writer(client_id) as connection:
        assert ensure_period(connection, client_id, october) == october
        rows = connection.execute(text("SELECT state, zone FROM billing.billing_period")).all()
    assert rows == [("open", AMSTERDAM)]


def test_a_month_begins_where_the_one_before_ended_though_the_zone_is_another(
    database: Database,
) -> None:
    client_id = client_of(database)
    with database.as_owner() as connection:
        october = ensure_period(connection, client_id, month_period("2026-10", AMSTERDAM))
        november = ensure_period(connection, client_id, month_period("2026-11", "Europe/Lisbon"))
        december = ensure_period(connection, client_id, month_period("2026-12", "Europe/Lisbon"))
    # Midnight is at 23:00 UTC in Amsterdam and at 24:00 UTC in Lisbon.
    assert october.ends_at == november.starts_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert november.ends_at == december.starts_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert november.zone == "Europe/Lisbon"


def test_an_earlier_month_that_is_stored_later_ends_where_the_next_begins(
    database: Database,
) -> None:
    client_id = client_of(database)
    with database.as_owner() as connection:
        november = ensure_period(connection, client_id, month_period("2026-11", "Europe/Lisbon"))
        october = ensure_period(connection, client_id, month_period("2026-10", AMSTERDAM))
    assert november.starts_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert october.ends_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_month_without_agreement_is_not_stored(database: Database) -> None:
    client_id = client_of(database)
    with (
        database.as_writer(client_id) as connection,
        pytest.raises(NoAgreementError, match=r"No agreement of the client runs in 2025-12\."),
    ):
        ensure_period(connection, client_id, month_period("2025-12", AMSTERDAM))


def test_two_writers_who_store_a_month_at_once_store_it_once(database: Database) -> None:
    client_id = client_of(database)
    names = [f"2026-{month:02}" for month in range(1, 13)]

    def stored(_: int) -> list[str]:
        found = []
        for name in names:
            with database.as_writer(client_id) as connection:
                period = ensure_period(connection, client_id, month_period(name, AMSTERDAM))
            found.append(period.name)
        return found

    with ThreadPoolExecutor(max_workers=2) as pool:
        assert list(pool.map(stored, range(2))) == [names, names]
    with database.as_writer(client_id) as connection:
        count = connection.execute(text("SELECT count(*) FROM billing.billing_period")).scalar_one()
    assert count == 12
