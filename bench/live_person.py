"""One person with one open page: signs in by the form, acts, and is woken as a browser is."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from bench.live_acts import Act, first_page, quantity, totals
from bench.live_page import Page, Wake
from bench.live_requests import acted, filled_in, rerun, woken
from bench.live_samples import Awaited, Samples

PATIENCE: Final = 20.0  #: seconds that a person waits for what is asked for
CLOSING: Final = 5.0  #: seconds that a closing window may take
BROWSER, SESSION = "meterglass-browser", "meterglass"
LARGEST_MESSAGE: Final = 64 * 2**20


class RefusedError(Exception):
    """The portal did not let a person in."""


@dataclass(slots=True)
class Person:
    """A person, the browser's cookies, the page on the screen."""

    url: str
    email: str
    client: str
    samples: Samples
    today: date
    cookies: dict[str, str] = field(default_factory=dict)
    page: Page = field(init=False)
    awaited: dict[str, Awaited] = field(init=False)
    newest: int = 0  #: version that the stream told
    sees_present: bool = False  #: whether the running month is on the screen
    _asked: bool = False  #: whether a wake is on its way
    _woken: Wake | None = None
    _socket: ClientConnection | None = None
    _hopes: "list[tuple[re.Pattern[str], asyncio.Future[None]]]" = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page = Page(client=self.client)
        self.awaited = {meter: Awaited(self.samples) for meter in totals(self.today)}

    async def sign_in(self, web: httpx.AsyncClient, password: str) -> None:
        """Fill in the form over a websocket, then post its ticket as the page does."""
        self.page, self.cookies = Page(client=self.client), {}
        first = await web.get(f"{self.url}/")
        self.cookies[BROWSER] = first.cookies[BROWSER]
        await self._open()
        await self._until(re.compile("Your consumption"), rerun(self.page))
        await self._send(filled_in(self.page, self.email, password))
        ticket = await self._ticket()
        await self.close()
        await self._start_session(web, ticket)

    async def _ticket(self) -> str:
        until = time.monotonic() + PATIENCE
        while "ticket" not in self.page.posts:
            if time.monotonic() > until:
                raise RefusedError(self.email)
            await asyncio.sleep(0.02)
        return self.page.posts["ticket"]

    async def _start_session(self, web: httpx.AsyncClient, ticket: str) -> None:
        answer = await web.post(
            f"{self.url}/session/start",
            data={"ticket": ticket, "next": "/"},
            headers={**self._headers(), "Sec-Fetch-Site": "same-origin"},
        )
        if SESSION not in answer.cookies:
            raise RefusedError(self.email)
        self.cookies.update(answer.cookies)

    async def reload(self, web: httpx.AsyncClient, *, live: bool) -> None:
        """Open the first page, in place of what was open.

        Args:
            web: for the stream.
            live: whether the page holds one.
        """
        await self.close()
        self.page = Page(client=self.client)
        await self._open()
        await self._until(first_page(self.today), rerun(self.page))
        self.sees_present = True
        if live:
            self._tasks.append(asyncio.create_task(self._follow(web)))

    async def act(self, act: Act) -> float:
        """Do something and see it done; the seconds it took."""
        if not act.present:
            self.sees_present = False
            for each in self.awaited.values():
                each.leave()
        began = time.perf_counter()
        await self._until(act.shows, acted(self.page, act))
        self.sees_present = act.present
        return time.perf_counter() - began

    def post(self, meter: str, total: int, posted_at: float) -> None:
        """An event of this person's client was posted."""
        if self.sees_present:
            self.awaited[meter].post(total, posted_at)

    async def close(self) -> None:
        """Close the page, if one is open."""
        self.sees_present = self._asked = False
        self.newest, self._woken = 0, None
        for each in self.awaited.values():
            each.leave()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSING)
        self._tasks.clear()
        if self._socket is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._socket.close(), CLOSING)

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookie, "Origin": self.url}

    async def _open(self) -> None:
        self._socket = await connect(
            self.url.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            additional_headers=self._headers(),
            max_size=LARGEST_MESSAGE,
            compression=None,
            ping_interval=None,
        )
        self._tasks.append(asyncio.create_task(self._listen(self._socket)))

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(asyncio.CancelledError):
            try:
                async for frame in socket:
                    await self._take(bytes(frame, "utf-8") if isinstance(frame, str) else frame)
            except ConnectionClosed:
                pass
            self.samples.error("websocket closed")

    async def _take(self, frame: bytes) -> None:
        foreign, failures = self.page.foreign, self.page.failures
        finished = self.page.take(frame)
        self.samples.messages += 1
        self.samples.foreign += self.page.foreign - foreign
        if self.page.failures > failures:
            self.samples.error("page said that it failed")
        if self.page.wake is not self._woken:
            self._woken, self._asked = self.page.wake, False
        if finished and not finished.again:
            self._look()
        await self._wake()

    def _look(self) -> None:
        """Look at the page that is drawn to its end: for what is hoped for, and for totals."""
        for pattern, seen in self._hopes:
            if not seen.done() and self.page.reads(pattern):
                seen.set_result(None)
        if self.sees_present:
            for meter, pattern in totals(self.today).items():
                if found := self.page.reads(pattern):
                    self.awaited[meter].see(quantity(found[1]))

    async def _until(self, shows: "re.Pattern[str]", request: BackMsg) -> None:
        seen = asyncio.get_running_loop().create_future()
        self._hopes.append((shows, seen))
        try:
            await self._send(request)
            await asyncio.wait_for(seen, PATIENCE)
        finally:
            self._hopes.remove((shows, seen))
            await self._wake()

    async def _send(self, request: BackMsg) -> None:
        if self._socket is not None:
            await self._socket.send(request.SerializeToString())

    async def _wake(self) -> None:
        """Ask for what is newer than what is drawn, once for each answer, while nothing runs."""
        wake, busy = self.page.wake, self.page.is_running or self._hopes
        if wake is None or busy or self._asked or self.newest <= wake.version:
            return
        self._asked = True
        self.samples.wakes += self.samples.counts
        await self._send(woken(self.page, wake, self.newest))

    async def _follow(self, web: httpx.AsyncClient) -> None:
        asked = web.stream(
            "GET",
            f"{self.url}/live?client={self.client}",
            headers={**self._headers(), "Sec-Fetch-Site": "same-origin"},
            timeout=httpx.Timeout(PATIENCE, read=40),
        )
        async with asked as answer:
            if not answer.is_success:
                self.samples.error(f"live answered {answer.status_code}")
                return
            async for kind, told in _events(answer):
                await self._hear(kind, told)
        self.samples.error("live stream closed")

    async def _hear(self, kind: str, told: str) -> None:
        if kind == "version":
            self.newest = int(json.loads(told)["version"])
            await self._wake()
        elif kind != "moment":
            self.samples.error(f"live said {kind}")


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
    kind = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, line.removeprefix("data: ")
