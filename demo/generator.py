"""The demo's readings as files that any collector could have written.

Everything follows from the seed and the window that is asked for: the same window gives the same
bytes, and a window that ends later begins with the same rows.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.calendar import MONTHS, Day, Window, day_in, first_day, midnight
from demo.clients import PORTRAITS
from demo.incidents import corrections, wrong_readings
from demo.portrait import Portrait
from demo.rows import Row, UsageFile, row_of, write_rows


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
    portrait: Portrait, source: str, window: Window, starts_on: date, thinning: int = 1
) -> Iterator[tuple[datetime, Row]]:
    """Give rows with the instant at which each was measured; see `rows_of`."""
    for day in _days(portrait, source, window, starts_on):
        found = [
            *_readings(portrait, source, day, thinning),
            *wrong_readings(portrait, source, day, window.anchor),
        ]
        found.sort(key=lambda pair: (pair[0], pair[1][6], pair[1]))
        yield from (pair for pair in found if window.since <= pair[0] < window.until)


def afterwards(
    portrait: Portrait, source: str, window: Window, starts_on: date, thinning: int = 1
) -> Iterator[Row]:
    """Give what a source sends of a client once all else has come: delayed readings, corrections.

    Args:
        portrait: the client.
        source: one of the portrait's sources.
        window: of all that the source sent.
        starts_on: the first day of the client's agreement.
        thinning: see `rows_of`.
    """
    if any(delay.source == source for delay in portrait.delays):
        for day in _days(portrait, source, window, starts_on):
            found = sorted(_readings(portrait, source, day, thinning, delayed=True))
            yield from (row for _, row in found)
    yield from corrections(portrait, source, window)


def _readings(
    portrait: Portrait, source: str, day: Day, thinning: int, *, delayed: bool = False
) -> Iterator[tuple[datetime, Row]]:
    """Give what a source measures on a day: what it sends in time, or what is delayed."""
    for series in portrait.sources[source]:
        if _delayed(portrait, source, series.meter, day) is delayed:
            for reading in series.readings(portrait.slug, day, thinning):
                yield reading.occurred_at, row_of(reading)


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
) -> UsageFile:
    """Write what one source of a client has to say into ``folder``; see `rows_of`."""
    path = folder / file_name(portrait.slug, source, window)
    count = write_rows(path, rows_of(portrait, source, window, starts_on, thinning))
    return UsageFile(client=portrait.slug, source=source, path=path, rows=count)


def once_name(kind: str, client: str, source: str, anchor: date) -> str:
    """The name of a file that comes once.

    >>> once_name("refused", "harbor-foods", "monitoring", date(2026, 11, 22))
    'demo.refused.harbor-foods.monitoring.20261122.csv'
    """
    return f"demo.{kind}.{client}.{source}.{anchor:%Y%m%d}.csv"


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


def file_name(client: str, source: str, window: Window) -> str:
    """The name of a file: it carries the anchor and the end of the window.

    >>> from datetime import UTC
    >>> until = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    >>> file_name("kaveri", "monitoring", Window(anchor=until.date(), since=until, until=until))
    'demo.kaveri.monitoring.20261122.20261122T093000.csv'
    """
    return f"demo.{client}.{source}.{window.anchor:%Y%m%d}.{window.until:%Y%m%dT%H%M%S}.csv"
