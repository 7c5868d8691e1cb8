"""Loading the demo, by the commands and functions with which everybody works.

Nothing else writes, but for the passwords of its people. A second load finds everything there; a
later one adds what has happened since.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from billing_core.setup import Setup
from db.commands.closing.approvals import agreed_disputes
from db.commands.ingest import notice_crossings
from db.commands.people import set_demo_password
from db.commands.setup import apply_setup
from db.embedded import Urls
from db.engine import make_engine
from db.queries.clients import client_ids
from db.session import owner_transaction, writer_transaction
from demo.calendar import MONTHS, Window, first_day
from demo.clients import PORTRAITS
from demo.generator import once_name, whole_window
from demo.incidents import unusable_readings
from demo.people import PASSWORD, people
from demo.setup_files import write_setup
from demo.state import Loaded, loaded
from intake.setup import read_folder
from jobs.approved import credited
from jobs.demo_months import ACTOR, DeskFiles, Months
from jobs.demo_streams import Stream, missing_streams, take_in_rows
from jobs.demo_talks import talk
from jobs.demo_workers import worked
from jobs.writer import seeing

OnProgress = Callable[[float, float], None]
_CLIENTS: Final = frozenset(portrait.slug for portrait in PORTRAITS)
_CLOSING: Final = 4  #: readings of which one is closed while one is loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of the demo is made."""

    months: int = MONTHS
    thinning: int = 1  #: how much rarer the readings are than usual


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedNow:
    """What a load added."""

    stored: int  #: records
    issued: int  #: documents of months
    refusals: tuple[str, ...]  #: why months that are over have no document


def load_demo(
    urls: Urls,
    as_of: datetime,
    desk_files: DeskFiles,
    *,
    size: Size | None = None,
    on_progress: OnProgress = lambda _done, _whole: None,
) -> LoadedNow:
    """Load the demo up to ``as_of``, or what it lacks of it.

    Args:
        urls: the database, with the owner's and the writer's address.
        as_of: the present, UTC.
        desk_files: with which its months are closed.
        size: how much is made; the whole demo by default.
        on_progress: called with what is done and what there is to do.

    Raises:
        StartFault: the database holds other clients, or an address is missing.
    """
    size = size or Size()
    state = loaded(urls)
    anchor = state.anchor or as_of.date()
    load = _Load(
        owner_url=str(urls.owner),
        writer_url=str(urls.writer),
        state=state,
        whole=whole_window(anchor, as_of, size.months),
        thinning=size.thinning,
        desk_files=desk_files,
    )
    if state.anchor is None:
        _set_up(load, size)
    return _loaded(load, on_progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What is loaded, and where."""

    owner_url: str
    writer_url: str
    state: Loaded  #: what the database held before
    whole: Window  #: of all readings
    thinning: int
    desk_files: DeskFiles

    def months(self, streams: list[Stream]) -> list[Months]:
        """Give the months of each client, whose closing takes the longer the more is loaded."""
        return [
            Months(
                client=portrait.slug,
                whole=self.whole,
                thinning=self.thinning,
                files=self.state.files,
                desk_files=self.desk_files,
                weight=sum(each.weight for each in streams if each.client == portrait.slug)
                // _CLOSING,
            )
            for portrait in PORTRAITS
        ]


def _loaded(load: _Load, on_progress: OnProgress) -> LoadedNow:
    with ThreadPoolExecutor(max_workers=1) as aside:
        let_in = None if load.state.is_whole else aside.submit(_let_in, load.owner_url)
        added = _take_in(load, on_progress)
        if let_in is not None:
            let_in.result()
    talk(load.owner_url, load.whole.anchor)
    _credit(load)
    added = replace(added, stored=added.stored + _take_in_unusable(load))
    if added.stored:
        _notice(load.writer_url, load.whole.until)
    return added


def _take_in(load: _Load, on_progress: OnProgress) -> LoadedNow:
    """Load all streams, then close the months of all clients."""
    streams = missing_streams(load.state, load.whole, load.thinning)
    months = load.months(streams)
    loading = sum(each.weight for each in streams)
    whole = loading + sum(each.weight for each in months)
    stored = worked(streams, load.writer_url, lambda done: on_progress(done, whole))
    closed = worked(months, load.writer_url, lambda done: on_progress(loading + done, whole))
    return LoadedNow(
        stored=sum(stored) + sum(each.stored for each in closed),
        issued=sum(each.issued for each in closed),
        refusals=tuple(each.refusal for each in closed if each.refusal),
    )


def _credit(load: _Load) -> None:
    """Credit what the demo's people agreed to; what fails is left to the worker."""
    engine = make_engine(load.writer_url, pool_size=2)
    try:
        with seeing(engine) as connection:
            disputes = agreed_disputes(connection)
        desk = load.desk_files.desk(engine)
        for each in disputes:
            if each.slug in _CLIENTS:
                credited(desk, each, load.whole.until)
    finally:
        engine.dispose()


def _take_in_unusable(load: _Load) -> int:
    """Take in what is refused: last of all, so that it is the end of a first load."""
    anchor, stored = load.whole.anchor, 0
    engine = make_engine(load.writer_url, pool_size=1)
    for portrait in PORTRAITS:
        for source in portrait.sources:
            name = once_name("refused", portrait.slug, source, anchor)
            if name not in load.state.files:
                rows = unusable_readings(portrait, source, anchor)
                until = load.whole.until
                stored += take_in_rows(engine, portrait.slug, source, name, rows, until)
    engine.dispose()
    return stored


def _set_up(load: _Load, size: Size) -> None:
    anchor = load.whole.anchor
    with TemporaryDirectory(prefix="meterglass-demo-") as folder:
        write_setup(Path(folder), anchor)
        setup = _issued_from(first_day(anchor, size.months), read_folder(Path(folder)))
    engine = make_engine(load.owner_url, pool_size=1)
    with owner_transaction(engine) as connection:
        apply_setup(connection, setup, as_of=load.whole.until, actor=ACTOR, is_demo=True)
    engine.dispose()


def _issued_from(month: date, setup: Setup) -> Setup:
    """Leave months out that nothing is made of: another system billed them."""
    if all(month <= each.starts_on for each in setup.agreements):
        return setup
    clients = tuple(replace(each, invoices_from=month) for each in setup.clients)
    return replace(setup, clients=clients)


def _let_in(owner_url: str) -> None:
    engine = make_engine(owner_url, pool_size=1)
    with owner_transaction(engine) as connection:
        for person in people():
            set_demo_password(connection, email=person["email"], password=PASSWORD)
    engine.dispose()


def _notice(writer_url: str, as_of: datetime) -> None:
    """Note the crossings of all that was loaded that no reading has brought about."""
    engine = make_engine(writer_url, pool_size=1)
    with writer_transaction(engine, []) as connection:
        clients = client_ids(connection)
    for client_id in clients.values():
        notice_crossings(engine, client_id, as_of)
    engine.dispose()
