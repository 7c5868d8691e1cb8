"""One stream of the demo, what one source reports of one client: made and taken in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from db.engine import make_engine
from demo.calendar import Window, day_in
from demo.clients import PORTRAITS
from demo.generator import write_file
from demo.portrait import Portrait
from demo.setup_files import agreement_starts
from demo.state import Loaded
from jobs.ingest import ingest_file

PROFILE = "usage"
OnShare = Callable[[float], None]


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


def load_stream(stream: Stream, writer_url: str, on_share: OnShare) -> int:
    """Make the stream's file and take it in like any other; gives how many records were stored.

    Args:
        stream: what to load.
        writer_url: address of the database with the writer's login.
        on_share: called with the share that is done, 0 to 1.
    """
    engine = make_engine(writer_url, pool_size=1)
    try:
        with TemporaryDirectory(prefix="meterglass-demo-") as folder:
            stored = _taken_in(engine, stream, Path(folder), on_share)
            return stored + _taken_in(engine, stream, Path(folder), afterwards=True)
    finally:
        engine.dispose()


def _taken_in(
    engine: Engine,
    stream: Stream,
    folder: Path,
    on_share: OnShare = lambda _share: None,
    *,
    afterwards: bool = False,
) -> int:
    made = write_file(
        folder,
        stream.portrait,
        stream.source,
        stream.window,
        stream.starts_on,
        stream.thinning,
        afterwards=afterwards,
    )
    if not made.rows:
        return 0
    recorded = ingest_file(
        engine,
        made.path,
        PROFILE,
        stream.client,
        source=stream.source,
        on_progress=lambda read, size: on_share(read / size),
        as_of=stream.window.until,
    )
    return int(recorded.accepted)


def _rest(whole: Window, state: Loaded, name: str) -> Window:
    since = state.until.get(name, whole.since)
    return Window(anchor=whole.anchor, since=since, until=whole.until)
