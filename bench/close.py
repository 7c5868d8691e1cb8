"""Closing a month of many clients beside reading their events: python -m bench.close.

The peer reads the same events from the same server, each with all that its leaf hash is made from,
and takes SHA-256 over each of them; nothing else. Closing reads them for their roots too, and cuts,
rates, numbers, signs and stores each client's document besides. The peer runs before and after.
"""

import argparse
import sys
import time
from hashlib import sha256
from typing import Final

import psycopg2

from bench.close_ground import CLIENTS, CLOSED_AT, EVENTS, MONTH, Ground, ground
from bench.figures import Figure, Scale, table_of
from bench.ground import settle
from db.commands.closing import Closing, close_month

MOST: Final = 3.0
AIM: Final = 1.5
READ: Final = """
    COPY (SELECT c.slug, s.code, e.source_event_id, m.code, e.occurred_at, e.quantity, r.code,
              e.counted_value, e.supersedes_event_id, e.reason
          FROM billing.usage_event e
          JOIN billing.client c USING (client_id)
          JOIN billing.source s USING (client_id, source_id)
          JOIN billing.resource r USING (client_id, resource_id)
          JOIN billing.meter m USING (meter_id)) TO STDOUT
"""


def measure(scale: Scale) -> tuple[Figure, ...]:
    """Close a month of all clients in a server of its own."""
    count = CLIENTS[scale]
    with ground(count) as own:
        before = read_and_hashed(own)
        settle(own.bench.urls)
        seconds = closed(own)
        after = read_and_hashed(own)
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
                "one process each"
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


class _Hashing:
    """Takes SHA-256 over each line that is written to it."""

    def __init__(self) -> None:
        self.count = 0
        self._rest = b""

    def write(self, piece: bytes) -> int:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            sha256(line).digest()
        self.count += len(lines)
        return len(piece)


def read_and_hashed(own: Ground) -> float:
    """Seconds that it takes to read all events, and to hash each."""
    connection = psycopg2.connect(own.bench.urls.owner or "")
    try:
        with connection.cursor() as cursor:
            hashing = _Hashing()
            began = time.perf_counter()
            cursor.copy_expert(READ, hashing)
            seconds = time.perf_counter() - began
    finally:
        connection.close()
    if hashing.count != len(own.clients) * EVENTS:
        raise AssertionError(f"{hashing.count} events were read")
    return seconds


def main() -> int:
    """Print what was measured; 1 if it took longer than it may."""
    parser = argparse.ArgumentParser(prog="python -m bench.close", description=__doc__)
    parser.add_argument("--scale", choices=("small", "full"), default="full")
    figures = measure(parser.parse_args().scale)
    print(table_of(figures))
    return int(any(each.within is False for each in figures))


if __name__ == "__main__":
    sys.exit(main())
