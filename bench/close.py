"""Closing a month of many clients beside reading their events: python -m bench.close.

The peer reads the same events from the same server row by row, each with all that its leaf hash is
made from, and takes SHA-256 over its canonical form; nothing else. Closing reads their leaf hashes
for the roots, and cuts, rates, numbers, signs and stores each client's document besides. The peer
runs before and after. What a bare COPY takes, which makes no values of what it reads, is told too.
"""

import argparse
import sys
import time
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

import psycopg2

from bench.close_ground import CLIENTS, CLOSED_AT, EVENTS, MONTH, Ground, ground
from bench.figures import Figure, Scale, table_of
from bench.ground import settle
from db.commands.closing import Closing, close_month

MOST: Final = 3.0
AIM: Final = 1.5
#: All that the leaf hash of an event is made from.
EVENTS_WHOLE: Final = """
    SELECT c.slug, s.code, e.source_event_id, m.code, e.occurred_at, e.quantity, r.code,
        e.counted_value, e.supersedes_event_id, e.reason
    FROM billing.usage_event e
    JOIN billing.client c USING (client_id)
    JOIN billing.source s USING (client_id, source_id)
    JOIN billing.resource r USING (client_id, resource_id)
    JOIN billing.meter m USING (meter_id)
"""
ROWS_AT_ONCE: Final = 10_000


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Close a month of all clients in a server of its own."""
    count = CLIENTS[scale]
    with ground(count) as own:
        before = read_and_hashed(own)
        settle(own.bench.urls)
        seconds = closed(own)
        after, copied = read_and_hashed(own), copied_and_hashed(own)
    peer = (before + after) / 2
    ratio = seconds / peer
    events = count * EVENTS
    return (
        Figure(
            name=(
                f"close of {count:,} clients with {events:,} events ÷ reading the same events and "
                "SHA-256 over each"
            ),
            value=f"{ratio:.2f}",
            limit=f"at most {MOST:.0f} (aim {AIM})",
            within=ratio <= MOST,
            note=(
                f"{seconds:.1f} s, {1000 * seconds / count:.1f} ms a client, beside {peer:.1f} s; "
                f"one process each. A bare COPY, hashed by lines: {copied:.1f} s"
            ),
        ),
    )


def closed(own: Ground) -> float:
    """Seconds that it takes to close the month of all clients, one after the other."""
    began = time.perf_counter()
    for client_id in own.clients.values():
        asked = Closing(client_id=client_id, month=MONTH, as_of=CLOSED_AT, actor="bench")
        done = close_month(own.bench.writer, asked, own.key)
        if done is None or not done.is_new:
            raise AssertionError(f"client {client_id} was not closed")
    return time.perf_counter() - began


def read_and_hashed(own: Ground) -> float:
    """Seconds that it takes to read all events row by row, and to hash the canonical form of each.

    Rows come from a cursor of the server, so that they are never all in memory.
    """
    connection = psycopg2.connect(own.bench.urls.owner or "")
    try:
        with connection.cursor("events") as cursor:
            cursor.itersize, count = ROWS_AT_ONCE, 0
            began = time.perf_counter()
            cursor.execute(EVENTS_WHOLE)
            for row in cursor:
                sha256(b"\0" + _canonical(*row)).digest()
                count += 1
            seconds = time.perf_counter() - began
    finally:
        connection.close()
    if count != len(own.clients) * EVENTS:
        raise AssertionError(f"{count} events were read")
    return seconds


def copied_and_hashed(own: Ground) -> float:
    """Seconds that a bare COPY of the same takes, with SHA-256 over each of its lines."""
    connection = psycopg2.connect(own.bench.urls.owner or "")
    try:
        with connection.cursor() as cursor:
            began = time.perf_counter()
            cursor.copy_expert(f"COPY ({EVENTS_WHOLE}) TO STDOUT", _Hashing())
            return time.perf_counter() - began
    finally:
        connection.close()


class _Hashing:
    """Takes SHA-256 over each line that is written to it."""

    def __init__(self) -> None:
        self._rest = b""

    def write(self, piece: bytes) -> int:
        """Take in a piece of the stream."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            sha256(line).digest()
        return len(piece)


def _canonical(
    client: str,
    source: str,
    own_id: str,
    meter: str,
    at: datetime,
    quantity: Decimal,
    *more: object,
) -> bytes:
    """The ten fields of an event's canonical form, written as lean as that can be."""
    instant = f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"
    fields = (client, source, own_id, meter, instant, f"{quantity:f}", *more)
    return b"".join([_field(str(each)) if each is not None else b"-\n" for each in fields])


def _field(text: str) -> bytes:
    encoded = text.encode()
    return b"%d:%s\n" % (len(encoded), encoded)


def main() -> int:
    """Print what was measured; 1 if it took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.close", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
