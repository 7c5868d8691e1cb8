"""Loading the demo: setup files by the setup command, usage files by the ingest command.

Nothing else writes, but for the passwords of its people. A second load finds everything there; a
later one adds what has happened since.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from tempfile import TemporaryDirectory

from db.commands.ingest import notice_crossings
from db.commands.people import set_demo_password
from db.commands.setup import apply_setup
from db.embedded import Urls
from db.engine import make_engine
from db.queries.clients import client_ids
from db.session import owner_transaction, writer_transaction
from demo.calendar import MONTHS
from demo.generator import whole_window
from demo.people import PASSWORD, people
from demo.setup_files import write_setup
from demo.state import loaded
from intake.setup import read_folder
from jobs.demo_streams import Stream, load_stream, missing_streams

WORKERS = 2
MANY = 20_000  #: readings for which it pays to start processes
_LOOK_AGAIN = 0.1  #: seconds
OnProgress = Callable[[float, float], None]
_Shares = SimpleQueue[tuple[int, float]]
_told: list[_Shares] = []  #: in a worker: where it tells how far it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of the demo is made."""

    months: int = MONTHS
    thinning: int = 1  #: how much rarer the readings are than usual


def load_demo(
    urls: Urls,
    as_of: datetime,
    *,
    size: Size | None = None,
    on_progress: OnProgress = lambda _done, _whole: None,
) -> int:
    """Load the demo up to ``as_of``, or what it lacks of it; gives how many records were stored.

    Args:
        urls: the database, with the owner's and the writer's address.
        as_of: the present, UTC.
        size: how much is made; the whole demo by default.
        on_progress: called with what is done and what there is to do.

    Raises:
        StartFault: the database holds other clients, or an address is missing.
    """
    size = size or Size()
    state = loaded(urls)
    anchor = state.anchor or as_of.date()
    if state.anchor is None:
        _set_up(str(urls.owner), anchor, as_of)
    streams = missing_streams(state, whole_window(anchor, as_of, size.months), size.thinning)
    with ThreadPoolExecutor(max_workers=1) as aside:
        let_in = aside.submit(_let_in, str(urls.owner)) if state.anchor is None else None
        stored = _take_in(streams, str(urls.writer), on_progress)
        if let_in is not None:
            let_in.result()
    if stored:
        _notice(str(urls.writer), as_of)
    return stored


def _notice(writer_url: str, as_of: datetime) -> None:
    """Note the crossings of all that was loaded that no reading has brought about."""
    engine = make_engine(writer_url, pool_size=1)
    with writer_transaction(engine, []) as connection:
        clients = client_ids(connection)
    for client_id in clients.values():
        notice_crossings(engine, client_id, as_of)
    engine.dispose()


def _take_in(streams: list[Stream], writer_url: str, on_progress: OnProgress) -> int:
    """Load streams: few readings here, many in two processes; gives how many were stored."""
    weights = [stream.weight for stream in streams]
    if sum(weights) < MANY:
        return _taken_in_here(streams, weights, writer_url, on_progress)
    with _workers() as (pool, shares):
        futures = [
            pool.submit(_load, number, stream, writer_url) for number, stream in enumerate(streams)
        ]
        _follow(futures, shares, weights, on_progress)
    return sum(future.result() for future in futures)


def _taken_in_here(
    streams: list[Stream], weights: list[int], writer_url: str, on_progress: OnProgress
) -> int:
    stored = 0
    for number, stream in enumerate(streams):
        stored += load_stream(stream, writer_url, lambda _share: None)
        on_progress(sum(weights[: number + 1]), sum(weights))
    return stored


def _set_up(owner_url: str, anchor: date, as_of: datetime) -> None:
    with TemporaryDirectory(prefix="meterglass-demo-") as folder:
        write_setup(Path(folder), anchor)
        setup = read_folder(Path(folder))
    engine = make_engine(owner_url, pool_size=1)
    with owner_transaction(engine) as connection:
        apply_setup(connection, setup, as_of=as_of, actor="demo", is_demo=True)
    engine.dispose()


def _let_in(owner_url: str) -> None:
    engine = make_engine(owner_url, pool_size=1)
    with owner_transaction(engine) as connection:
        for person in people():
            set_demo_password(connection, email=person["email"], password=PASSWORD)
    engine.dispose()


@contextmanager
def _workers() -> Iterator[tuple[ProcessPoolExecutor, _Shares]]:
    """Two processes that load streams; when this one is stopped, they end at once."""
    spawning = multiprocessing.get_context("spawn")
    shares: _Shares = spawning.SimpleQueue()
    pool = ProcessPoolExecutor(WORKERS, spawning, initializer=_begin, initargs=(shares,))
    try:
        yield pool, shares
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    pool.shutdown()


def _begin(shares: _Shares) -> None:
    """In a worker: Ctrl-C is its parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _told.append(shares)


def _load(number: int, stream: Stream, writer_url: str) -> int:
    return load_stream(stream, writer_url, lambda share: _told[0].put((number, share)))


def _follow(
    futures: list[Future[int]], shares: _Shares, weights: list[int], on_progress: OnProgress
) -> None:
    """Tell how far the streams are until all are done; the first fault is raised."""
    done: dict[int, float] = {}
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, timeout=_LOOK_AGAIN, return_when=FIRST_COMPLETED)
        while not shares.empty():
            number, share = shares.get()
            done[number] = share
        for future in finished:
            future.result()
            done[futures.index(future)] = 1
        on_progress(_weighed(done, weights), sum(weights))


def _weighed(done: Mapping[int, float], weights: list[int]) -> float:
    return sum(share * weights[number] for number, share in done.items())
