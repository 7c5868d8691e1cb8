"""The records of an issued line, its first page and its 1,000th: python -m bench.line_records.

October of the client that holds a tenth of all records is issued. Pages of its lines are asked for
as a viewer of the client, in both directions, each with the running quantity around its records;
what the statements cost the server is measured by the server (`bench/server_time.py`).
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from itertools import cycle, islice
from typing import Final

from sqlalchemy import Engine, text

from bench.figures import Figure, Scale, table_of
from bench.ground import Bench
from bench.screens_ground import (
    DAY,
    LARGE,
    MANY,
    METERS,
    MINUTES,
    MONTH,
    NOW,
    Reading,
    Store,
    client_id_of,
    stored,
)
from bench.server_time import ServerTime, tell, timed
from db.commands.closing import Closing, close_month
from db.commands.signing_keys import introduce_key
from db.engine import make_engine
from db.queries.record_values import Place, RecordsAsked
from db.queries.records import PAGE, page_of_records
from db.queries.usage import periods_of
from db.roles import CLIENT
from db.session import owner_transaction, portal_transaction, writer_transaction
from documents.keys import SigningKey

OCTOBER: Final = date(2026, 10, 1)
MOST_MS: Final = 20.0
FAR: Final = 1_000  #: which page is far
LOOKS: Final = 60  #: at each page
SESSION: Final = b"\1" * 32
#: October is there in both.
STORES: Final[dict[Scale, Store]] = {
    "small": replace(
        MANY["small"], large=Reading(resources=6, every=MINUTES, since=MONTH - 31 * DAY)
    ),
    "full": MANY["full"],
}
STORED: Final = text("SELECT count(*) FROM billing.usage_event")
#: How many records a line has.
RECORDS: Final = text(
    """
    SELECT count(*) FROM billing.usage_event e JOIN billing.meter m USING (meter_id)
    WHERE e.client_id = :client AND m.code = :meter AND e.billing_period = :month
    """
)
#: The record that the far page follows.
BEFORE: Final = text(
    """
    SELECT occurred_at, event_id
    FROM billing.usage_event e JOIN billing.meter m USING (meter_id)
    WHERE e.client_id = :client AND m.code = :meter AND e.billing_period = :month
    ORDER BY occurred_at DESC, event_id DESC OFFSET :before LIMIT 1
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line whose records are asked for."""

    newest: RecordsAsked
    far: RecordsAsked
    records: int
    page: int  #: the number of the far page


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Look at the pages of three lines: two of amounts, one of levels."""
    with stored(STORES[scale]) as own:
        with owner_transaction(own.owner) as connection:
            events = connection.execute(STORED).scalar_one()
        client_id = client_id_of(own, LARGE)
        _issue(own, client_id)
        lines = tuple(_lines(own, client_id))
        tell(own.urls)
        engine = make_engine(own.urls.portal or "")
        with timed(engine) as spent:
            first = _looks(engine, client_id, [each.newest for each in lines], spent)
            far = _looks(engine, client_id, [each.far for each in lines], spent)
        engine.dispose()
    page, records = min(each.page for each in lines), lines[0].records
    return (
        _figure("first page", first, events, records),
        _figure(f"page {page:,}", far, events, records),
    )


def _figure(page: str, looks: list[float], events: int, records: int) -> Figure:
    p95 = looks[len(looks) * 95 // 100]
    return Figure(
        name=(
            f"database time of an issued line's records, {page}, 95 of 100 looks, with {events:,} "
            "events stored"
        ),
        value=f"{p95:.1f} ms",
        limit=f"≤ {MOST_MS:.0f} ms",
        within=p95 <= MOST_MS,
        note=(
            f"a line of {records:,} records, {PAGE} on a page, each with the running quantity; "
            f"median {looks[len(looks) // 2]:.1f} ms"
        ),
    )


def _issue(own: Bench, client_id: int) -> None:
    """Issue October, the client's first invoice, and let somebody of it sign in."""
    key = SigningKey.new("bench.example/invoices")
    with owner_transaction(own.owner) as connection:
        introduce_key(connection, key.verifier_key, starts_at=NOW, endorsement=None, actor="bench")
        connection.execute(
            text("UPDATE billing.client SET invoices_from = :month WHERE client_id = :client"),
            {"month": OCTOBER, "client": client_id},
        )
        connection.execute(
            text(
                "INSERT INTO auth.session (session_hash, person_id, idle_expires_at, expires_at)"
                " SELECT :hash, person_id, now() + interval '8 hours', now() + interval '8 hours'"
                " FROM auth.person WHERE email = :email"
            ),
            {"hash": SESSION, "email": f"{LARGE}@bench.example"},
        )
    asked = Closing(
        client_id=client_id, month=OCTOBER, as_of=NOW, actor="bench", override="a bench"
    )
    close_month(own.writer, asked, key)


def _lines(own: Bench, client_id: int) -> Iterator[Line]:
    with writer_transaction(own.writer, [client_id]) as connection:
        period = next(each for each in periods_of(connection, client_id) if each.month == OCTOBER)
        for meter in METERS:
            newest = RecordsAsked(
                meter=meter, period=period, starts_at=period.starts_at, ends_at=period.ends_at
            )
            given = {"client": client_id, "meter": meter.code, "month": OCTOBER}
            count = connection.execute(RECORDS, given).scalar_one()
            page = min(FAR, count // PAGE)
            row = connection.execute(BEFORE, {**given, "before": (page - 1) * PAGE - 1}).one()
            place = Place(occurred_at=row.occurred_at.astimezone(UTC), event_id=row.event_id)
            yield Line(
                newest=newest, far=replace(newest, older_than=place), records=count, page=page
            )


def _looks(
    engine: Engine, client_id: int, asked: Sequence[RecordsAsked], spent: ServerTime
) -> list[float]:
    """Milliseconds of all statements of each look, in ascending order."""
    found = []
    for look in islice(cycle(asked), LOOKS):
        spent.begin()
        with portal_transaction(
            engine, session_hash=SESSION, client_id=client_id, database_role=CLIENT
        ) as connection:
            page = page_of_records(connection, client_id, look)
        if len(page.rows) != PAGE or any(row.step is None for row in page.rows):
            raise AssertionError("a page is not full, or a record has no place in its month")
        found.append(spent.milliseconds)
    return sorted(found)


def main() -> int:
    """Print the figures; 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m bench.line_records", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
