"""The faults that concern posts: to a real server, over HTTP, beside the same by file."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.faults.collector import NOON, Collector
from tests.faults.drafts import draft
from tests.support.database import Database, DatabaseServer, until_alone
from tests.support.taking import BATCH, Taker, kill, new_collector, running_taker, usage
from tests.support.taking import Collector as Sender
from tests.support.usage import ground

QUARANTINE = """
    SELECT line::int, code FROM billing.rejected_record WHERE client_id = :client ORDER BY 1, 2
"""
WAITING = "SELECT named_client, code FROM billing.unassigned_record ORDER BY unassigned_record_id"
POST, POSTS = 500, 40  #: events in a post, and posts


@pytest.fixture(scope="module")
def taker(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taker]:
    """One server for the module; each test posts for a client of its own."""
    database = server.copy()
    with running_taker(database, tmp_path_factory.mktemp("taker")) as started:
        yield started
    server.drop(database)


@pytest.fixture
def sender(taker: Taker) -> Sender:
    """A collector with a key for a new client."""
    return new_collector(taker)


def by_file(sender: Sender, folder: Path) -> Collector:
    """The same client's collector with the command line."""
    return Collector(ground=sender.client, folder=folder)


def posted(sender: Sender, body: bytes) -> httpx.Response:
    """Post bytes as they are, as a batch."""
    headers = {**sender.authorization, "content-type": BATCH}
    return httpx.post(sender.events_url, content=body, headers=headers, timeout=60)


def outcomes(answer: httpx.Response) -> list[str]:
    """Of each event its code, or what became of it."""
    assert answer.status_code == 200, answer.text
    return [each["code"] or each["outcome"] for each in answer.json()["events"]]


