"""Two connections that record the batches of a file by turns."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Engine

from db.commands.ingest.recording import record_batch
from db.commands.ingest.runs import Recorded, Run
from db.commands.ingest.turns import Turn
from db.commands.usage_batch import Batch

WRITERS: Final = 2


class TwoWriters:
    """Records batches, two at a time; their consequences in the order in which they were given.

    A batch with an event that is stored already ends the hope that all are new: from then on each
    waits for the one before it before it stores anything.
    """

    def __init__(self, engine: Engine, *, as_of: datetime | None = None) -> None:
        """Connect nothing yet.

        Args:
            engine: of the writer.
            as_of: the present; events more than five minutes later are rejected.
        """
        self._engine, self._as_of = engine, as_of
        self._threads = ThreadPoolExecutor(max_workers=WRITERS)
        self._going: deque[tuple[Run, Future[Recorded]]] = deque()
        self._last: Turn | None = None
        self._all_new = True
        self._recorded: dict[Run, Recorded] = {}

    def record(self, run: Run, batch: Batch) -> None:
        """Hand a batch over; waits while two are being recorded.

        Raises:
            DBAPIError: of an earlier batch; what came before that one is recorded.
        """
        while len(self._going) >= WRITERS:
            self._take()
        self._last = turn = self._last.following() if self._last else Turn()
        self._going.append((run, self._threads.submit(self._record, run, batch, turn)))

    def recorded(self, run: Run) -> Recorded:
        """What became of a run's batches; waits for those that are being recorded."""
        while self._going:
            self._take()
        return self._recorded.get(run, Recorded())

    def __enter__(self) -> Self:
        """Be ready for batches."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until nothing is being recorded."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _take(self) -> None:
        run, going = self._going.popleft()
        self._recorded[run] = self._recorded.get(run, Recorded()) + going.result()

    def _record(self, run: Run, batch: Batch, turn: Turn) -> Recorded:
        try:
            recorded = record_batch(
                self._engine, run, batch, as_of=self._as_of, all_new=self._all_new, turn=turn
            )
        finally:
            turn.end()
        if recorded.accepted < batch.count:
            self._all_new = False
        return recorded
