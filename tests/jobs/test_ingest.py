"""The command ingest: what it says and how it ends. `faults/` kills it in the middle."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from jobs.__main__ import app
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


def arguments(file: Path, profile: str = "usage", client: str = "harbour") -> list[str]:
    given = ["ingest", str(file), "--client", client]
    return [*given, "--profile", profile, "--source", SOURCE]


def started(database: Database, file: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "jobs", *arguments(file)],
        cwd=ROOT,
        env={**os.environ, **database.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ingested(
    database: Database, file: Path, profile: str = "usage", client: str = "harbour"
) -> Result:
    return CliRunner().invoke(
        app, arguments(file, profile, client), env=database.environment, catch_exceptions=False
    )


def counts_told(told: str) -> list[str]:
    return [line.split()[1] for line in told.splitlines()[:3]]


def test_a_clean_file_ends_with_0(database: Database, tmp_path: Path) -> None:
    client = ground(database)
    file = tmp_path / "usage.csv"
    file.write_text(f"{HEADER}2026-10-01T00:00:00Z,egress,vm,1.5,a\n")
    run = started(database, file)
    out, _ = run.communicate()
    assert (run.returncode, counts_told(out)) == (0, ["1", "0", "0"])
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
    assert (told.exit_code, counts_told(told.stdout)) == (1, ["1", "0", "3"])
    assert "line 4: there is no meter 'egrss'" in told.stdout
    again = ingested(database, file)
    assert (again.exit_code, counts_told(again.stdout)) == (1, ["0", "1", "3"])
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
    assert told.exit_code == 2
    assert reason in told.stderr
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


def test_ctrl_c_stops_cleanly(database: Database, tmp_path: Path) -> None:
    client = ground(database)
    run = started(database, large_file(tmp_path / "usage.csv", 150_000))
    begun = "SELECT ingest_run_id FROM billing.ingest_run WHERE client_id = :client"
    while run.poll() is None and not client.rows(begun):
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate()
    assert run.returncode == 130
    assert "load the file again to go on" in told
    assert "Traceback" not in told
