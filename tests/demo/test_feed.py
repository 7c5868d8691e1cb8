"""The demo's collectors: what nobody takes stays due, and is tried ever more rarely."""

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from demo.feed import Feed, begins
from demo.posting import Door, cloud_event

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


class Taking:
    """A portal that answers as told, and remembers what was posted."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.keys: list[str] = []
        self.posts: list[list[dict[str, Any]]] = []
        self.hosts: list[str] = []
        taking = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taking.keys.append(self.headers["Authorization"])
                taking.hosts.append(self.headers["Host"])
                if taking.status == 200:
                    taking.posts.append(json.loads(body))
                self.send_response(taking.status)
                for name, value in taking.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_given: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Keys:
    """Keys with a number that grows with each renewal."""

    def __init__(self) -> None:
        self.number = 1

    def current(self) -> Mapping[str, str]:
        names = ("backup-collector", "monitoring", "remote-gateway", "cloud-bill")
        return {name: f"{name}-{self.number}" for name in names}

    def renew(self) -> None:
        self.number += 1


@pytest.fixture
def taking() -> Iterator[Taking]:
    opened = Taking()
    yield opened
    opened.close()


def feed(taking: Taking, keys: Keys | None = None, host: str | None = None) -> Feed:
    since = NOW - timedelta(minutes=70)
    door = Door(url=taking.url, host=host)
    return Feed(door, keys or Keys(), NOW.date(), since)


def test_what_is_due_is_posted_in_small_batches_of_one_source(taking: Taking) -> None:
    collectors = feed(taking)
    assert collectors.step(NOW) == 2.0
    while collectors.waiting:
        collectors.step(NOW)
    events = [event for batch in taking.posts for event in batch]
    assert len(events) > 40
    assert max(len(batch) for batch in taking.posts) <= 25
    assert all(len({event["source"] for event in batch}) == 1 for batch in taking.posts)
    assert {event["type"] for event in events} == {"meterglass.usage"}
    assert all(event["time"] <= "2026-11-22T15:00:00Z" for event in events)


def test_nothing_is_posted_before_it_is_measured(taking: Taking) -> None:
    collectors = feed(taking)
    collectors.step(NOW - timedelta(minutes=30))
    while collectors.waiting:
        collectors.step(NOW - timedelta(minutes=30))
    latest = max(event["time"] for batch in taking.posts for event in batch)
    assert "2026-11-22T13:50:00Z" < latest <= "2026-11-22T14:30:00Z"


def test_while_nobody_takes_posts_it_waits_longer_and_loses_nothing(taking: Taking) -> None:
    collectors = feed(taking)
    taking.status = 503
    waits = [collectors.step(NOW) for _ in range(6)]
    assert waits == [4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    before = collectors.waiting
    taking.status = 200
    assert collectors.step(NOW) == 2.0
    assert before - collectors.waiting == len(taking.posts[0])


def test_it_waits_as_long_as_it_is_asked_to(taking: Taking) -> None:
    taking.status, taking.headers = 429, {"Retry-After": "120"}
    assert feed(taking).step(NOW) == 120.0


def test_a_key_that_is_no_longer_good_is_renewed(taking: Taking) -> None:
    keys = Keys()
    collectors = feed(taking, keys)
    taking.status = 401
    collectors.step(NOW)
    taking.status = 200
    collectors.step(NOW)
    assert [each.rsplit("-", 1)[1] for each in taking.keys] == ["1", "2"]


def test_a_portal_that_is_away_is_tried_again() -> None:
    gone = Taking()
    collectors = feed(gone)
    gone.close()
    assert collectors.step(NOW) == 4.0
    assert collectors.waiting > 0


def test_a_portal_with_a_public_name_is_asked_by_it(taking: Taking) -> None:
    feed(taking, host="portal.example.com").step(NOW)
    assert taking.hosts == ["portal.example.com"]


def test_it_begins_where_the_files_end_but_hours_ago_at_most() -> None:
    ends = {"a": NOW - timedelta(minutes=60), "b": NOW - timedelta(minutes=50)}
    assert begins(ends, NOW) == NOW - timedelta(minutes=60)
    assert begins({"a": NOW - timedelta(days=9)}, NOW) == NOW - timedelta(hours=3)
    assert begins({}, NOW) == NOW


def test_a_reading_is_a_cloud_event_that_leaves_out_what_it_has_not() -> None:
    row = ("vm/1", "2026-11-22T14:00:00Z", "data-out", "vm", "1.25", "", "", "", "")
    assert cloud_event("harbor-foods", "monitoring", row) == {
        "specversion": "1.0",
        "type": "meterglass.usage",
        "source": "/demo/monitoring",
        "id": "vm/1",
        "subject": "harbor-foods",
        "time": "2026-11-22T14:00:00Z",
        "data": {"meter": "data-out", "resource": "vm", "quantity": "1.25"},
    }
