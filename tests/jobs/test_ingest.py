"""The command ingest, from outside: real files, a real process, killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.database import Database
from tests.support.usage import SOURCE, ground

ROOT = Path(__file__).parents[2]
HEADER = "time,meter,resource,quantity,id\n"
COUNTS = """
    SELECT (SELECT count(*) FROM billing.usage_event WHERE client_id = :client),
        (SELECT sum(event_count) FROM billing.usage_hour WHERE client_id = :client)::int,
        (SELECT sum(quantity_sum) FROM billing.usage_hour WHERE client_id = :client)::int,
        (SELECT sum(event_count) FROM billing.usage_total WHERE client_id = :client)::int,
        (SELECT sum(quantity) FROM billing.usage_total WHERE client_id = :client)::int,
        (SELECT count(*) FROM billing.rejected_record WHERE client_id = :client)
"""


def command(file: Path, profile: str = "usage", client: str = "harbour") -> list[str]:
    return [
        *(sys.executable, "-m", "jobs", "ingest", str(file)),
        *("--client", client, "--profile", profile, "--source", SOURCE),
    ]


def environment(database: Database) -> Mapping[str, str]:
    return {**os.environ, **database.environment}


def ingested(
    database: Database, file: Path, profile: str = "usage", client: str = "harbour"
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(file, profile, client),
        cwd=ROOT,
        env=environment(database),
        capture_output=True,
        text=True,
        check=False,
    )


def counts_told(told: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line.split()[1] for line in told.stdout.splitlines()[:3]]


def test_a_clean_file_ends_with_0(database: Database, tmp_path: Path) -> None:
    client = ground(database)
    file = tmp_path / "usage.csv"
    file.write_text(f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1.5,a\n")
    told = ingested(database, file)
    assert (told.returncode, counts_told(told)) == (0, ["1", "0", "0"])
    assert client.rows(
        "SELECT profile, file_name, octet_length(file_sha256), finished_at IS NOT NULL, "
        "accepted::int FROM billing.ingest_run WHERE client_id = :client"
    ) == [("usage", "usage.csv", 32, True, 1)]


def test_f14_what_is_rejected_is_kept_once_with_its_line_and_ends_with_1(
    database: Database, tmp_path: Path
) -> None:
    client = ground(database)
    file = tmp_path / "usage.csv"
    file.write_text(
        f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1,a\n2026-10-01T00:00:00Z,egress,vm,x,b\n"
        "2026-10-01T00:00:00Z,egrss,vm,1,c\n2026-10-01T00:00:00Z,egress,vm,2,a\n"
    )
    told = ingested(database, file)
    assert (told.returncode, counts_told(told)) == (1, ["1", "0", "3"])
    assert "line 4: there is no meter 'egrss'" in told.stdout
    again = ingested(database, file)
    assert (again.returncode, counts_told(again)) == (1, ["0", "1", "3"])
    assert client.rows(
        "SELECT line::int, code FROM billing.rejected_record WHERE client_id = :client ORDER BY 1"
    ) == [(3, "number"), (4, "meter"), (5, "conflict")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"time,meter\n", "the column 'resource' is missing"),
        (HEADER.encode() + b"2026-10-01T00:00:00Z,egress,vm,1,a\n\xfc\n", "byte 0xFC at offset"),
    ],
)
def test_a_file_that_is_refused_whole_ends_with_2_and_stores_nothing(
    database: Database, tmp_path: Path, content: bytes, reason: str
) -> None:
    client = ground(database)
    file = tmp_path / "usage.csv"
    file.write_bytes(content)
    told = ingested(database, file)
    assert told.returncode == 2
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert client.rows(COUNTS) == [(0, None, None, None, None, 0)]


def test_f14_unknown_client_source_or_profile_is_told(database: Database, tmp_path: Path) -> None:
    ground(database)
    file = tmp_path / "usage.csv"
    file.write_text(f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1,a\n")
    assert "there is no client 'harbor'" in ingested(database, file, client="harbor").stderr
    assert "no such profile" in ingested(database, file, profile="usge").stderr
    assert "can't be read" in ingested(database, tmp_path / "nothing.csv").stderr


def large_file(path: Path, rows: int) -> Path:
    """More than is read in one process: five-minute samples of 20 machines."""
    with path.open("w") as file:
        file.write(HEADER)
        for number in range(rows):
            minute = number // 20 * 5
            at = f"2026-10-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00Z"
            file.write(f"{at},egress,vm-{number % 20},2,{number}\n")
    return path


def test_f01_killed_in_the_middle_and_run_again_gives_the_same(
    database: Database, tmp_path: Path
) -> None:
    client = ground(database)
    file = large_file(tmp_path / "usage.csv", 150_000)
    run = subprocess.Popen(
        command(file), cwd=ROOT, env=environment(database), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    stored = "SELECT accepted::int FROM billing.ingest_run WHERE client_id = :client"
    while run.poll() is None and (client.rows(stored) or [(0,)])[0] < (25_000,):
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    (before, *_), *_ = client.rows(COUNTS)
    told = ingested(database, file)
    assert told.returncode == 0
    assert counts_told(told) == [f"{150_000 - int(str(before)):,}", f"{before:,}", "0"]
    assert client.rows(COUNTS) == [(150_000, 150_000, 300_000, 150_000, 300_000, 0)]
    crossings = "SELECT count(*), count(DISTINCT event_id) FROM billing.crossing"
    assert client.rows(crossings) == [(6, 6)]


def test_ctrl_c_stops_cleanly(database: Database, tmp_path: Path) -> None:
    client = ground(database)
    file = large_file(tmp_path / "usage.csv", 400_000)
    run = subprocess.Popen(
        command(file), cwd=ROOT, env=environment(database), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    begun = "SELECT ingest_run_id FROM billing.ingest_run WHERE client_id = :client"
    while run.poll() is None and not client.rows(begun):
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate()
    assert run.returncode == 130
    assert "load the file again to go on" in told
    assert "Traceback" not in told
