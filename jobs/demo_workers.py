"""Pieces of the demo's loading: few and small ones are done here, many in two processes."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from typing import Final, Protocol, TypeVar

WORKERS: Final = 2
MANY: Final = 20_000  #: readings for which it pays to start processes
_LOOK_AGAIN: Final = 0.1  #: seconds
Done_co = TypeVar("Done_co", covariant=True)
Done = TypeVar("Done")
OnShare = Callable[[float], None]
OnDone = Callable[[float], None]
_Shares = SimpleQueue[tuple[int, float]]
_told: list[_Shares] = []  #: in a worker: where it tells how far it is


class Piece(Protocol[Done_co]):
    """A piece of work that does not mind where it is done."""

    @property
    def weight(self) -> int:
        """About how long it takes, in readings."""

    def work(self, writer_url: str, on_share: OnShare) -> Done_co:
        """Do it.

        Args:
            writer_url: address of the database with the writer's login.
            on_share: called with the share that is done, 0 to 1.
        """


def worked(pieces: Sequence[Piece[Done]], writer_url: str, on_done: OnDone) -> list[Done]:
    """Do pieces of work; gives what came of each.

    Args:
        pieces: none waits for another.
        writer_url: address of the database with the writer's login.
        on_done: called with how much is done, in readings.
    """
    weights = [piece.weight for piece in pieces]
    if sum(weights) < MANY:
        return list(_worked_here(pieces, weights, writer_url, on_done))
    with _workers() as (pool, shares):
        futures = [
            pool.submit(_work, number, piece, writer_url) for number, piece in enumerate(pieces)
        ]
        _follow(futures, shares, weights, on_done)
    return [future.result() for future in futures]


def _worked_here(
    pieces: Sequence[Piece[Done]], weights: list[int], writer_url: str, on_done: OnDone
) -> Iterator[Done]:
    for number, piece in enumerate(pieces):
        yield piece.work(writer_url, lambda _share: None)
        on_done(sum(weights[: number + 1]))


@contextmanager
def _workers() -> Iterator[tuple[ProcessPoolExecutor, _Shares]]:
    """Two processes that work; when this one is stopped, they end at once."""
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


def _work(number: int, piece: Piece[Done], writer_url: str) -> Done:
    return piece.work(writer_url, lambda share: _told[0].put((number, share)))


def _follow(
    futures: list[Future[Done]], shares: _Shares, weights: list[int], on_done: OnDone
) -> None:
    """Tell how far the pieces are until all are done; the first fault is raised."""
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
        on_done(_weighed(done, weights))


def _weighed(done: Mapping[int, float], weights: list[int]) -> float:
    return sum(share * weights[number] for number, share in done.items())
