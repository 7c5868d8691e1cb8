"""Which runs come first: those that a person asked for.

When a record arrives, all open pages of its client ask at once to be drawn again. Python computes
on one core, so runs that go on together all end late, and whoever acts meanwhile waits with them.
What a page asks for by itself is therefore let in while little else runs, one after the other. What
a person asks for is never held up, and takes the place of what his page still waits for.
"""

import asyncio
from typing import Final

from starlette.types import Message, Receive, Send

from api.frames import asks_for_a_run, ends_a_run, is_a_wake

#: Runs under way beside which no page is woken.
AT_ONCE: Final = 3
#: A run that takes longer waits for something else than the processor, and holds nobody up; nor is
#: a wake held for longer, whatever runs. Seconds.
LONGEST: Final = 3.0


class Runs:
    """The runs of all open pages of a process: which are under way, and which wait."""

    def __init__(self, at_once: int = AT_ONCE, longest: float = LONGEST) -> None:
        """Begin with none.

        Args:
            at_once: runs under way beside which none is let in that waits.
            longest: seconds for which a run counts as under way, and for which one waits at most.
        """
        self._at_once, self._longest = at_once, longest
        self._under_way: dict[Visit, asyncio.TimerHandle] = {}
        self._waiting: dict[Visit, asyncio.Future[None]] = {}

    def wait(self, visit: "Visit") -> "asyncio.Future[None]":
        """Put a visit behind all that wait; gives what is done when it is its turn."""
        loop = asyncio.get_running_loop()
        turn = self._waiting[visit] = loop.create_future()
        loop.call_later(self._longest, self._come, visit, turn)
        self._let_in()
        return turn

    def begin(self, visit: "Visit") -> None:
        """Count a visit's run as under way; it waits no longer."""
        self._waiting.pop(visit, None)
        self._leave(visit)
        loop = asyncio.get_running_loop()
        self._under_way[visit] = loop.call_later(self._longest, self.end, visit)

    def end(self, visit: "Visit") -> None:
        """Count a visit's run no longer."""
        self._leave(visit)
        self._let_in()

    def forget(self, visit: "Visit") -> None:
        """Let a visit go."""
        self._waiting.pop(visit, None)
        self.end(visit)

    def _let_in(self) -> None:
        while self._waiting and len(self._under_way) < self._at_once:
            self._come(*next(iter(self._waiting.items())))

    def _come(self, visit: "Visit", turn: "asyncio.Future[None]") -> None:
        if self._waiting.get(visit) is turn:
            self.begin(visit)
            turn.set_result(None)

    def _leave(self, visit: "Visit") -> None:
        counted = self._under_way.pop(visit, None)
        if counted is not None:
            counted.cancel()


class Visit:
    """One websocket: what its page asks for comes in here, and the ends of its runs go out."""

    def __init__(self, runs: Runs, wake: str, receive: Receive, send: Send) -> None:
        """Begin with nothing asked for.

        Args:
            runs: of all visits.
            wake: the key of the component with which a page asks to be drawn again.
            receive: what the browser sends.
            send: what it is sent.
        """
        self._runs, self._wake, self._receive, self._send = runs, wake, receive, send
        self._held: tuple[Message, asyncio.Future[None]] | None = None
        self._ahead: asyncio.Future[Message] | None = None

    async def receive(self) -> Message:
        """Receive the browser's next message; a wake, when it is its turn."""
        while self._held is None or not await self._is_let_in(self._held[1]):
            message = await self._next()
            if not is_a_wake(message, self._wake):
                return self._passed(message)
            self._held = message, self._held[1] if self._held else self._runs.wait(self)
        (wake, _), self._held = self._held, None
        return wake

    async def send(self, message: Message) -> None:
        """Send the browser a message; after the end of a run others may come in."""
        await self._send(message)
        if ends_a_run(message):
            self._runs.end(self)

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._ahead is not None:
            self._ahead.cancel()
        self._runs.forget(self)

    async def _is_let_in(self, turn: "asyncio.Future[None]") -> bool:
        """Wait for the turn of what is held; False: the browser sent something before."""
        self._ahead = self._ahead or asyncio.ensure_future(self._receive())
        await asyncio.wait((turn, self._ahead), return_when=asyncio.FIRST_COMPLETED)
        return not self._ahead.done()

    async def _next(self) -> Message:
        coming, self._ahead = self._ahead or self._receive(), None
        return await coming

    def _passed(self, message: Message) -> Message:
        """Let a message in at once; a run that it asks for draws what the held one would."""
        if asks_for_a_run(message):
            self._held = None
            self._runs.begin(self)
        return message
