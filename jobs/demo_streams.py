"""One stream of the demo, what one source reports of one client: made and taken in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from db.engine import make_engine
from demo.calendar import Window, day_in
from demo.clients import PORTRAITS
from demo.generator import write_file
from demo.portrait import Portrait
from demo.rows import Row, UsageFile, write_rows
from demo.setup_files import agreement_starts
from demo.state import Loaded
from jobs.demo_workers import OnShare
from jobs.ingest import ingest_file

PROFILE = "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A part of the demo that is loaded in one piece."""

    client: str  #: slug
    source: str
    window: Window
    starts_on: date  #: of the client's agreement
    thinning: int  #: how much rarer the readings are than usual

    @property
    def portrait(self) -> Portrait:
        """The client."""
        return next(portrait for portrait in PORTRAITS if portrait.slug == self.client)

    @property
    def weight(self) -> int:
        """About how many rows it has: those of a usual day, for each day."""
        day = day_in(ZoneInfo(self.portrait.zone), date(2026, 11, 18), self.window.anchor)
        rows = sum(
            len(list(series.readings(self.client, day, self.thinning)))
            for series in self.portrait.sources[self.source]
        )
        first = max(self.starts_on, self.window.since.date())
        return rows * max(1, (self.window.until.date() - first).days)

    def work(self, writer_url: str, on_share: OnShare) -> int:
        """Make the stream's file and take it in; gives how many records were stored."""
        engine = make_engine(writer_url, pool_size=1)
        try:
            with TemporaryDirectory(prefix="meterglass-demo-") as folder:
                made = write_file(
                    Path(folder),
                    self.portrait,
                    self.source,
                    self.window,
                    self.starts_on,
                    self.thinning,
                )
                return _taken_in(engine, made, self.window.until, on_share)
        finally:
            engine.dispose()


def missing_streams(state: Loaded, whole: Window, thinning: int) -> list[Stream]:
    """What the database lacks of a window, the largest first.

    Args:
        state: what it holds.
        whole: all that it shall hold in the end.
        thinning: how much rarer the readings are than usual.
    """
    starts = agreement_starts(whole.anchor)
    found = [
        Stream(
            client=portrait.slug,
            source=source,
            window=_rest(whole, state, f"{portrait.slug}.{source}"),
            starts_on=starts[portrait.slug],
            thinning=thinning,
        )
        for portrait in PORTRAITS
        for source in portrait.sources
    ]
    wanted = [stream for stream in found if stream.window.since < stream.window.until]
    return sorted(wanted, key=lambda stream: -stream.weight)


def take_in_rows(
    engine: Engine, client: str, source: str, name: str, rows: Iterable[Row], as_of: datetime
) -> int:
    """Take in a file of a few rows, if there are any; gives how many records were stored.

    Args:
        engine: of the writer.
        client: slug.
        source: whose file it is.
        name: of the file.
        rows: what stands in it.
        as_of: the present.
    """
    found = list(rows)
    if not found:
        return 0
    with TemporaryDirectory(prefix="meterglass-demo-") as folder:
        path = Path(folder) / name
        count = write_rows(path, found)
        made = UsageFile(client=client, source=source, path=path, rows=count)
        return _taken_in(engine, made, as_of, lambda _share: None)


def _taken_in(engine: Engine, made: UsageFile, as_of: datetime, on_share: OnShare) -> int:
    """Take a file in like any other."""
    if not made.rows:
        return 0
    recorded = ingest_file(
        engine,
        made.path,
        PROFILE,
        made.client,
        source=made.source,
        on_progress=lambda read, size: on_share(read / size),
        as_of=as_of,
    )
    return int(recorded.accepted)


def _rest(whole: Window, state: Loaded, name: str) -> Window:
    since = state.until.get(name, whole.since)
    return Window(anchor=whole.anchor, since=since, until=whole.until)