def refused(answer: httpx.Response) -> int:
    """The status of a whole post that was refused: a problem document, no traceback."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    return answer.status_code


def numbered(*numbers: str) -> bytes:
    """A batch with an event for each number, written as given."""
    events = [
        json.dumps(usage(str(at), NOON)).replace('"quantity": 5', f'"quantity": {number}')
        for at, number in enumerate(numbers)
    ]
    return f"[{', '.join(events)}]".encode()


def series(start: int, count: int = POST) -> list[dict[str, object]]:
    """Events of 2 GB, one a minute, with numbers for ids."""
    first = datetime(2026, 10, 1, tzinfo=UTC)
    times = ((number, first + timedelta(minutes=number)) for number in range(start, start + count))
    return [usage(str(number), f"{at:%Y-%m-%dT%H:%M:%SZ}", 2) for number, at in times]


def test_f01_a_server_that_is_killed_in_mid_post_leaves_whole_posts(
    database: Database, tmp_path: Path
) -> None:
    client, chance = ground(database), random.Random(20_261_123)  # noqa: S311 - seeded, no secret
    collector, answered = Collector(ground=client, folder=tmp_path), 0
    for _ in range(2):
        with running_taker(database, tmp_path) as taker:
            sender = new_collector(taker, client)
            told: list[int] = []
            posting = threading.Thread(target=_post_on, args=(sender, told))
            posting.start()
            time.sleep(chance.uniform(0.1, 0.8))
            kill(taker)
            posting.join()
        until_alone(database)
        answered = max(answered, len(told) * POST)
        events = collector.sums()[0]
        assert isinstance(events, int)
        assert events % POST == 0
        assert events >= answered
        assert collector.sums() == (events, 2 * events) * 3
    with running_taker(database, tmp_path) as taker:
        answers = _post_on(new_collector(taker, client), [])
    assert answers == POSTS
    assert collector.sums() == (20_000, 40_000) * 3


def _post_on(sender: Sender, told: list[int]) -> int:
    """Post the whole series from its start, until the server is gone; how many it answered."""
    for number in range(POSTS):
        try:
            told.append(sender.post(*series(number * POST)).status_code)
        except httpx.HTTPError:
            break
    assert set(told) <= {200}
    return len(told)


def test_f02_what_came_by_file_is_a_duplicate_when_it_is_posted(
    sender: Sender, tmp_path: Path
) -> None:
    files = by_file(sender, tmp_path)
    files.ingest(files.rows(f"{NOON},egress,vm-1,5,a"), client=sender.client.slug)
    assert outcomes(sender.post(usage("a", NOON), usage("b", NOON), usage("b", NOON))) == [
        "duplicate",
        "accepted",
        "duplicate",
    ]
    told = files.ingest(files.rows(f"{NOON},egress,vm-1,5,b"), client=sender.client.slug)
    assert told.counts == {"duplicate": 1}
    assert files.sums() == (2, 10) * 3


def test_f03_other_content_under_the_id_of_a_file_is_a_conflict(
    sender: Sender, tmp_path: Path
) -> None:
    files = by_file(sender, tmp_path)
    files.ingest(files.rows(f"{NOON},egress,vm-1,5,a"), client=sender.client.slug)
    assert outcomes(sender.post(usage("a", NOON, 6))) == ["conflict"]
    hashes = """
        SELECT octet_length(stored_leaf_hash), octet_length(offered_leaf_hash),
            stored_leaf_hash <> offered_leaf_hash
        FROM billing.rejected_record WHERE client_id = :client"""
    assert sender.client.rows(hashes) == [(32, 32, True)]
    assert files.sums() == (1, 5) * 3


def test_f04_posts_in_another_order_come_to_the_same_invoice(taker: Taker) -> None:
    events = series(0, 60)
    backward = events[::-1]
    shuffled = random.Random(4).sample(events, 60)  # noqa: S311 - seeded, no secret
    invoices = []
    for order in (events, backward, shuffled):
        sender = new_collector(taker)
        for at in range(0, 60, 20):
            assert outcomes(sender.post(*order[at : at + 20])) == ["accepted"] * 20
        invoices.append(replace(draft(sender.client, "2026-10"), client=""))
    assert str(invoices[0].net) == "120.00"
    assert invoices[1] == invoices[0]
    assert invoices[2] == invoices[0]


def codes_of(sender: Sender, numbers: Sequence[str]) -> dict[str, str]:
    """What becomes of an event with each number."""
    return dict(zip(numbers, outcomes(posted(sender, numbered(*numbers))), strict=True))


def test_f05_to_f08_numbers_are_read_as_strictly_as_in_files(sender: Sender) -> None:
    wrong = ['"NaN"', '"Infinity"', "1e400", "-0", '""', "1" * 40, "0.0000000000000001"]
    wrong += ['"1_000"', '"１２"', '"1,5"', '" 5 "', '"0x10"']  # noqa: RUF001 - full-width digits on purpose
    assert codes_of(sender, wrong) == dict.fromkeys(wrong, "number")
    assert codes_of(sender, ["-5"]) == {"-5": "negative"}
    fine = ["8e-05", '"8e-05"', "0.000000000000001", "1.50"]
    assert set(outcomes(posted(sender, numbered(*["0"] * 13, *fine)))[13:]) == {"accepted"}
    stored = """
        SELECT trim_scale(quantity)::text FROM billing.usage_event
        WHERE client_id = :client AND quantity > 0 ORDER BY source_event_id"""
    assert sender.client.rows(stored) == [
        ("0.00008",),
        ("0.00008",),
        ("0.000000000000001",),
        ("1.5",),
    ]


def test_f09_f11_f16_what_is_no_plain_json_is_refused_without_a_traceback(sender: Sender) -> None:
    event = json.dumps(usage("a", NOON))
    whole = {
        "cp1252": f"[{event.replace('vm-1', 'Mün')}]".encode("cp1252"),
        "UTF-16": f"[{event}]".encode("utf-16"),
        "NUL": f"[{event}]\0".encode(),
        "too deep": b"[" * 10_000 + b"]" * 10_000,
    }
    assert {name: refused(posted(sender, body)) for name, body in whole.items()} == {
        "cp1252": 400,
        "UTF-16": 400,
        "NUL": 400,
        "too deep": 400,
    }
    assert sender.client.rows(QUARANTINE) == []


def test_f11_f13_f16_a_faulty_event_costs_itself_only(sender: Sender) -> None:
    event = json.dumps(usage("a", NOON))
    faulty = [
        event.replace("vm-1", "\\u0000"),
        event.replace("vm-1", "\\ud800"),
        event.replace("vm-1", "v\\nm"),
        event.replace("vm-1", "x" * 200_000),
        event.replace('"quantity": 5', '"quantity": 5, "quantity": 5'),
        event,
    ]
    answer = posted(sender, f"[{', '.join(faulty)}]".encode())
    found = outcomes(answer)
    assert found[-1] == "accepted"
    assert {each["outcome"] for each in answer.json()["events"][:-1]} == {"rejected"}
    assert [line for line, _ in sender.client.rows(QUARANTINE)] == [1, 2, 3, 4, 5]
    assert "Traceback" not in answer.text


def test_f14_f15_who_and_what_is_unknown_is_kept_apart(taker: Taker) -> None:
    first, second = ground(taker.database, slug="0012"), ground(taker.database, slug="NA")
    sender = new_collector(taker, first, second)
    answer = sender.post(
        usage("a", NOON, subject="0012"),
        usage("a", NOON, subject="12"),
        usage("a", NOON, subject="NA"),
        usage("b", NOON, subject="NA", meter="egrss"),
        usage("c", NOON),
    )
    assert outcomes(answer) == ["accepted", "client", "accepted", "meter", "client"]
    assert [each for each in first.rows(WAITING) if each[0] in {"12", ""}] == [
        ("12", "client"),
        ("", "client"),
    ]
    assert second.rows(QUARANTINE) == [(4, "meter")]


def test_f17_to_f20_times_are_kept_by_the_rules_of_files(sender: Sender) -> None:
    sender.post(usage("on time", NOON), usage("now", "2026-11-02T10:00:00Z"))
    sender.client.close("2026-10")
    ahead = datetime.now(UTC) + timedelta(minutes=15)
    times = {
        "2026-10-03T10:00:00Z": "late",
        "2026-10-31T22:59:59.999999Z": "late",
        "2026-10-31T23:00:00Z": "accepted",
        ahead.isoformat(): "future",
        "9999-12-31T23:59:59Z": "future",
        "1970-01-01T00:00:00Z": "agreement",
        "infinity": "time",
        "2026-11-02T10:00:00": "time",
        "2026-02-29T10:00:00Z": "time",
        "2026-11-02T24:00:00Z": "time",
        "2026-11-02T23:59:60Z": "time",
    }
    answer = sender.post(*(usage(time, time) for time in times))
    assert dict(zip(times, outcomes(answer), strict=True)) == times
