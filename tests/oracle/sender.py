"""A process that posts or loads events: python -m tests.oracle.sender, its task on standard input.

It says "ready", waits for a line, begins, and says after each post how many are acknowledged; at
the end "done". So whoever started it knows what it was promised before it was killed.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any
from unittest.mock import patch

from db.commands.ingest import Batch, record_posted
from db.engine import make_engine
from jobs.ingest import ingest_file
from tests.oracle.ground import Ground
from tests.oracle.plain.said import Said

COLUMNS = (
    "time",
    "meter",
    "resource",
    "quantity",
    "id",
    "counted_value",
    "supersedes",
    "reason",
    "withdraws",
)
ROWS = 40  #: of a file in one transaction, so that there are some to be killed between


class Sender:
    """A sender in a process of its own."""

    def __init__(self, ground: Ground, as_of: datetime, **task: object) -> None:
        """Start it; it waits for `go`."""
        self._process = Popen(
            [sys.executable, "-m", "tests.oracle.sender"],
            cwd=Path(__file__).parents[2],
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            text=True,
        )
        self.acknowledged = 0  #: posts
        self.is_done = False
        whole = {
            "url": ground.database.writer_url,
            "client_id": ground.client_id,
            "slug": ground.slug,
            "as_of": as_of.isoformat(),
        }
        self._tell(json.dumps(whole | task))

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def go(self) -> None:
        """Let it begin, once it is ready."""
        assert self._hear() == "ready"
        self._tell("go")

    def listen(self, until: int | None = None) -> None:
        """Take note of what it acknowledges, up to a number of posts or to its end."""
        while (line := self._hear()) is not None:
            self.is_done = line == "done"
            self.acknowledged += not self.is_done
            if self.acknowledged == until:
                return

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self) -> str:
        """Wait for its end; the last line of what it complained of."""
        complaints = self._process.communicate()[1].strip().splitlines()
        return complaints[-1] if complaints else ""

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str | None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        return line.strip() if line.endswith("\n") else None


def post_sender(ground: Ground, as_of: datetime, batches: Sequence[Sequence[Said]]) -> Sender:
    """A sender of posts; each batch has one source."""
    posts = [
        {
            "source": part[0].source,
            "lines": ground.batch_of(part).lines.decode(),
            "count": len(part),
        }
        for part in batches
    ]
    return Sender(ground, as_of, posts=posts)


def file_sender(ground: Ground, as_of: datetime, files: Iterable[tuple[Path, str]]) -> Sender:
    """A sender of files, each with its source."""
    return Sender(ground, as_of, files=[[str(path), source] for path, source in files])


def write_file(path: Path, said: Iterable[Said]) -> Path:
    """A file of events as the profile `usage` reads it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(map(_row, said))
    return path


def _row(said: Said) -> list[str]:
    return [
        said.at.isoformat(),
        said.meter,
        said.resource,
        "" if said.withdraws else said.quantity,
        said.own_id,
        said.counted or "",
        said.corrects or "",
        said.reason or "",
        "true" if said.withdraws else "",
    ]


def main() -> None:
    """Do the task."""
    task: dict[str, Any] = json.loads(sys.stdin.readline())
    say("ready")
    sys.stdin.readline()
    if "files" in task:
        load(task)
    else:
        post(task)
    say("done")


def load(task: dict[str, Any]) -> None:
    """Load files, in small batches."""
    engine, as_of = make_engine(task["url"]), datetime.fromisoformat(task["as_of"])
    with patch("jobs.ingest_file.BATCH_ROWS", ROWS):
        for path, source in task["files"]:
            ingest_file(engine, Path(path), "usage", task["slug"], source=source, as_of=as_of)


def post(task: dict[str, Any]) -> None:
    """Post batch by batch, and say so each time one is acknowledged."""
    engine, as_of = make_engine(task["url"]), datetime.fromisoformat(task["as_of"])
    for number, each in enumerate(task["posts"], start=1):
        batch = Batch(lines=each["lines"].encode(), count=each["count"])
        record_posted(engine, task["client_id"], each["source"], batch, as_of=as_of)
        say(str(number))


def say(word: str) -> None:
    """Tell whoever listens."""
    print(word, flush=True)  # noqa: T201 - this is how it reports


if __name__ == "__main__":
    main()
