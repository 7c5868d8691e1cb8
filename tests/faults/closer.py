"""Closers from outside: the command line in processes of its own, over clients with usage."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from tests.support.closing import Books, books
from tests.support.corrections import recorded
from tests.support.database import Database

ROOT: Final = Path(__file__).parents[2]
NOVEMBER: Final = datetime(2026, 11, 5, tzinfo=UTC)
#: What must hold of the documents of all clients at any moment, each as the rows that break it.
BROKEN: Final = {
    "a month that says it is issued has its document, and no other has one": """
        SELECT p.client_id, p.billing_period FROM billing.billing_period p
        LEFT JOIN billing.invoice i USING (client_id, billing_period)
        WHERE (p.state = 'issued') <> (i.invoice_id IS NOT NULL)""",
    "a document has its lines, its lines their details, and its sets their events": """
        SELECT i.number FROM billing.invoice i
        WHERE NOT EXISTS (SELECT FROM billing.detailed_line d
            WHERE d.client_id = i.client_id AND d.invoice_id = i.invoice_id)
        OR (SELECT sum(e.event_count) FROM billing.evidence e
            WHERE e.client_id = i.client_id AND e.invoice_id = i.invoice_id)
        <> (SELECT count(*) FROM billing.usage_event u
            WHERE u.client_id = i.client_id AND u.billing_period = i.billing_period)""",
    "a series has as many documents as numbers were given": """
        SELECT c.client_id FROM billing.invoice_counter c
        WHERE c.last_number <> (SELECT count(*) FROM billing.invoice i
            WHERE i.client_id = c.client_id)""",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """How a command ended, and what it said."""

    code: int
    out: tuple[str, ...]  #: lines, their blanks as one
    err: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Closer:
    """Clients with October's usage, and the settings with which their months are closed."""

    own: Sequence[Books]
    settings: Mapping[str, str]

    @property
    def database(self) -> Database:
        return self.own[0].database

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start `python -m jobs …`, as a shell would."""
        return subprocess.Popen(
            [sys.executable, "-m", "jobs", *arguments],
            cwd=ROOT,
            env={**os.environ, **self.settings, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def close(self, month: str = "2026-10", **more: str) -> "subprocess.Popen[str]":
        """Start to close a month of all clients."""
        return self.start("close", "--period", month, **more)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the owner reads."""
        with self.database.as_owner() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def broken(self) -> list[str]:
        """What does not hold of the documents."""
        return [name for name, statement in BROKEN.items() if self.rows(statement)]

    def numbers(self) -> list[str]:
        """The numbers of all documents, in order."""
        return [
            str(number) for (number,) in self.rows("SELECT number FROM billing.invoice ORDER BY 1")
        ]


def ended(process: "subprocess.Popen[str]") -> Told:
    """Wait until a command has ended."""
    out, err = process.communicate()
    told = (
        tuple(" ".join(line.split()) for line in each.splitlines() if line.strip())
        for each in (out, err)
    )
    return Told(code=process.returncode, out=next(told), err=next(told))


def closer(database: Database, folder: Path, *slugs: str) -> Closer:
    """Clients with 150 GB of egress in October each, one key, and a folder for heads."""
    own = [books(database, slug=slug) for slug in slugs]
    key = own[-1].key
    for each in own:
        client = each.ground
        recorded(
            client,
            client.event("2026-10-05T10:00:00+00:00", "110"),
            client.event("2026-10-06T10:00:00+00:00", "40", resource="vm-2"),
            as_of=NOVEMBER,
        )
    key.save(folder / "signing.key")
    settings = {
        **database.environment,
        "METERGLASS_SIGNING_KEY": str(folder / "signing.key"),
        "METERGLASS_HEADS": str(folder / "heads"),
    }
    return Closer(own=[Books(ground=each.ground, key=key) for each in own], settings=settings)
