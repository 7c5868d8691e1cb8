"""A load that is killed at any moment, and loaded again."""

import random
import signal
import subprocess
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # published without types

from tests.faults.collector import HEADER, Collector, ended
from tests.support.database import until_alone

ROWS = 120_000
WHOLE = {25_000 * whole + last for whole in range(5) for last in (0, 20_000)}
"""What may be stored after a crash: whole batches, the last one of 20,000 among them or not."""
BEGUN = "SELECT count(*)::int FROM billing.ingest_run WHERE client_id = :client"
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'meterglass_writer'
"""
CROSSINGS = """
    SELECT kind, tier_ordinal, to_char(crossed_at AT TIME ZONE 'UTC', 'DD HH24:MI'),
        total_before::int, total_after::int
    FROM billing.crossing WHERE client_id = :client ORDER BY kind, tier_ordinal, bound
"""


def samples(path: Path, rows: int = ROWS) -> Path:
    """Five-minute samples of 20 machines, 2 GB each, more than one process reads."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(rows):
            minute = number // 20 * 5
            at = f"2026-10-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
            file.write(f"{at},egress,vm-{number % 20},2,{number}\n")
    return path


def killed(collector: Collector, path: Path, after: float) -> None:
    """Start to load, and kill the process some seconds after it has begun to store."""
    before = collector.ground.rows(BEGUN)
    run = collector.start(path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while run.poll() is None and collector.ground.rows(BEGUN) == before:
        time.sleep(0.01)
    time.sleep(after)
    run.send_signal(signal.SIGKILL)
    run.wait()
    until_alone(collector.database)


def test_f01_a_crash_in_mid_file_leaves_whole_batches_and_the_next_load_completes_them(
    collector: Collector,
) -> None:
    path = samples(collector.folder / "usage.csv")
    chance, stored = random.Random(20_261_123), 0  # noqa: S311 - seeded, not secret
    for _ in range(3):
        killed(collector, path, chance.uniform(0, 0.8))
        events, *others = collector.sums()
        assert events in WHOLE
        assert isinstance(events, int)
        assert events >= stored
        assert others == [2 * events, events, 2 * events, events, 2 * events]
        stored = events
    told = collector.ingest(path)
    assert told.code == 0
    assert told.counts == {
        word: count for word, count in (("accepted", ROWS - stored), ("duplicate", stored)) if count
    }
    assert collector.sums() == (120_000, 240_000, 120_000, 240_000, 120_000, 240_000)
    assert collector.ground.rows(CROSSINGS) == [
        ("threshold", 1, "01 00:05", 78, 80),
        ("threshold", 1, "01 00:10", 98, 100),
        ("threshold", 2, "01 00:15", 158, 160),
        ("threshold", 2, "01 00:20", 198, 200),
        ("tier", 2, "01 00:10", 100, 102),
        ("tier", 3, "01 00:25", 200, 202),
    ]
    assert collector.rejected() == []


def begun(collector: Collector) -> "subprocess.Popen[str]":
    """A load that has stored a batch and goes on."""
    run = collector.start(samples(collector.folder / "usage.csv"))
    while run.poll() is None and collector.sums()[0] == 0:
        time.sleep(0.01)
    return run


def test_f01_a_connection_that_is_cut_ends_the_load_with_a_sentence(collector: Collector) -> None:
    run = begun(collector)
    with collector.database.administrator.begin() as connection:
        connection.exec_driver_sql(CUT)
    told = ended(run)
    assert (told.code, told.out) == (2, "")
    assert "meterglass: the connection to the database was lost (" in told.err
    assert "nothing is half stored: give the command again to go on." in told.err
    events = collector.sums()[0]
    assert isinstance(events, int)
    assert events in WHOLE - {0, ROWS}
    assert collector.sums() == (events, 2 * events) * 3


def test_f01_a_reader_that_is_killed_ends_the_load_with_a_sentence(collector: Collector) -> None:
    run = collector.start(samples(collector.folder / "usage.csv"))
    while run.poll() is None and not (readers := psutil.Process(run.pid).children()):
        time.sleep(0.001)
    for reader in readers:
        reader.kill()
    told = ended(run)
    assert (told.code, told.out) == (2, "")
    assert "meterglass: the process that read the file was ended before its end." in told.err
    assert "What was recorded stays; load the file again to go on." in told.err
    events = collector.sums()[0]
    assert isinstance(events, int)
    assert events in WHOLE - {ROWS}
    assert collector.sums() == (events, 2 * events) * 3
