"""Posting usage: each event gets its own outcome, and nothing is stored twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from billing_core.event import event_id
from tests.support.taking import (
    STRUCTURED,
    Collector,
    Taker,
    new_client,
    new_collector,
    usage,
)


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    events: list[dict[str, Any]] = answer.json()["events"]
    return events


def outcomes(answer: httpx.Response) -> list[str]:
    return [each["outcome"] for each in told(answer)]


def codes(answer: httpx.Response) -> list[str | None]:
    return [each["code"] for each in told(answer)]


def kept(collector: Collector) -> list[tuple[object, ...]]:
    return collector.client.rows(
        "SELECT line::int, code, ingest_run_id IS NULL, source_id IS NOT NULL "
        "FROM billing.rejected_record WHERE client_id = :client ORDER BY rejected_record_id"
    )


def test_a_batch_is_stored_and_the_same_batch_again_is_duplicate(collector: Collector) -> None:
    events = [usage("a", quantity="1.50"), usage("b", at="2026-11-02T12:00:00+01:00", quantity=2)]
    first = collector.post(*events)
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "no-store"
    assert outcomes(first) == ["accepted", "accepted"]
    assert outcomes(collector.post(*events)) == ["duplicate", "duplicate"]
    assert collector.client.rows(
        "SELECT source_event_id, quantity::text, occurred_at::text FROM billing.usage_event "
        "WHERE client_id = :client ORDER BY 1"
    ) == [
        ("a", "1.500000000000000", "2026-11-02 10:00:00+00"),
        ("b", "2.000000000000000", "2026-11-02 11:00:00+00"),
    ]


def test_a_single_structured_event_is_stored_and_told_whole(collector: Collector) -> None:
    answer = collector.post(usage("a"), media_type=STRUCTURED)
    assert answer.json() == {
        "accepted": 1,
        "duplicate": 0,
        "late": 0,
        "rejected": 0,
        "events": [
            {
                "line": 1,
                "id": "a",
                "outcome": "accepted",
                "event_id": str(event_id("collector", "a", "egress")),
                "code": None,
                "reason": None,
            }
        ],
    }


def test_an_event_in_binary_mode_is_the_same_event(collector: Collector) -> None:
    headers = {
        **collector.authorization,
        "ce-specversion": "1.0",
        "ce-type": "meterglass.usage",
        "ce-source": "/collector",
        "ce-id": "%E2%82%AC%201",
        "ce-time": "2026-11-02T10:00:00Z",
        "content-type": "application/json",
    }
    inside = usage("x")["data"]
    answer = httpx.post(collector.events_url, json=inside, headers=headers)
    assert [(each["id"], each["outcome"]) for each in told(answer)] == [("€ 1", "accepted")]
    assert outcomes(collector.post(usage("€ 1"))) == ["duplicate"]


def test_an_id_that_is_taken_by_other_content_is_a_conflict(collector: Collector) -> None:
    collector.post(usage("a", quantity=5))
    answer = collector.post(usage("a", quantity=6), usage("b"))
    assert outcomes(answer) == ["rejected", "accepted"]
    assert codes(answer) == ["conflict", None]
    assert told(answer)[0]["event_id"] == str(event_id("collector", "a", "egress"))
    assert kept(collector) == [(1, "conflict", True, True)]
    assert collector.client.rows(
        "SELECT quantity::int FROM billing.usage_event WHERE client_id = :client"
    ) == [(5,), (5,)]


def test_faulty_events_are_rejected_alone_and_kept(collector: Collector) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    answer = collector.post(
        usage("a"),
        usage("b", at=ahead.isoformat()),
        usage("c", meter="egres"),
        usage("d", quantity="1,5"),
        usage("e", quantity=-1),
        usage("f", at="1970-01-01T00:00:00Z"),
        usage("g", meter="users"),
        usage("h"),
    )
    assert codes(answer) == [
        None, "future", "meter", "number", "negative", "agreement", "counted_value", None,
    ]  # fmt: skip
    assert [answer.json()[name] for name in ("accepted", "rejected")] == [2, 6]
    assert [each[:2] for each in kept(collector)] == [
        (2, "future"),
        (3, "meter"),
        (4, "number"),
        (5, "negative"),
        (6, "agreement"),
        (7, "counted_value"),
    ]
    assert {each[2:] for each in kept(collector)} == {(True, True)}


def test_f17_an_event_of_a_closed_month_is_late(collector: Collector) -> None:
    collector.post(usage("a", at="2026-10-02T10:00:00Z"), usage("b"))
    collector.client.close("2026-10")
    answer = collector.post(usage("c", at="2026-10-03T10:00:00Z"), usage("d"))
    assert outcomes(answer) == ["late", "accepted"]
    assert {
        name: answer.json()[name] for name in ("accepted", "duplicate", "late", "rejected")
    } == {
        "accepted": 1,
        "duplicate": 0,
        "late": 1,
        "rejected": 0,
    }


def test_a_correction_replaces_and_a_withdrawal_takes_back(collector: Collector) -> None:
    collector.post(usage("a", quantity=5), usage("b", quantity=7))
    answer = collector.post(
        usage("a2", quantity=6, supersedes="a", reason="meter was reset"),
        usage("b2", quantity=0, supersedes="b", reason="never happened", withdraws=True),
    )
    assert outcomes(answer) == ["accepted", "accepted"]
    assert collector.client.rows(
        "SELECT event_count::int, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(1, 6)]


def test_a_foreign_client_is_told_apart_from_no_unknown_one(taker: Taker) -> None:
    mine, foreign = new_client(taker.database), new_client(taker.database)
    collector = new_collector(taker, mine)
    answer = collector.post(
        usage("a", subject=foreign.slug),
        usage("b", subject="nobody"),
        usage("c", subject=mine.slug),
    )
    assert codes(answer) == ["client", "client", None]
    words = {
        each["reason"].replace(foreign.slug, "X").replace("nobody", "X")
        for each in told(answer)[:2]
    }
    assert words == {"there is no client 'X' that this key posts for"}
    assert foreign.rows("SELECT count(*) FROM billing.usage_event WHERE client_id = :client") == [
        (0,)
    ]
    unassigned = (
        "SELECT named_client, line::int, code FROM billing.unassigned_record "
        "WHERE named_client IN (:foreign, 'nobody') ORDER BY line"
    )
    assert mine.rows(unassigned, foreign=foreign.slug) == [
        (foreign.slug, 1, "client"),
        ("nobody", 2, "client"),
    ]


def test_a_key_for_two_clients_posts_for_both_at_once(taker: Taker) -> None:
    one, two = new_client(taker.database), new_client(taker.database)
    collector = new_collector(taker, one, two)
    events = [usage(str(n), subject=(one, two)[n % 2].slug) for n in range(4)]
    assert outcomes(collector.post(*events, usage("nobody's"))) == [*["accepted"] * 4, "rejected"]
    counting = "SELECT count(*)::int FROM billing.usage_event WHERE client_id = :client"
    assert (one.rows(counting), two.rows(counting)) == ([(2,)], [(2,)])


def test_the_source_of_the_key_counts_and_not_the_senders_word(collector: Collector) -> None:
    first = collector.post(usage("a", source="/one"))
    assert outcomes(collector.post(usage("a", source="urn:another"))) == ["duplicate"]
    assert UUID(told(first)[0]["event_id"]) == event_id("collector", "a", "egress")


def test_the_same_event_twice_in_a_batch_is_stored_once(collector: Collector) -> None:
    assert outcomes(collector.post(usage("a"), usage("a"))) == ["accepted", "duplicate"]


def test_f02_the_same_batch_from_four_at_once_is_stored_once(collector: Collector) -> None:
    events = [usage(str(n), at=f"2026-11-02T10:{n % 60:02}:00Z") for n in range(200)]
    with ThreadPoolExecutor(4) as senders:
        answers = [*senders.map(lambda _: collector.post(*events).json(), range(4))]
    assert sum(answer["accepted"] for answer in answers) == 200
    assert sum(answer["duplicate"] for answer in answers) == 600
    assert collector.client.rows(
        "SELECT event_count::int, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(200, 1000)]


def test_a_client_without_the_source_of_the_key_keeps_what_came(collector: Collector) -> None:
    with collector.taker.database.as_owner() as connection:
        connection.exec_driver_sql(
            "UPDATE billing.source SET code = 'renamed' "
            f"WHERE client_id = {collector.client.client_id}"
        )
    answer = collector.post(usage("a"), usage("b", quantity="x"))
    assert codes(answer) == ["source", "source"]
    assert kept(collector) == [(1, "source", True, False), (2, "source", True, False)]
