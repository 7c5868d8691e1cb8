"""One open page's stream of server-sent events: what it has yet to be told, and how it is told."""

import json
import random
from collections.abc import Mapping
from time import monotonic
from typing import Final

from anyio import Event, create_task_group, move_on_after
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from db.queries.live import Watched

#: A line without meaning keeps what stands between from ending a silent stream, seconds.
SIGN_OF_LIFE_EVERY: Final = 15.0
#: Time alone changes figures: a growing average, a source that fell silent. Seconds.
MOMENT_EVERY: Final = 300.0
#: Who has not taken a few bytes for so long is cut off, seconds.
PATIENCE: Final = 30.0
_SIGN_OF_LIFE: Final = b": \n\n"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Stream:
    """What one open page waits for: at most one piece of news of each kind."""

    def __init__(self, watched: Watched, version: int) -> None:
        """Begin with what the page is told at once.

        Args:
            watched: the session and the client.
            version: of the client's records; 0 without a client.
        """
        self.watched = watched
        self._version = version
        self._news: dict[str, Mapping[str, int]] = {}
        self._came = Event()
        self._is_open, self._is_away = True, False
        # Pages that were opened together, after a restart, are not woken together ever after.
        self._moment_at = monotonic() + random.uniform(0.5, 1) * MOMENT_EVERY  # noqa: S311 - no secret, a spread
        self._tell("version", {"version": version})

    def reach(self, version: int) -> None:
        """The client's records are at a version: told where it grew or could not be known."""
        if version > self._version or self._is_away:
            self._version, self._is_away = version, False
            self._tell("version", {"version": version})

    def lose(self) -> None:
        """The database does not answer: told once."""
        if not self._is_away:
            self._is_away = True
            self._tell("away", {})

    def end(self) -> None:
        """The session ended or may no longer see the client: told, then the stream closes."""
        self._tell("ended", {})
        self._is_open = False

    def close(self) -> None:
        """Close without a word: the page opens another stream."""
        self._is_open = False
        self._came.set()

    async def next_part(self) -> bytes:
        """Wait for news, or for a sign of life to be due; empty once the stream is closed."""
        if self._is_open:
            with move_on_after(min(SIGN_OF_LIFE_EVERY, self._moment_at - monotonic())):
                await self._came.wait()
        self._came = Event()
        self._tell_of_the_moment()
        part = b"".join(_written(event, told) for event, told in self._news.items())
        self._news.clear()
        return part or (_SIGN_OF_LIFE if self._is_open else b"")

    def _tell(self, event: str, told: Mapping[str, int]) -> None:
        # What comes last is true: an older word of the same kind gives up its place.
        self._news.pop(event, None)
        self._news[event] = told
        self._came.set()

    def _tell_of_the_moment(self) -> None:
        if self._is_open and self.watched.client_id is not None and monotonic() >= self._moment_at:
            self._moment_at += MOMENT_EVERY
            self._news["moment"] = {}


class EventStream(Response):
    """The answer that writes a stream until it closes, its reader leaves or takes nothing."""

    media_type = "text/event-stream"

    def __init__(self, stream: Stream, *, patience: float = PATIENCE) -> None:
        self.status_code = 200
        self.background = None
        self._stream = stream
        self._patience = patience
        self.init_headers(_HEADERS)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Write as long as somebody reads."""
        async with create_task_group() as group:

            async def watch_for_leaving() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(watch_for_leaving)
            await self._write(send)
            group.cancel_scope.cancel()

    async def _write(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        while True:
            part = await self._stream.next_part()
            with move_on_after(self._patience) as taken:
                await send({"type": "http.response.body", "body": part, "more_body": bool(part)})
            if not part or taken.cancelled_caught:
                return


def _written(event: str, told: Mapping[str, int]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(told)}\n\n".encode("ascii")
