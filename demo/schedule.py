"""When each reading of the demo is posted: as it is measured, but for a few late or twice.

Which ones follows from the reading itself, so that every run holds back and repeats the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zlib import crc32

from demo.calendar import Window
from demo.clients import PORTRAITS
from demo.generator import timed_rows
from demo.portrait import Portrait
from demo.rows import Row
from demo.setup_files import agreement_starts

LATE: Final = 5  #: of a hundred readings are held back
TWICE: Final = 5  #: of a hundred are posted again
SHORTEST, LONGEST = timedelta(minutes=20), timedelta(hours=3)  #: how long one is held back
AGAIN_AFTER: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Due:
    """A reading that is to be posted."""

    at: datetime  #: when, UTC
    client: str  #: slug
    source: str
    row: Row


def due_between(anchor: date, since: datetime, until: datetime) -> list[Due]:
    """Give what all sources of all clients post in a time, in order.

    Args:
        anchor: the day of the demo's first load.
        since: inclusive, UTC.
        until: exclusive, UTC.
    """
    window = Window(anchor=anchor, since=since - LONGEST, until=until)
    found = (
        due
        for portrait in PORTRAITS
        for source in portrait.sources
        for due in _posted(portrait, source, window)
    )
    return sorted(each for each in found if since <= each.at < until)


def _posted(portrait: Portrait, source: str, window: Window) -> Iterator[Due]:
    starts_on = agreement_starts(window.anchor)[portrait.slug]
    for measured_at, row in timed_rows(portrait, source, window, starts_on):
        for at in posting_times(source, row, measured_at):
            yield Due(at=at, client=portrait.slug, source=source, row=row)


def posting_times(source: str, row: Row, measured_at: datetime) -> Iterable[datetime]:
    """Give the instants at which a reading is posted: one, held back or not, or two."""
    own_id, meter = row[0], row[2]
    number = crc32(f"{source}/{meter}/{own_id}".encode())
    place = number % 100
    if place < LATE:
        minutes = (number // 100) % ((LONGEST - SHORTEST) // timedelta(minutes=1))
        return (measured_at + SHORTEST + timedelta(minutes=minutes),)
    if place < LATE + TWICE:
        return (measured_at, measured_at + AGAIN_AFTER)
    return (measured_at,)
