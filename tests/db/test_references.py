"""What stands where foreign keys would: one check per statement, as strict as they were."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.support.database import Database, DatabaseServer
from tests.support.tenants import Tenants, make_tenants

HOUR = """
INSERT INTO billing.usage_hour (client_id, meter_id, billing_period, resource_id, hour, first_at,
                                last_at, event_count, quantity_sum, quantity_max, first_level,
                                last_level, level_seconds)
SELECT {client}, {meter}, {month}, {resource}, hour + interval '1 day', first_at, last_at, 1, 1, 1,
       1, 1, 0
FROM billing.usage_hour WHERE client_id = :client LIMIT 1
"""
GOOD = {
    "client": "client_id",
    "meter": "meter_id",
    "month": "billing_period",
    "resource": "resource_id",
}


@pytest.fixture(scope="module")
def peopled(server: DatabaseServer) -> Iterator[tuple[Database, Tenants]]:
    made = server.copy()
    yield made, make_tenants(made)
    server.drop(made)


@pytest.fixture
def owner(peopled: tuple[Database, Tenants]) -> Iterator[Connection]:
    """A transaction of the owner that leaves nothing behind."""
    with peopled[0].owner.connect() as connection:
        yield connection
        connection.rollback()


def add_hour(connection: Connection, like: int, **changes: str) -> None:
    """Add an hour like one of a client's, a day later."""
    connection.execute(text(HOUR.format(**{**GOOD, **changes})), {"client": like})


def test_a_good_hour_is_taken(owner: Connection, peopled: tuple[Database, Tenants]) -> None:
    add_hour(owner, peopled[1].small)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"meter": "99"}, "meter 99"),
        ({"resource": "99999"}, "resource 99999 of client"),
        ({"month": "date '2035-01-01'"}, "billing period 2035-01-01 of client"),
        (
            {"resource": "(SELECT max(resource_id) FROM billing.resource)"},
            "resource [0-9]+ of client",
        ),
        ({"client": "(SELECT max(client_id) FROM billing.client)"}, "of client"),
    ],
)
def test_an_hour_refers_to_rows_of_its_own_client(
    owner: Connection,
    peopled: tuple[Database, Tenants],
    changed: dict[str, str],
    missing: str,
) -> None:
    with pytest.raises(IntegrityError, match=f"an hour of usage refers to .*{missing}"):
        add_hour(owner, peopled[1].small, **changed)


def test_the_check_holds_when_triggers_are_told_to_be_quiet(
    peopled: tuple[Database, Tenants],
) -> None:
    with peopled[0].administrator.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        with pytest.raises(DBAPIError, match="an hour of usage refers to meter 99"):
            add_hour(connection, peopled[1].small, meter="99")


def test_the_writer_is_checked_too(peopled: tuple[Database, Tenants]) -> None:
    database, tenants = peopled
    with (
        pytest.raises(IntegrityError, match="an hour of usage refers to resource 99999"),
        database.as_writer(tenants.small) as connection,
    ):
        add_hour(connection, tenants.small, resource="99999")


@pytest.mark.parametrize(
    "column", ["client_id", "meter_id", "billing_period", "resource_id", "hour"]
)
def test_an_hour_keeps_its_key(owner: Connection, column: str) -> None:
    with pytest.raises(DBAPIError, match="an hour of usage keeps its client"):
        owner.execute(text(f"UPDATE billing.usage_hour SET {column} = {column} WHERE false"))


def test_the_sums_of_an_hour_may_change(owner: Connection) -> None:
    owner.execute(text("UPDATE billing.usage_hour SET quantity_sum = 7"))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM billing.resource WHERE code = 'machine-1' AND client_id = :client",
        "UPDATE billing.resource SET code = code, resource_id = 9 WHERE client_id = :client",
    ],
)
def test_a_resource_with_usage_stays(
    owner: Connection, peopled: tuple[Database, Tenants], statement: str
) -> None:
    owner.execute(
        text("DELETE FROM billing.usage_distinct WHERE client_id = :client"),
        {"client": peopled[1].large},
    )
    with pytest.raises(
        IntegrityError, match=r"resource machine-1 of client .* has usage and stays"
    ):
        owner.execute(text(statement), {"client": peopled[1].large})


def test_a_resource_without_usage_may_go(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    gone = owner.execute(
        text("DELETE FROM billing.resource WHERE code = 'machine-3' AND client_id = :client"),
        {"client": peopled[1].large},
    )
    assert gone.rowcount == 1


def test_a_meter_or_a_month_with_usage_stays(owner: Connection) -> None:
    for table in ("billing.meter", "billing.billing_period"):
        with pytest.raises(IntegrityError), owner.begin_nested():
            owner.execute(text(f"DELETE FROM {table}"))
