"""Posting usage: each event gets its own outcome, and nothing is stored twice."""

from tests.support.taking import STRUCTURED, Collector, usage


def outcomes(answer: dict[str, list[dict[str, object]]]) -> list[object]:
    return [each["outcome"] for each in answer["events"]]


def test_a_batch_is_stored_and_the_same_batch_again_is_duplicate(collector: Collector) -> None:
    events = [usage("a", quantity="1.50"), usage("b", at="2026-11-02T12:00:00+01:00", quantity=2)]
    first = collector.post(*events)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    assert outcomes(first.json()) == ["accepted", "accepted"]
    assert outcomes(collector.post(*events).json()) == ["duplicate", "duplicate"]
    assert collector.client.rows(
        "SELECT source_event_id, quantity::text, occurred_at::text FROM billing.usage_event "
        "WHERE client_id = :client ORDER BY 1"
    ) == [
        ("a", "1.500000000000000", "2026-11-02 10:00:00+00"),
        ("b", "2.000000000000000", "2026-11-02 11:00:00+00"),
    ]


def test_a_single_structured_event_is_stored(collector: Collector) -> None:
    answer = collector.post(usage("a"), media_type=STRUCTURED)
    assert answer.status_code == 200
    assert outcomes(answer.json()) == ["accepted"]
