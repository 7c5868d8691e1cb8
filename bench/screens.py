"""What the database does for a screen, with little stored and with a hundred times as much.

A page of the portal runs in this process as it does for a viewer. It is opened once; then a record
of the running month arrives through the ingest and the page is drawn again: what all its statements
cost the server is measured, by the server (`bench/server_time.py`). Every tenth look is at the
client that holds a tenth of all records.
"""

import argparse
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

from sqlalchemy import text
from streamlit.testing.v1 import AppTest

import db.portal
from bench.figures import Figure, Scale, table_of
from bench.ground import Bench
from bench.screens_ground import (
    FEW,
    LARGE,
    MANY,
    NOW,
    SOURCE,
    Store,
    client_id_of,
    event_now,
    stored,
)
from bench.server_time import ServerTime, tell, timed
from components import data, viewer
from db.commands.ingest import record
from db.session import owner_transaction

PAGES: Final = Path(__file__).parents[1] / "pages"
LOOKS: Final = 40  #: at each page of each store
MOST: Final = 1.2
MOST_MS: Final = 15.0
NEW_SESSION: Final = text(
    "INSERT INTO auth.session (session_hash, person_id, idle_expires_at, expires_at)"
    " SELECT :hash, person_id, now() + interval '1 hour', now() + interval '1 hour'"
    " FROM auth.person WHERE email = :email"
)
STORED: Final = text("SELECT count(*) FROM billing.usage_event")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Milliseconds of all statements of each look, in ascending order."""

    again: tuple[float, ...]  #: after a record of the running month
    first: tuple[float, ...]  #: with nothing kept from before
    statements: int  #: of the last look after a record

    @property
    def p95(self) -> float:
        """Ninety-five of a hundred looks take no longer."""
        return self.again[len(self.again) * 95 // 100]


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Both pages over both stores."""
    few, little = _looks(FEW)
    many, much = _looks(MANY[scale])
    return tuple(_figure(page, (few[page], little), (many[page], much)) for page in few)


def _figure(page: str, little: tuple[Looks, int], much: tuple[Looks, int]) -> Figure:
    (few, stored_few), (many, stored_many) = little, much
    ratio = many.p95 / few.p95
    return Figure(
        name=(
            f"database time of all queries of {page.capitalize()} after a new record, 95 of 100 "
            f"looks, with {stored_many:,} events stored ÷ with {stored_few:,}"
        ),
        value=f"{ratio:.2f} × ({many.p95:.1f} ms ÷ {few.p95:.1f} ms)",
        limit=f"≤ {MOST} × and ≤ {MOST_MS:.0f} ms",
        within=ratio <= MOST and many.p95 <= MOST_MS,
        note=(
            f"by the server's own clock, waits for a processor that other work held and the way "
            f"to the portal left out; {many.statements} statements, median "
            f"{_median(many.again):.1f} ms beside {_median(few.again):.1f}; every tenth look is at "
            f"the client with a tenth of all records. The first look of a process, at all months: "
            f"median "
            f"{_median(many.first):.0f} ms beside {_median(few.first):.0f}"
        ),
    )


def _median(sorted_ms: Sequence[float]) -> float:
    return sorted_ms[len(sorted_ms) // 2]


def _looks(store: Store) -> tuple[dict[str, Looks], int]:
    with stored(store) as own, _portal(own) as spent:
        found = {page: _look(own, page, spent) for page in ("overview", "consumption")}
        with owner_transaction(own.owner) as connection:
            return found, connection.execute(STORED).scalar_one()


def _look(own: Bench, page: str, spent: ServerTime) -> Looks:
    """Look at one client after the other; a copy has no records of its own but gets one."""
    first, again = [], []
    for number in range(LOOKS):
        slug = LARGE if number % 10 == 0 else f"copy-{1 + number}"
        with _signed_in(own, slug):
            data.forget()
            opened = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
            first.append(_drawn(opened, spent))
            late = number + (len(page) << 7)
            record(own.writer, client_id_of(own, slug), SOURCE, [event_now(slug, late)], as_of=NOW)
            again.append(_drawn(opened, spent))
    return Looks(
        again=tuple(sorted(again)), first=tuple(sorted(first)), statements=spent.statements
    )


def _drawn(opened: AppTest, spent: ServerTime) -> float:
    spent.begin()
    opened.run()
    if opened.exception:
        raise RuntimeError(opened.exception[0].value)
    return spent.milliseconds


@contextmanager
def _signed_in(own: Bench, slug: str) -> Iterator[None]:
    token = secrets.token_urlsafe(32)
    given = {"hash": hashlib.sha256(token.encode()).digest(), "email": f"{slug}@bench.example"}
    with owner_transaction(own.owner) as connection:
        connection.execute(NEW_SESSION, given)
    cookies = {db.portal.SESSION_COOKIES[False]: token}
    with patch.object(viewer, "cookies_of_this_run", lambda: cookies):
        yield


@contextmanager
def _portal(own: Bench) -> Iterator[ServerTime]:
    """Make this process a portal of the store; gives what statements cost the server."""
    tell(own.urls)
    os.environ["METERGLASS_DATABASE_URL_PORTAL"] = str(own.urls.portal)
    for kept in (db.portal.settings, db.portal.portal_engine):
        kept.cache_clear()
    engine = db.portal.portal_engine()
    try:
        with timed(engine) as spent, patch.object(data, "now", lambda: NOW):
            yield spent
    finally:
        engine.dispose()
        del os.environ["METERGLASS_DATABASE_URL_PORTAL"]


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.screens", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
