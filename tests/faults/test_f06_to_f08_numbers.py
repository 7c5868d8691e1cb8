"""Numbers are read as text by one strict pattern, and the database checks them again."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from tests.faults.collector import NOON, Collector

STORED = (
    "SELECT source_event_id, quantity::text FROM billing.usage_event WHERE client_id = :client "
    "ORDER BY 1"
)
REFUSED = {
    "NaN": "violates check constraint",
    "Infinity": "numeric field overflow",
    "-Infinity": "numeric field overflow",
    "1e400": "numeric field overflow",
    "": "invalid input syntax",
}
INSERT = text(
    """
    INSERT INTO billing.usage_event (client_id, event_id, source_id, source_event_id, meter_id,
        resource_id, occurred_at, quantity, usage_period, billing_period, leaf_hash)
    SELECT client_id, gen_random_uuid(), source_id, 'by hand', meter_id, resource_id, occurred_at,
        CAST(:quantity AS numeric), usage_period, billing_period, leaf_hash
    FROM billing.usage_event WHERE client_id = :client
    """
)


def offered(collector: Collector, *numbers: str) -> list[tuple[object, ...]]:
    """Hand in a row per number; what was rejected."""
    rows = [f"{NOON},egress,vm,{number},{at:02d}" for at, number in enumerate(numbers)]
    told = collector.ingest(collector.rows(*rows))
    assert told.code == (1 if collector.rejected() else 0)
    return collector.rejected()


def test_f06_what_is_no_finite_number_is_refused_by_the_parser(collector: Collector) -> None:
    numbers = ("NaN", "Infinity", "-Infinity", "inf", "1e400", "-0", "", "1")
    assert offered(collector, *numbers) == [(line, "number") for line in range(2, 9)]
    assert collector.ground.rows(STORED) == [("07", "1.000000000000000")]


def test_f06_the_database_refuses_what_a_parser_let_through(collector: Collector) -> None:
    collector.ingest(collector.rows(f"{NOON},egress,vm,1,a"))
    client_id = collector.ground.client_id
    for quantity, fault in REFUSED.items():
        with (
            pytest.raises((DataError, IntegrityError), match=fault),
            collector.database.as_writer(client_id) as connection,
        ):
            connection.execute(INSERT, {"client": client_id, "quantity": quantity})
    assert collector.sums() == (1, 1, 1, 1, 1, 1)


def test_f07_what_is_too_long_is_refused_and_never_rounded(collector: Collector) -> None:
    numbers = ("1" * 40, "0.0000000000000001", "1" * 19, "8e-05", "0.000000000000001", "1.500")
    assert offered(collector, *numbers) == [(2, "number"), (3, "number"), (4, "number")]
    assert collector.ground.rows(STORED) == [
        ("03", "0.000080000000000"),
        ("04", "0.000000000000001"),
        ("05", "1.500000000000000"),
    ]


def test_f08_other_spellings_of_a_number_are_refused(collector: Collector) -> None:
    numbers = ("1_000", "１２", '"1,5"', " 5 ", "0x10", "+1", "05", "1 000", "1.000,5".join('""'))  # noqa: RUF001 - full-width digits on purpose
    assert offered(collector, *numbers) == [(line, "number") for line in range(2, 11)]
    assert collector.sums() == (0, 0, 0, 0, 0, 0)
