"""Bodies that are too long, damaged, packed, or meant to do harm."""

import gzip
import json
import socket
import time
import tracemalloc
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text

from api.bodies import unpacked
from api.problems import Problem
from db.commands.posting import KEEP_UNASSIGNED
from tests.support.portal import PATIENCE
from tests.support.taking import (
    BATCH,
    STRUCTURED,
    Collector,
    Taker,
    new_collector,
    running_taker,
    usage,
)


def sent(
    collector: Collector, body: bytes | Iterator[bytes], media_type: str = BATCH, **headers: str
) -> httpx.Response:
    return httpx.post(
        collector.events_url,
        content=body,
        headers={**collector.authorization, "content-type": media_type, **headers},
        timeout=60,
    )


def begun(collector: Collector, size: int) -> socket.socket:
    """A connection on which a post of 100,000 bytes has begun, and so many of them came."""
    parts = urlsplit(collector.events_url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {BATCH}\r\n"
        f"Authorization: Bearer {collector.key}\r\nContent-Length: 100000\r\n\r\n"
    )
    raw = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30)
    raw.sendall(head.encode() + b" " * size)
    return raw


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until the server has noticed."""
    latest = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < latest
        time.sleep(0.05)


def _is_refused(collector: Collector, body: bytes) -> bool:
    return sent(collector, body).status_code == 400


def refused(answer: httpx.Response) -> int:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert set(problem) == {"type", "title", "status", "detail", "request_id"}
    assert "Traceback" not in answer.text
    return answer.status_code


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"", BATCH, 400),
        (b"[", BATCH, 400),
        (b"{}", BATCH, 400),
        (b"[]", STRUCTURED, 400),
        (b"\xff\xfe[\x00]\x00", BATCH, 400),
        (b"[\xfc]", BATCH, 400),
        (b"[" * 100_000, BATCH, 400),
        (b'{"specversion":' * 10_000, STRUCTURED, 400),
        (b"[\x00]", BATCH, 400),
        (b"[]", "text/plain", 415),
        (b"[]", "application/json", 415),
        (b"[]", "", 415),
        (b"[" + b"1," * 1000 + b"1]", BATCH, 413),
    ],
)
def test_what_holds_no_events_is_refused_whole(
    collector: Collector, body: bytes, media_type: str, status: int
) -> None:
    assert refused(sent(collector, body, media_type)) == status
    counting = "SELECT count(*)::int FROM billing.rejected_record WHERE client_id = :client"
    assert collector.client.rows(counting) == [(0,)]


@pytest.mark.parametrize(
    "faulty",
    [
        '{"specversion": "1.0", "id": "\\ud800"}',
        '{"specversion": "1.0", "id": "\\u0000", "subject": "\\u0000"}',
        '{"specversion": "1.0", "id": "a", "id": "b"}',
        '{"specversion": "1.0", "quantity": NaN}',
        '{"specversion": "1.0", "id": {"$ne": 1}}',
        f'{{"specversion": "1.0", "id": "{"x" * 300_000}"}}',
        "1e999999999",
        f"-{'9' * 100_000}",
        '"\' OR 1=1; --"',
    ],
)
def test_a_hostile_event_is_rejected_alone_and_kept(collector: Collector, faulty: str) -> None:
    body = f"[{json.dumps(usage('a'))}, {faulty}]"
    answer = sent(collector, body.encode())
    assert [each["outcome"] for each in answer.json()["events"]] == ["accepted", "rejected"]
    assert collector.client.rows(
        "SELECT line::int, left(record, 30) FROM billing.rejected_record WHERE client_id = :client "
        "UNION ALL SELECT line::int, left(record, 30) FROM billing.unassigned_record "
        "WHERE record = :faulty",
        faulty=faulty,
    ) == [(2, faulty[:30])]


def test_the_same_rejected_event_again_is_kept_once(collector: Collector) -> None:
    for _ in range(3):
        collector.post(usage("a", quantity="x"), usage("b", subject="nobody-at-all"))
    counting = "SELECT count(*)::int FROM billing.unassigned_record WHERE named_client = :named"
    assert collector.client.rows(counting, named="nobody-at-all") == [(1,)]


def test_an_object_with_very_many_names_and_one_twice_is_read_in_one_pass(
    collector: Collector,
) -> None:
    names = ",".join(f'"{number:x}":1' for number in range(200_000))
    answer = sent(collector, f'[{{{names},"z":1,"z":1}}]'.encode())  # else it does not answer
    assert "the field 'z' stands there twice" in answer.json()["events"][0]["reason"]


def test_at_no_depth_of_nesting_does_the_server_fail(collector: Collector) -> None:
    def nested(depth: int) -> bytes:
        return f'[{{"specversion": "1.0", "x": {"[" * depth}{"]" * depth}}}]'.encode()

    deepest = bisect_left(
        range(1_000), True, key=lambda depth: _is_refused(collector, nested(depth))
    )
    statuses = {
        sent(collector, nested(depth)).status_code for depth in range(deepest - 6, 1_000, 2)
    }
    assert statuses | {sent(collector, nested(deepest + 1)).status_code} <= {200, 400}
    assert 400 in statuses


def test_an_attribute_that_is_not_read_is_no_place_for_nested_values(collector: Collector) -> None:
    answer = sent(collector, json.dumps([usage("a", dataschema=[[]])]).encode())
    assert answer.json()["events"][0]["code"] == "event"


def test_many_events_of_a_client_that_nobody_set_up_are_each_looked_for_once(
    collector: Collector,
) -> None:
    events = [usage(str(number), subject="nobody-yet") for number in range(500)]
    assert collector.post(*events, *events).json()["rejected"] == 1_000
    counting = "SELECT count(*)::int FROM billing.unassigned_record WHERE named_client = :named"
    assert collector.client.rows(counting, named="nobody-yet") == [(500,)]
    with collector.taker.database.administrator.connect() as connection:
        connection.exec_driver_sql("ANALYZE billing.unassigned_record")
        values = dict.fromkeys(("source", "code", "reason", "record"), "x")
        plan = connection.execute(
            text(f"EXPLAIN {KEEP_UNASSIGNED}"), {**values, "named": "nobody-yet", "line": 1}
        )
        assert "unassigned_record_same" in "\n".join(plan.scalars())


def test_a_key_whose_posts_are_refused_too_often_waits_until_somebody_mends_them(
    collector: Collector,
) -> None:
    settings = {"METERGLASS_REFUSED_BYTES_PER_HOUR": "20000"}
    folder = collector.taker.log.parent
    with running_taker(collector.taker.database, folder, settings=settings) as strict:
        mine = Collector(taker=strict, key=collector.key, client=collector.client)
        wrong = [usage(str(number), quantity="x" * 400) for number in range(20)]
        assert [mine.post(*wrong).status_code for _ in range(4)] == [200, 200, 429, 429]
        refusal = mine.post(usage("good"))
        assert refused(refusal) == 429
        assert "is refused" in refusal.json()["detail"]
        assert int(refusal.headers["retry-after"]) >= 1
        other = new_collector(strict, collector.client)
        assert other.post(usage("good")).status_code == 200


def test_the_bodies_that_a_key_leaves_half_sent_have_a_limit(collector: Collector) -> None:
    settings = {"METERGLASS_POST_BYTES": "100000"}
    folder = collector.taker.log.parent
    with (
        running_taker(collector.taker.database, folder, settings=settings) as strict,
        ExitStack() as opened,
    ):
        mine = Collector(taker=strict, key=collector.key, client=collector.client)
        half_sent: list[socket.socket] = []

        def is_full() -> bool:
            half_sent.append(opened.enter_context(begun(mine, 99_999)))
            return mine.post(usage("a")).status_code == 429

        wait_until(is_full)
        assert len(half_sent) >= 16
        other = new_collector(strict, collector.client)
        assert other.post(usage("b")).status_code == 200
        for each in half_sent:
            each.close()
        wait_until(lambda: mine.post(usage("c")).status_code == 200)


def test_a_body_without_a_stated_length_is_cut_off(collector: Collector) -> None:
    def endless() -> Iterator[bytes]:
        yield b"["
        for _ in range(200):
            yield b" " * 65_536

    assert refused(sent(collector, endless())) == 413


def test_a_length_that_lies_is_not_trusted(taker: Taker, collector: Collector) -> None:
    parts = urlsplit(taker.url)
    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {BATCH}\r\n"
        f"Authorization: Bearer {collector.key}\r\nContent-Length: 99999999999\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as raw:
        raw.sendall(head.encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_packed_body_is_unpacked_but_never_beyond_the_limit(collector: Collector) -> None:
    packed = gzip.compress(json.dumps([usage("a")]).encode())
    answer = sent(collector, packed, **{"content-encoding": "gzip"})
    assert answer.json()["accepted"] == 1
    bomb = gzip.compress(b"[" + b" " * 100_000_000 + b"]")
    assert refused(sent(collector, bomb, **{"content-encoding": "gzip"})) == 413
    for damaged in (packed[:-4], packed + packed, b"plain"):
        assert refused(sent(collector, damaged, **{"content-encoding": "gzip"})) == 400
    other = sent(collector, packed, **{"content-encoding": "br"})
    assert refused(other) == 415
    assert other.headers["accept-encoding"] == "gzip"


def test_what_a_packed_body_hides_is_not_unpacked_into_memory() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    tracemalloc.start()
    with pytest.raises(Problem) as problem:
        unpacked(bomb, "gzip")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert problem.value.status == 413
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/events", 405),
        ("PUT", "/api/v1/events", 405),
        ("DELETE", "/api/v1/events", 405),
        ("POST", "/api/v1/events/", 404),
        ("POST", "/api/v1/event", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/../etc/passwd", 404),
        ("POST", "/api/v1/openapi.json", 405),
    ],
)
def test_other_methods_and_addresses_are_problems_too(
    collector: Collector, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, f"{collector.taker.url}{path}", headers=collector.authorization)
    assert answer.status_code == status
    if path.startswith("/api/v1"):
        assert refused(answer) == status
    if status == 405:
        assert "allow" in answer.headers
