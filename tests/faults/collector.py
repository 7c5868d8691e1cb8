"""A collector that hands in files by the command line, as one outside of this program does."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from typer.testing import CliRunner

from jobs.__main__ import app
from tests.support.database import Database
from tests.support.usage import SOURCE, Ground

ROOT: Final = Path(__file__).parents[2]
HEADER: Final = "time,meter,resource,quantity,id\n"
NOON: Final = "2026-10-01T12:00:00Z"
COUNT: Final = re.compile(r"^(\w+) +([\d,]+)(?: \(of these late: ([\d,]+)\))?$", re.MULTILINE)

#: What is kept of a client, in a form that doesn't depend on when it came.
KEPT: Final = {
    "events": """
        SELECT e.event_id::text, encode(e.leaf_hash, 'hex'), e.billing_period::text
        FROM billing.usage_event e WHERE e.client_id = :client ORDER BY 1""",
    "hours": """
        SELECT m.code, h.billing_period::text, r.code, h.hour::text, h.event_count, h.quantity_sum,
            h.quantity_max, h.first_level, h.last_level, h.level_seconds, h.first_at, h.last_at
        FROM billing.usage_hour h JOIN billing.meter m USING (meter_id)
        JOIN billing.resource r USING (client_id, resource_id)
        WHERE h.client_id = :client ORDER BY 1, 2, 3, 4""",
    "totals": """
        SELECT m.code, t.billing_period::text, t.event_count, t.quantity, t.first_at, t.last_at,
            t.last_event_id::text
        FROM billing.usage_total t JOIN billing.meter m USING (meter_id)
        WHERE t.client_id = :client AND t.event_count > 0 ORDER BY 1, 2""",
    "crossings": """
        SELECT m.code, c.billing_period::text, c.kind, c.tier_ordinal, c.bound, c.crossed_at,
            c.event_id::text, c.total_before, c.total_after
        FROM billing.crossing c JOIN billing.meter m USING (meter_id)
        WHERE c.client_id = :client AND c.state <> 'withdrawn' AND NOT EXISTS (
            SELECT FROM billing.crossing n WHERE n.client_id = c.client_id
                AND n.replaces_crossing_id = c.crossing_id)
        ORDER BY 1, 2, 3, 4, 5""",
}
SUMS: Final = """
    SELECT (SELECT count(*) FROM billing.usage_event WHERE client_id = :client)::int,
        (SELECT coalesce(sum(quantity), 0) FROM billing.usage_event WHERE client_id = :client)::int,
        (SELECT coalesce(sum(event_count), 0) FROM billing.usage_hour
            WHERE client_id = :client)::int,
        (SELECT coalesce(sum(quantity_sum), 0) FROM billing.usage_hour
            WHERE client_id = :client)::int,
        (SELECT coalesce(sum(event_count), 0) FROM billing.usage_total
            WHERE client_id = :client)::int,
        (SELECT coalesce(sum(quantity), 0) FROM billing.usage_total
            WHERE client_id = :client)::int
"""
REJECTED: Final = """
    SELECT line::int, code FROM billing.rejected_record
    WHERE client_id = :client AND state = 'open' ORDER BY rejected_record_id
"""


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def counts(self) -> dict[str, int]:
        """The counts that it printed, without those that are zero."""
        found = {word: count for word, count, _ in COUNT.findall(self.out)}
        found["late"] = next((late for _, _, late in COUNT.findall(self.out) if late), "0")
        numbers = {word: int(count.replace(",", "")) for word, count in found.items()}
        return {word: count for word, count in numbers.items() if count}


@dataclass(frozen=True, kw_only=True)
class Collector:
    """One client's collector with a folder to write files into."""

    ground: Ground
    folder: Path

    @property
    def database(self) -> Database:
        return self.ground.database

    def on(self, database: Database) -> "Collector":
        """The same client's collector where its database is reached in another way."""
        return replace(self, ground=replace(self.ground, database=database))

    def file(self, content: str | bytes, name: str = "usage.csv") -> Path:
        """Write a file, bytes as they are, text as UTF-8."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, *rows: str, name: str = "usage.csv") -> Path:
        """Write a file of the profile `usage`."""
        return self.file(HEADER + "".join(f"{row}\n" for row in rows), name)

    def start(
        self,
        path: Path,
        profile: str = "usage",
        *,
        client: str | None = "harbour",
        source: str | None = SOURCE,
        environment: Mapping[str, str] | None = None,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
    ) -> "subprocess.Popen[str]":
        """Start `python -m jobs ingest`, as a shell would."""
        command = [sys.executable, "-m", "jobs", *arguments(path, profile, client, source)]
        settings = {**os.environ, **self.database.environment, **(environment or {})}
        return subprocess.Popen(
            command, cwd=ROOT, env=settings, stdout=stdout, stderr=stderr, text=True
        )

    def ingest(
        self,
        path: Path,
        profile: str = "usage",
        *,
        client: str | None = "harbour",
        source: str | None = SOURCE,
    ) -> Told:
        """Run the command to its end, in this process; what it doesn't expect fails the test.

        Where the process itself is what a fault is about, `start` it and wait until it `ended`.
        """
        told = CliRunner().invoke(
            app,
            arguments(path, profile, client, source),
            env=self.database.environment,
            catch_exceptions=False,
        )
        return Told(code=told.exit_code, out=told.stdout, err=told.stderr)

    def rejected(self) -> list[tuple[object, ...]]:
        """Line and code of what is in quarantine, in the order in which it came there."""
        return self.ground.rows(REJECTED)

    def sums(self) -> tuple[object, ...]:
        """Events and quantity as stored, by the hour and in total: three pairs that must agree."""
        return self.ground.rows(SUMS)[0]

    def kept(self) -> dict[str, list[tuple[object, ...]]]:
        """All that is kept of the client's usage, in an order of its own."""
        return {what: self.ground.rows(query) for what, query in KEPT.items()}


def arguments(path: Path, profile: str, client: str | None, source: str | None) -> list[str]:
    """What stands behind `python -m jobs`."""
    given = ["ingest", str(path), "--profile", profile]
    given += ["--client", client] if client else []
    return [*given, *(["--source", source] if source else [])]


def ended(started: "subprocess.Popen[str]") -> Told:
    """Wait for a command's end; a traceback fails the test, whatever it is about."""
    out, err = started.communicate()
    assert "Traceback" not in out + err, out + err
    return Told(code=started.returncode, out=out, err=err)
