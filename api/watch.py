"""The one watcher of a process: asks for all open pages at once, and tells each its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from typing import Final

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine

from api.live_stop import told_of_stop
from api.live_stream import Stream
from api.log import log_failure
from db.engine import make_engine
from db.portal import portal_engine
from db.queries.live import Watched, watched_versions
from db.session import sign_in_transaction

#: Between an answer and the next question, seconds.
EVERY: Final = 0.5
#: After so long without an answer the pages are told that there is none, seconds.
LATE: Final = 3.0
#: The database gives up the watcher's question after so long, milliseconds.
STATEMENT_TIMEOUT_MS: Final = 5_000
#: Streams that one session may hold open: a person's windows, with some to spare.
STREAMS_PER_SESSION: Final = 8

Ask = Callable[[Sequence[Watched]], Mapping[Watched, int]]


class Watcher:
    """Knows the open streams of its process. While there are none it asks nothing."""

    def __init__(self, ask: Ask, *, every: float = EVERY, late: float = LATE) -> None:
        """Begin without streams.

        Args:
            ask: gives the version for each pair that may see its client; waits for the database.
            every: seconds between an answer and the next question.
            late: seconds after which a missing answer is told.
        """
        self._ask, self._every, self._late = ask, every, late
        self._streams: set[Stream] = set()
        self._somebody = asyncio.Event()
        self._seat = CapacityLimiter(1)
        self._failing = False
        self.is_closed = False

    def has_room(self, session_hash: bytes) -> bool:
        """Whether a session may open one more stream."""
        held = sum(each.watched.session_hash == session_hash for each in self._streams)
        return held < STREAMS_PER_SESSION

    @contextmanager
    def telling(self, stream: Stream) -> Iterator[None]:
        """Tell a stream its news within the block."""
        self._streams.add(stream)
        self._somebody.set()
        try:
            yield
        finally:
            self._streams.discard(stream)
            if not self._streams:
                self._somebody.clear()

    async def run(self) -> None:
        """Ask and tell, until cancelled."""
        while True:
            await self._somebody.wait()
            await self._look()
            await asyncio.sleep(self._every)

    def close(self) -> None:
        """Close all streams; none opens any more."""
        self.is_closed = True
        for stream in self._streams:
            stream.close()

    async def _look(self) -> None:
        watched = tuple({stream.watched for stream in self._streams})
        late = asyncio.get_running_loop().call_later(self._late, self._lose)
        try:
            found = await to_thread.run_sync(
                self._ask, watched, abandon_on_cancel=True, limiter=self._seat
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the pages are not up to date
            self._note(error)
            self._lose()
        else:
            self._failing = False
            self._tell(watched, found)
        finally:
            late.cancel()

    def _tell(self, watched: Sequence[Watched], found: Mapping[Watched, int]) -> None:
        """Tell the streams that were asked for; one that opened since waits for its turn."""
        asked = frozenset(watched)
        for stream in self._streams:
            version = found.get(stream.watched)
            if version is not None:
                stream.reach(version)
            elif stream.watched in asked:
                stream.end()

    def _lose(self) -> None:
        for stream in self._streams:
            stream.lose()

    def _note(self, error: Exception) -> None:
        """Once for each time that the answers stop."""
        if not self._failing:
            log_failure("watch_failed", error, request_id="")
        self._failing = True


@cache
def watcher() -> Watcher:
    """The watcher of this process."""
    return Watcher(_ask_the_database)


@asynccontextmanager
async def watching() -> AsyncIterator[None]:
    """Watch within the block; a request to stop the process closes the streams at once.

    The server waits for answers under way before it ends, and a stream has no end of its own.
    """
    running = asyncio.create_task(watcher().run())
    with told_of_stop(watcher().close):
        yield
    watcher().close()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    _engine().dispose()


@cache
def _engine() -> Engine:
    """A connection apart from the pages': that they wait for theirs keeps nobody signed in."""
    url = portal_engine().url
    return make_engine(url, pool_size=1, statement_timeout_ms=STATEMENT_TIMEOUT_MS)


def _ask_the_database(watched: Sequence[Watched]) -> Mapping[Watched, int]:
    with sign_in_transaction(_engine()) as connection:
        return watched_versions(connection, watched)
