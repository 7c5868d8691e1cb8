"""The public SDK of CloudEvents as the client: what it sends is taken."""

from datetime import UTC, datetime

import httpx
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.support.taking import BATCH, Collector


def made(id_: str, quantity: object = 2140) -> CloudEvent:
    return CloudEvent(
        attributes={
            "type": "meterglass.usage",
            "source": "/backup/site-1",
            "id": id_,
            "time": datetime(2026, 11, 2, 10, 5, tzinfo=UTC),
            "datacontenttype": "application/json",
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
        data={"meter": "storage", "resource": "vault-7", "quantity": quantity},
    )


def posted(collector: Collector, message: HTTPMessage) -> list[tuple[str, str]]:
    answer = httpx.post(
        collector.events_url,
        content=message.body,
        headers={**collector.authorization, **message.headers},
    )
    assert answer.status_code == 200, answer.text
    return [(each["id"], each["outcome"]) for each in answer.json()["events"]]


def test_both_modes_of_the_sdk_store_the_same_event(collector: Collector) -> None:
    event = made('vault 7 "€" 100 %')
    assert posted(collector, to_structured_event(event)) == [('vault 7 "€" 100 %', "accepted")]
    assert posted(collector, to_binary_event(event)) == [('vault 7 "€" 100 %', "duplicate")]


def test_a_batch_of_the_sdks_events_is_stored(collector: Collector) -> None:
    parts = [JSONFormat().write(made(str(number), number / 8)) for number in range(1, 4)]
    message = HTTPMessage(headers={"content-type": BATCH}, body=b"[" + b",".join(parts) + b"]")
    assert posted(collector, message) == [("1", "accepted"), ("2", "accepted"), ("3", "accepted")]
    assert collector.client.rows(
        "SELECT trim_scale(quantity)::text FROM billing.usage_event WHERE client_id = :client "
        "ORDER BY source_event_id"
    ) == [("0.125",), ("0.25",), ("0.375",)]
