"""The demo's readings as files that any collector could have written.

Everything follows from the seed and the window that is asked for: the same window gives the same
bytes, and a window that ends later begins with the same rows.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.calendar import MONTHS, Day, Window, day_in, first_day, midnight
from demo.clients import PORTRAITS
from demo.portrait import Portrait, Unusable, WrongReading
from demo.series import Reading

HEADER = (
    "id",
    "time",
    "meter",
    "resource",
    "quantity",
    "counted_value",
    "supersedes",
    "reason",
    "withdraws",
)
Row = tuple[str, str, str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFile:
    """A file of the profile ``usage`` from one source of one client."""

    client: str
    source: str
    path: Path
    rows: int


def rows_of(
    portrait: Portrait, source: str, window: Window, starts_on: date, thinning: int = 1
) -> Iterator[Row]:
    """What a source sends of a client's use as it is measured, in the order in which it occurred.

    Args:
        portrait: the client.
        source: one of the portrait's sources.
        window: which instants are wanted.
        starts_on: the first day of the client's agreement: nothing is measured before.
        thinning: how much rarer the readings are than usual; amounts stay what they are.
    """
    yield from (row for _, row in timed_rows(portrait, source, window, starts_on, thinning))


def timed_rows(
    portrait: Portrait,
    source: str,
    window: Window,
    starts_on: date,
    thinning: int = 1,
    *,
    afterwards: bool = False,
) -> Iterator[tuple[datetime, Row]]:
    """Give rows with the instant at which each was measured; see `rows_of`.

    Args:
        portrait: the client.
        source: one of the portrait's sources.
        window: which instants are wanted.
        starts_on: the first day of the client's agreement.
        thinning: see `rows_of`.
        afterwards: whether what is sent only after all else is wanted: delayed readings,
            corrections, readings that nobody can use; or else all the rest.
    """
    since, until = window.since, window.until
    for day in _days(portrait, source, window, starts_on):
        found = [
            (reading.occurred_at, _row(reading))
            for series in portrait.sources[source]
            if _delayed(portrait, source, series.meter, day) is afterwards
            for reading in series.readings(portrait.slug, day, thinning)
        ]
        if afterwards:
            found += [pair for each in portrait.corrected for pair in _right(each, source, day)]
            found += [pair for each in portrait.unusable for pair in _unusable(each, source, day)]
        else:
            found += [pair for each in portrait.corrected for pair in _wrong(each, source, day)]
        found.sort(key=lambda pair: (pair[0], pair[1][6], pair[1]))
        yield from (pair for pair in found if since <= pair[0] < until)


def write_files(
    folder: Path,
    window: Window,
    starts: Mapping[str, date],
    *,
    thinning: int = 1,
    portraits: Iterable[Portrait] = PORTRAITS,
) -> tuple[UsageFile, ...]:
    """Write a file per client and source into ``folder``, for sources that have something to say.

    Args:
        folder: an existing folder.
        window: which instants are wanted.
        starts: the first day of each client's agreement, by slug.
        thinning: see `rows_of`.
        portraits: the clients.
    """
    written = [
        write_file(folder, portrait, source, window, starts[portrait.slug], thinning)
        for portrait in portraits
        for source in portrait.sources
    ]
    return tuple(usage_file for usage_file in written if usage_file.rows)


def write_file(
    folder: Path,
    portrait: Portrait,
    source: str,
    window: Window,
    starts_on: date,
    thinning: int = 1,
    *,
    afterwards: bool = False,
) -> UsageFile:
    """Write what one source of a client has to say into ``folder``; see `timed_rows`."""
    name = file_name(portrait.slug, source, window)
    path = folder / (f"afterwards.{name}" if afterwards else name)
    timed = timed_rows(portrait, source, window, starts_on, thinning, afterwards=afterwards)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        for _, row in timed:
            writer.writerow(row)
            count += 1
    return UsageFile(client=portrait.slug, source=source, path=path, rows=count)


def whole_window(anchor: date, until: datetime, months: int = MONTHS) -> Window:
    """The window of ``months`` months up to ``until``, wide enough for each client's zone."""
    since = midnight(first_day(anchor, months), ZoneInfo("UTC")) - timedelta(days=1)
    return Window(anchor=anchor, since=since, until=until)


def digest(files: Iterable[UsageFile]) -> str:
    """SHA-256 over the files' bytes, in order."""
    sha256 = hashlib.sha256()
    for usage_file in files:
        sha256.update(usage_file.path.read_bytes())
    return sha256.hexdigest()


def _days(portrait: Portrait, source: str, window: Window, starts_on: date) -> Iterator[Day]:
    zone = ZoneInfo(portrait.zone)
    day = max(starts_on, window.since.astimezone(zone).date())
    while midnight(day, zone) < window.until:
        made = day_in(zone, day, window.anchor)
        if not _silent(portrait, source, made):
            yield made
        day += timedelta(days=1)


def _silent(portrait: Portrait, source: str, day: Day) -> bool:
    return any(
        silence.source == source and silence.first <= day.age <= silence.last
        for silence in portrait.silences
    )


def _delayed(portrait: Portrait, source: str, meter: str, day: Day) -> bool:
    return any(
        (delay.source, delay.meter) == (source, meter) and delay.first <= day.age <= delay.last
        for delay in portrait.delays
    )


def _row(reading: Reading, supersedes: str = "", reason: str = "", withdraws: str = "") -> Row:
    return (
        reading.source_event_id,
        f"{reading.occurred_at:%Y-%m-%dT%H:%M:%S}Z",
        reading.meter,
        reading.resource,
        reading.quantity,
        reading.counted_value,
        supersedes,
        reason,
        withdraws,
    )


def _probe(reading: WrongReading | Unusable, day: Day, quantity: str, number: str) -> Reading:
    at = day.hours[9] + timedelta(minutes=12)
    name = f"probe-{reading.meter}-{day.day}-{number}"
    return Reading(at, reading.meter, reading.resource, quantity, "", name)


def _wrong(reading: WrongReading, source: str, day: Day) -> Iterator[tuple[datetime, Row]]:
    if (reading.source, reading.age) == (source, day.age) and not reading.is_lost:
        first = _probe(reading, day, reading.wrong, "1")
        yield first.occurred_at, _row(first)


def _right(reading: WrongReading, source: str, day: Day) -> Iterator[tuple[datetime, Row]]:
    if (reading.source, reading.age) == (source, day.age):
        first = _probe(reading, day, reading.wrong, "1")
        second = _probe(reading, day, reading.right, "2")
        withdraws = "" if reading.right else "true"
        yield (
            second.occurred_at,
            _row(second, first.source_event_id, reading.reason, withdraws),
        )


def _unusable(reading: Unusable, source: str, day: Day) -> Iterator[tuple[datetime, Row]]:
    if (reading.source, reading.age) == (source, day.age):
        for number in range(reading.count):
            given = _probe(reading, day, reading.quantity, f"x{number}")
            yield given.occurred_at, _row(given)


def file_name(client: str, source: str, window: Window) -> str:
    """The name of a file: it carries the anchor and the end of the window.

    >>> from datetime import UTC
    >>> until = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    >>> file_name("kaveri", "monitoring", Window(anchor=until.date(), since=until, until=until))
    'demo.kaveri.monitoring.20261122.20261122T093000.csv'
    """
    return f"demo.{client}.{source}.{window.anchor:%Y%m%d}.{window.until:%Y%m%dT%H%M%S}.csv"
