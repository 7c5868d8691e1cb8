"""Processes that take posts: several workers, crashes, no database, and what stops a start."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.database import Database
from tests.support.portal import ROOT, database_down
from tests.support.quickest import DELAYED, quickest_of_ten
from tests.support.taking import (
    Collector,
    Taker,
    command,
    environment,
    new_collector,
    running_taker,
    usage,
)


def test_two_workers_store_the_same_batches_once(taker: Taker, tmp_path: Path) -> None:
    with running_taker(taker.database, tmp_path, workers=2) as both:
        collector = new_collector(both)
        batches = [
            [usage(f"{batch}/{n}", at=f"2026-11-02T1{batch}:{n:02}:00Z") for n in range(50)]
            for batch in range(4)
        ]
        with ThreadPoolExecutor(8) as senders:
            answers = [*senders.map(lambda batch: collector.post(*batch).json(), batches * 4)]
    assert sum(answer["accepted"] for answer in answers) == 200
    assert sum(answer["duplicate"] for answer in answers) == 600
    assert collector.client.rows(
        "SELECT event_count::int, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(200, 1000)]


def test_workers_send_small_pieces_at_once(taker: Taker, tmp_path: Path) -> None:
    with running_taker(taker.database, tmp_path, workers=2) as both:
        assert quickest_of_ten(both.url) < DELAYED


def test_f27_what_was_stored_before_a_crash_is_told_as_duplicate_on_repeating(
    collector: Collector, tmp_path: Path
) -> None:
    settings = {"CRASH_ONCE": str(tmp_path / "crashed")}
    database, events = collector.taker.database, [usage("a"), usage("b")]
    with running_taker(database, tmp_path, app="tests.api.crashing:app", settings=settings) as once:
        crashing = Collector(taker=once, key=collector.key, client=collector.client)
        with pytest.raises(httpx.HTTPError):
            crashing.post(*events)
        assert once.process.wait(15) == 9
    assert [each["outcome"] for each in collector.post(*events).json()["events"]] == [
        "duplicate",
        "duplicate",
    ]
    assert collector.client.rows(
        "SELECT event_count::int, quantity::int FROM billing.usage_total WHERE client_id = :client"
    ) == [(2, 10)]


def test_f36_while_the_database_is_away_senders_are_told_to_come_back(
    database: Database, tmp_path: Path
) -> None:
    with running_taker(database, tmp_path) as lonely:
        collector = new_collector(lonely)
        assert collector.post(usage("a")).status_code == 200
        with database_down(database):
            away = collector.post(usage("b"))
            assert (away.status_code, away.headers["retry-after"]) == (503, "5")
            assert away.headers["content-type"] == "application/problem+json"
            ready = httpx.get(f"{lonely.url}/readyz")
            assert (ready.status_code, ready.text) == (503, "not ready")
            assert httpx.get(f"{lonely.url}/healthz").text == "ok"
        assert collector.post(usage("a"), usage("b")).json()["accepted"] == 1
        written = lonely.log.read_text()
    assert "Traceback" not in written
    assert '"event": "database_away"' in written
    assert "INSERT" not in written


def refusal(database: Database, **settings: str) -> str:
    ended = subprocess.run(
        [*command(), "--port", "0"],
        cwd=ROOT,
        env=environment(database, settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode not in {0, None}
    said = ended.stdout + ended.stderr
    assert "Traceback" not in said
    (line,) = [line for line in said.splitlines() if line.startswith("Meterglass does not start.")]
    return line


@pytest.mark.parametrize(
    ("login", "words"),
    [
        ("administrator_url", "is a superuser"),
        ("owner_url", "owns tables"),
        ("portal_url", "may not record usage"),
    ],
)
def test_another_login_than_the_writers_is_refused(
    database: Database, login: str, words: str
) -> None:
    assert words in refusal(database, METERGLASS_DATABASE_URL_WRITER=getattr(database, login))


def test_a_schema_of_another_version_is_refused(database: Database) -> None:
    with database.as_owner() as connection:
        connection.exec_driver_sql("UPDATE billing.schema_version SET version_num = '0001'")
    assert "python -m jobs database migrate" in refusal(database)


def test_faulty_settings_are_told_by_name_and_without_passwords(database: Database) -> None:
    assert "METERGLASS_POST_BYTE " in refusal(database, METERGLASS_POST_BYTE="1")
    away = "postgresql://meterglass_writer:hush@127.0.0.1:1/none"
    assert "hush" not in refusal(database, METERGLASS_DATABASE_URL_WRITER=away)
