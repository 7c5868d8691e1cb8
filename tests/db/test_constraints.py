"""What the tables refuse, whoever writes."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Numeric, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.models import Base
from tests.support.database import Database, DatabaseServer
from tests.support.tenants import Tenants, make_tenants

EVENT = (
    "INSERT INTO billing.usage_event (client_id, event_id, meter_id, billing_period, usage_period, "
    "occurred_at, quantity, resource_id, source_id, source_event_id, leaf_hash, "
    "supersedes_event_id, withdraws, reason, counted_value) "
    "SELECT client_id, {event_id}, meter_id, {billing_period}, {usage_period}, {occurred_at}, "
    "{quantity}, resource_id, source_id, {source_event_id}, {leaf_hash}, {supersedes}, "
    "{withdraws}, {reason}, {counted_value} "
    "FROM billing.usage_event WHERE source_event_id = 'reading-1' AND client_id = {client} LIMIT 1"
)
GOOD = {
    "event_id": "gen_random_uuid()",
    "billing_period": "billing_period",
    "usage_period": "usage_period",
    "occurred_at": "occurred_at",
    "quantity": "1.5",
    "source_event_id": "'new'",
    "leaf_hash": "sha256('x')",
    "supersedes": "NULL",
    "withdraws": "false",
    "reason": "NULL",
    "counted_value": "NULL",
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


def record(connection: Connection, client: int, **changes: str) -> None:
    connection.execute(text(EVENT.format(**{**GOOD, **changes, "client": str(client)})))


def test_a_good_event_is_taken(owner: Connection, peopled: tuple[Database, Tenants]) -> None:
    record(owner, peopled[1].small)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", "'NaN'"),
        ("quantity", "'Infinity'"),
        ("quantity", "'-Infinity'"),
        ("quantity", "1e18"),
        ("quantity", "NULL"),
        ("billing_period", "billing_period + 1"),
        ("usage_period", "usage_period + 30"),
        ("billing_period", "'2035-01-01'"),
        ("occurred_at", "'infinity'"),
        ("occurred_at", "NULL"),
        ("leaf_hash", "'\\x00'"),
        ("leaf_hash", "NULL"),
        ("source_event_id", "''"),
        ("source_event_id", "' padded'"),
        ("source_event_id", "E'line\\nfeed'"),
        ("source_event_id", "repeat('x', 201)"),
        ("counted_value", "''"),
        ("reason", "'without an event'"),
        ("withdraws", "true"),
    ],
)
def test_a_bad_event_is_refused(
    owner: Connection, peopled: tuple[Database, Tenants], column: str, value: str
) -> None:
    with pytest.raises(DBAPIError):
        record(owner, peopled[1].small, **{column: value})


def test_a_correction_may_arrive_before_what_it_corrects(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    early = {"supersedes": "gen_random_uuid()", "reason": "'typing error'"}
    record(owner, peopled[1].small, **early)


def test_an_event_does_not_supersede_itself(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    named = "'00000000-0000-0000-0000-000000000007'"
    with pytest.raises(IntegrityError, match="ck_usage_event_supersedes_another"):
        record(owner, peopled[1].small, event_id=named, supersedes=named, reason="'itself'")


def test_an_event_supersedes_one_of_its_own_meter(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    owner.execute(
        text(
            "INSERT INTO billing.meter (code, name, unit, aggregation) "
            "VALUES ('egress-gb', 'Egress', 'GB', 'sum')"
        )
    )
    other = EVENT.replace(
        "meter_id, {billing", "(SELECT max(meter_id) FROM billing.meter), {billing"
    )
    values = {**GOOD, "supersedes": "event_id", "reason": "'typing error'"}
    with pytest.raises(IntegrityError, match=r"supersedes event .* which is of another meter"):
        owner.execute(text(other.format(**values, client=str(peopled[1].small))))


def test_an_event_is_superseded_once(owner: Connection, peopled: tuple[Database, Tenants]) -> None:
    correction = {"supersedes": "event_id", "reason": "'typing error'"}
    record(owner, peopled[1].small, **correction)
    with pytest.raises(IntegrityError, match="usage_event_superseded_once"):
        record(owner, peopled[1].small, **correction)


def test_an_event_is_stored_once_for_each_client(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    same = {"event_id": "'00000000-0000-0000-0000-000000000001'"}
    record(owner, peopled[1].small, **same)
    record(owner, peopled[1].large, **same)
    with pytest.raises(IntegrityError, match="pk_usage_event"):
        record(owner, peopled[1].small, **same)


@pytest.mark.parametrize("table", ["billing.source", "billing.resource"])
def test_another_clients_row_cannot_be_referred_to(
    owner: Connection, peopled: tuple[Database, Tenants], table: str
) -> None:
    column = f"{table.removeprefix('billing.')}_id"
    other = f"(SELECT {column} FROM {table} WHERE client_id = {peopled[1].large} LIMIT 1)"
    statement = EVENT.replace(f" {column},", f" {{{column}}},").replace(f"{{{column}}}", column, 1)
    with pytest.raises(
        IntegrityError, match=f"refers to {column.removesuffix('_id')} [0-9]+ of client"
    ):
        owner.execute(
            text(statement.format(**{**GOOD, column: other, "client": str(peopled[1].small)}))
        )


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
            "VALUES (:client, 'second', 'EUR', '2021-12-31')"
        ),
        (
            "INSERT INTO billing.agreement (client_id, code, currency, starts_on, ends_on) "
            "VALUES (:client, 'before', 'EUR', '2019-01-01', '2021-01-02')"
        ),
        (
            "INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, "
            "starts_on, unit_price, meter_id) SELECT client_id, agreement_id, code, name, "
            "charge_model, starts_on + 400, unit_price, meter_id FROM billing.price "
            "WHERE client_id = :client"
        ),
        (
            "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, "
            "zone, agreement_id) SELECT client_id, '2021-02-01', ends_at - interval "
            "'1 microsecond', "
            "ends_at + interval '1 month', zone, agreement_id FROM billing.billing_period "
            "WHERE client_id = :client"
        ),
    ],
)
def test_what_may_not_overlap_does_not(
    owner: Connection, peopled: tuple[Database, Tenants], statement: str
) -> None:
    with pytest.raises(IntegrityError, match="exclusion constraint"):
        owner.execute(text(statement), {"client": peopled[1].small})


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO billing.agreement (client_id, code, currency, starts_on) "
            "VALUES (:client, 'next', 'EUR', '2022-01-01')"
        ),
        (
            "INSERT INTO billing.price (client_id, agreement_id, code, name, charge_model, "
            "starts_on, unit_price, meter_id) SELECT client_id, agreement_id, 'other', name, "
            "charge_model, starts_on, unit_price, meter_id FROM billing.price "
            "WHERE client_id = :client"
        ),
        (
            "INSERT INTO billing.billing_period (client_id, billing_period, starts_at, ends_at, "
            "zone, agreement_id) SELECT client_id, '2021-02-01', ends_at, ends_at + "
            "interval '1 month', "
            "zone, agreement_id FROM billing.billing_period WHERE client_id = :client"
        ),
    ],
)
def test_what_follows_without_a_gap_is_taken(
    owner: Connection, peopled: tuple[Database, Tenants], statement: str
) -> None:
    owner.execute(text(statement), {"client": peopled[1].small})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("thresholds", "'{0.8,NULL}'"),
        ("thresholds", "'{0}'"),
        ("thresholds", "'{NaN}'"),
        ("thresholds", "'{11}'"),
        ("discount_rate", "1.01"),
        ("discount_rate", "-0.01"),
        ("unit_price", "NULL"),
        ("unit_price", "'NaN'"),
        ("meter_id", "NULL"),
        ("charge_model", "'free'"),
        ("charge_model", "'package'"),
        ("charge_model", "'markup'"),
        ("charge_model", "'flat'"),
        ("anchor_month", "13"),
        ("included_quantity", "-1"),
        ("ends_on", "starts_on"),
        ("code", "' storage'"),
    ],
)
def test_a_bad_price_is_refused(
    owner: Connection, peopled: tuple[Database, Tenants], column: str, value: str
) -> None:
    with pytest.raises(IntegrityError):
        owner.execute(
            text(f"UPDATE billing.price SET {column} = {value} WHERE client_id = :client"),
            {"client": peopled[1].small},
        )


def test_a_minimum_above_the_maximum_is_refused(owner: Connection) -> None:
    with pytest.raises(IntegrityError, match="ck_price_minimum_below_maximum"):
        owner.execute(text("UPDATE billing.price SET minimum = 10, maximum = 9.99"))


@pytest.mark.parametrize("column", ["code", "unit", "aggregation"])
def test_a_meter_keeps_its_meaning(owner: Connection, column: str) -> None:
    with pytest.raises(DBAPIError, match="never change"):
        owner.execute(text(f"UPDATE billing.meter SET {column} = 'max'"))


def test_a_meter_may_be_renamed(owner: Connection) -> None:
    owner.execute(text("UPDATE billing.meter SET name = 'Backup storage'"))


def test_an_issued_period_stays_as_it_is(owner: Connection) -> None:
    for state in ("closing", "issued"):
        owner.execute(text(f"UPDATE billing.billing_period SET state = '{state}'"))
    with pytest.raises(DBAPIError, match="billing period 2021-01-01 is issued: it goes forward"):
        owner.execute(text("UPDATE billing.billing_period SET state = 'open'"))


@pytest.mark.parametrize(("first", "then"), [("open", "issued"), ("closing", "open")])
def test_a_period_goes_forward_one_state_at_a_time(
    owner: Connection, first: str, then: str
) -> None:
    if first != "open":
        owner.execute(text(f"UPDATE billing.billing_period SET state = '{first}'"))
    with pytest.raises(DBAPIError, match=f"2021-01-01 is {first}: it goes forward only"):
        owner.execute(text(f"UPDATE billing.billing_period SET state = '{then}'"))


@pytest.mark.parametrize(
    ("role", "clients"),
    [("finance", 2), ("it", 2), ("billing", 1), ("administrator", 1)],
)
def test_a_person_is_tied_to_as_many_clients_as_the_role_allows(
    peopled: tuple[Database, Tenants], role: str, clients: int
) -> None:
    database, tenants = peopled
    with pytest.raises(IntegrityError, match=f"may not be tied to {clients} clients"):
        database.person(f"{role}@tied.example", role, *tenants.clients[:clients])


def test_an_account_manager_with_two_clients_cannot_become_a_clients_person(
    peopled: tuple[Database, Tenants],
) -> None:
    database, _tenants = peopled
    with (
        pytest.raises(IntegrityError, match="may not be tied to 2 clients"),
        database.as_owner() as connection,
    ):
        connection.execute(
            text("UPDATE auth.person SET role = 'finance' WHERE role = 'account_manager'")
        )


@pytest.mark.parametrize("email", ["", "anna", "Anna@harbour.example", "a b@harbour.example"])
def test_an_address_is_written_in_one_way(owner: Connection, email: str) -> None:
    with pytest.raises(IntegrityError, match="ck_person_email"):
        owner.execute(
            text("INSERT INTO auth.person (email, name, role) VALUES (:email, 'Anna', 'it')"),
            {"email": email},
        )


def test_every_numeric_column_refuses_what_is_no_number() -> None:
    unchecked = [
        f"{table.fullname}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Numeric)
        and f"ck_{table.name}_{column.name}_finite" not in {c.name for c in table.constraints}
    ]
    assert unchecked == []


def test_an_event_of_an_unknown_meter_is_refused(
    owner: Connection, peopled: tuple[Database, Tenants]
) -> None:
    statement = EVENT.replace("{event_id}, meter_id,", "{event_id}, 999999,")
    with pytest.raises(IntegrityError, match="refers to meter 999999 which does not exist"):
        owner.execute(text(statement.format(**{**GOOD, "client": str(peopled[1].small)})))
