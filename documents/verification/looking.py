"""Looking through event files: one pass over each, several at once where the machine has cores."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from billing_core.metering import Level, Meter, MeterUsage, usage_in_order
from billing_core.period import BillingPeriod
from billing_core.proof.included import IncludedEvents
from documents.verification.archive import Archive, opened_archive
from documents.verification.event_file import CheckedRow, EventFile
from documents.verification.records import records_of

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext
    from multiprocessing.sharedctypes import Synchronized

#: Called with how many events were looked at, and how many there are.
Progress = Callable[[int, int], None]

WORTH_A_PROCESS: Final = 100_000
_SECONDS: Final = 0.2
_MOST_PROCESSES: Final = 4
_TOLD_EVERY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    """What a meter's quantity is computed with, of the month whose own events these are."""

    meter: Meter
    period: BillingPeriod
    carried: Mapping[str, Level]
    instants: tuple[datetime, ...]
    included: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to look through."""

    path: str
    client: str
    meter: str  #: code
    most: int  #: rows that it has at most
    starts: str  #: inclusive, as the file writes instants
    ends: str  #: exclusive
    excluded: frozenset[str] = frozenset()  #: ids of events that count nothing
    wanted: frozenset[str] = frozenset()  #: ids of events of which it is told that they are here
    metering: Metering | None = None  #: None: nothing is computed from it
    keeps_rows: bool = False  #: for carried levels, of which there are few


@dataclass(slots=True, kw_only=True)
class Looked:
    """What was found in a file."""

    count: int
    root: bytes
    faults: list[str]
    edited: list[str]
    supersedes: dict[str, str]
    withdrawing: set[str]
    excluded: set[str] = field(default_factory=set)  #: of those, the ones that it holds
    present: set[str] = field(default_factory=set)  #: of the wanted ones
    included: int = 0
    usage: MeterUsage | None = None
    rows: list[CheckedRow] = field(default_factory=list)


class _Look:
    """One look through a file."""

    def __init__(self, job: Job, tell: Callable[[int], None]) -> None:
        self._job = job
        self._tell = tell
        self._excluded: set[str] = set()
        self._present: set[str] = set()
        self._file = EventFile(
            client=job.client, meter=job.meter, most=job.most, starts=job.starts, ends=job.ends
        )

    def through(self, archive: Archive) -> Looked:
        rows = self._file.rows(records_of(archive.pieces(self._job.path), self._job.path))
        included = usage = None
        counted = self._counted(rows)
        if self._job.metering is not None:
            included, usage = self._metered(self._job.metering, counted)
        kept = [row for row in counted if self._job.keeps_rows]
        file = self._file
        return Looked(
            count=file.count,
            root=file.tree.root,
            faults=file.faults,
            edited=file.edited,
            supersedes=file.supersedes,
            withdrawing=file.withdrawing,
            excluded=self._excluded,
            present=self._present,
            included=included or 0,
            usage=usage,
            rows=kept,
        )

    def _counted(self, rows: Iterator[CheckedRow]) -> Iterator[CheckedRow]:
        """Give the effective events on, and tell from time to time how many there were."""
        marked, passed = self._job.excluded | self._job.wanted, 0
        for row in rows:
            passed += 1
            if passed == _TOLD_EVERY:
                self._tell(passed)
                passed = 0
            if row.event_id in marked and self._is_excluded(row.event_id):
                continue
            if not row.withdraws:
                yield row
        self._tell(passed)

    def _is_excluded(self, event: str) -> bool:
        """Note that an event of which something is told is here."""
        if event in self._job.wanted:
            self._present.add(event)
        if event in self._job.excluded:
            self._excluded.add(event)
            return True
        return False

    def _metered(
        self, metering: Metering, rows: Iterator[CheckedRow]
    ) -> tuple[int, MeterUsage | None]:
        counting = IncludedEvents(metering.meter.aggregation, metering.included)
        passing = _passing_by(counting, rows)
        try:
            usage = usage_in_order(
                metering.meter, metering.period, passing, metering.carried, metering.instants
            )
        except ValueError as fault:
            self._file.faults.append(f"cannot be metered: {fault}")
            return counting.count, None
        return counting.count, usage


def _passing_by(counting: IncludedEvents, rows: Iterator[CheckedRow]) -> Iterator[CheckedRow]:
    for row in rows:
        counting.pass_by(row)
        yield row


def looked_through(
    archive: Archive, jobs: Sequence[Job], on_progress: Progress
) -> dict[str, Looked]:
    """Look through files.

    Returns:
        What was found, by path.

    Raises:
        Unreadable: a file is damaged.
    """
    total = sum(job.most for job in jobs)
    if total < WORTH_A_PROCESS or min(len(jobs), os.cpu_count() or 1) == 1:
        return _one_after_the_other(archive, jobs, on_progress, total)
    return _side_by_side(archive.path, jobs, on_progress, total)


def _one_after_the_other(
    archive: Archive, jobs: Sequence[Job], on_progress: Progress, total: int
) -> dict[str, Looked]:
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        on_progress(done, total)

    return {job.path: _Look(job, tell).through(archive) for job in jobs}


def _side_by_side(
    path: Path, jobs: Sequence[Job], on_progress: Progress, total: int
) -> dict[str, Looked]:
    """Look through them in processes of their own, the longest first."""
    context = get_context("spawn")
    done = context.Value("q", 0)
    longest_first = sorted(jobs, key=lambda job: -job.most)
    processes = min(len(jobs), os.cpu_count() or 1, _MOST_PROCESSES)
    with _pool(processes, context, path, done) as pool:
        futures = {job.path: pool.submit(_look_apart, job) for job in longest_first}
        waiting: set[Future[Looked]] = set(futures.values())
        while waiting:
            finished, waiting = wait(waiting, _SECONDS, FIRST_EXCEPTION)
            on_progress(done.value, total)
            for each in finished:
                each.result()
        return {path: future.result() for path, future in futures.items()}


@contextmanager
def _pool(
    processes: int, context: "SpawnContext", path: Path, done: "Synchronized[int]"
) -> Iterator[ProcessPoolExecutor]:
    """Some processes; when this one is stopped, or one of them fails, they end at once."""
    pool = ProcessPoolExecutor(processes, context, _started, (path, done))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in active_children():
            process.terminate()
        raise
    pool.shutdown()


_APART: dict[str, Any] = {}
"""In a process of its own: the bundle's path, and the count that all add to."""


def _started(path: Path, done: "Synchronized[int]") -> None:
    """In a process of its own: Ctrl-C is its parent's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _APART.update(path=path, done=done)


def _look_apart(job: Job) -> Looked:
    done = _APART["done"]

    def tell(more: int) -> None:
        with done.get_lock():
            done.value += more

    with opened_archive(_APART["path"], is_known=True) as archive:
        return _Look(job, tell).through(archive)
