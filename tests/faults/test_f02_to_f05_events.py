"""The same event again, another under its id, in whatever order: each counts once or not."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.collector import HEADER, NOON, Collector, ended
from tests.faults.drafts import amounts, draft
from tests.support.database import DatabaseServer
from tests.support.usage import ground

CONFLICT = """
    SELECT line::int, encode(stored_leaf_hash, 'hex'), encode(offered_leaf_hash, 'hex'),
        event_id = (SELECT event_id FROM billing.usage_event
            WHERE client_id = :client AND source_event_id = 'a')
    FROM billing.rejected_record WHERE client_id = :client
"""
CONFLICT_OF_A = (
    2,
    "0085e78fa209b9b2010c8d79b7fb8bcc29843ba71da125c425ba27b48032c2cd",  # of 1 GB
    "e5460c1dd62d1f1b43b725cfd6f20f09aa08965208f902294d04c37d209c73b5",  # of 2 GB
    True,
)
STORED = "SELECT quantity::int FROM billing.usage_event WHERE client_id = :client"
CORRECTED = "time,meter,resource,quantity,id,supersedes,reason\n"


def test_f02_an_event_that_comes_twice_is_stored_once_and_counted(collector: Collector) -> None:
    twice = collector.rows(f"{NOON},egress,vm,3,a", f"{NOON},egress,vm,3,a", name="twice.csv")
    told = collector.ingest(twice)
    assert (told.code, told.counts) == (0, {"accepted": 1, "duplicate": 1})
    told = collector.ingest(collector.rows(f"{NOON},egress,vm,3,a", f"{NOON},egress,vm,4,b"))
    assert (told.code, told.counts) == (0, {"accepted": 1, "duplicate": 1})
    assert collector.sums() == (2, 7, 2, 7, 2, 7)


def test_f02_two_processes_at_once_store_it_once(collector: Collector) -> None:
    rows = [
        f"2026-10-{day:02d}T{hour:02d}:{minute:02d}:00Z,egress,vm-{minute},1,{day}/{hour}/{minute}"
        for day in range(1, 26)
        for hour in range(24)
        for minute in range(0, 60, 6)
    ]
    path = collector.rows(*rows)
    both = [ended(each) for each in [collector.start(path), collector.start(path)]]
    assert [each.code for each in both] == [0, 0]
    assert sum(each.counts.get("accepted", 0) for each in both) == 6_000
    assert sum(each.counts.get("duplicate", 0) for each in both) == 6_000
    assert collector.sums() == (6_000,) * 6


def test_f03_other_content_under_the_same_id_is_kept_apart_with_both_hashes(
    collector: Collector,
) -> None:
    collector.ingest(collector.rows(f"{NOON},egress,vm,1,a"))
    told = collector.ingest(collector.rows(f"{NOON},egress,vm,2,a"))
    assert (told.code, told.counts) == (1, {"rejected": 1})
    assert "line 2: " in told.out
    assert collector.ground.rows(CONFLICT) == [CONFLICT_OF_A]
    assert collector.ground.rows(STORED) == [(1,)]
    assert collector.sums() == (1, 1, 1, 1, 1, 1)


@pytest.fixture
def collectors(server: DatabaseServer, tmp_path: Path) -> Iterator[list[Collector]]:
    """Three of the same client, each with a database of its own."""
    databases = [server.copy() for _ in range(3)]
    made = []
    for each in databases:
        folder = tmp_path / each.name
        folder.mkdir()
        made.append(Collector(ground=ground(each), folder=folder))
    yield made
    for each in databases:
        server.drop(each)


def a_month_of_everything() -> list[str]:
    """Rows of all five aggregations in October, of two resources each, in order.

    A resource's amounts of egress add up to 117, its highest peak is 11. Its volume held, in GB
    hours, 193 + 207 + 390 + 265 + 131.95 = 1186.95 on the five days and up to 36 hours after each;
    twice that over October's 745 hours is an average of 3.186 GB.
    """
    hours = [(day, hour) for day in (1, 2, 15, 25, 31) for hour in (0, 7, 13, 22)]
    rows = []
    for number, (day, hour) in enumerate(hours):
        for resource in ("a", "b"):
            for meter in ("egress", "peak", "devices", "storage", "users"):
                size = (number * 7 + len(meter)) % 11 + 1
                counted = f"user-{size}" if meter == "users" else ""
                at = f"2026-10-{day:02d}T{hour:02d}:{len(meter):02d}:00Z"
                name = f"{meter}/{resource}/{number}"
                rows.append(f"{at},{meter},{resource},{size},{name},{counted}")
    return rows


def test_f04_out_of_order_it_is_the_same_invoice_to_the_byte(
    collectors: list[Collector],
) -> None:
    in_order = a_month_of_everything()
    shuffled = random.Random(4).sample(in_order, len(in_order))  # noqa: S311 - seeded, not secret
    header = HEADER.replace("id\n", "id,counted_value\n")
    ways = [[in_order], [in_order[::-1]], [shuffled[:70], shuffled[70:]]]
    for collector, parts in zip(collectors, ways, strict=True):
        for part in parts:
            path = collector.file(header + "\n".join(part) + "\n")
            assert collector.ingest(path).counts == {"accepted": len(part)}
    kept = [collector.kept() for collector in collectors]
    assert kept[1] == kept[0]
    assert kept[2] == kept[0]
    invoices = [draft(collector.ground, "2026-10") for collector in collectors]
    assert amounts(invoices[0]) == [("egress", "234.00"), ("peak", "22.00"), ("storage", "3.19")]
    assert [repr(each).encode() for each in invoices[1:]] == [repr(invoices[0]).encode()] * 2


def test_f05_a_negative_quantity_needs_a_meter_of_credits_and_a_correction_supersedes(
    collector: Collector,
) -> None:
    told = collector.ingest(
        collector.rows(
            f"{NOON},egress,vm,500,wrong", f"{NOON},egress,vm,-470,b", f"{NOON},vendor,vm,-5,c"
        )
    )
    assert (told.code, told.counts) == (1, {"accepted": 2, "rejected": 1})
    assert "egress allows no negative quantity; a wrong event is superseded" in told.out
    assert collector.rejected() == [(3, "negative")]
    right = f"{CORRECTED}{NOON},egress,vm,30,right,wrong,The counter was reset\n"
    assert collector.ingest(collector.file(right)).counts == {"accepted": 1}
    totals = {row[0]: (row[2], f"{row[3]:.2f}") for row in collector.kept()["totals"]}
    assert totals == {"egress": (1, "30.00"), "vendor": (1, "-5.00")}
