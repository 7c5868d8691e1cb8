"""How many files one session takes at once, and that the others never wait for it to sign in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from api import export_access, exports
from api.downloads import FILES_PER_SESSION, Download
from api.export_access import Refused, beside, taker_of
from db.portal import SESSION_COOKIES
from tests.support.event_loop import run

#: The longest that a busy machine may take, seconds.
PATIENCE = 60
ADA, QUIN = "a" * 43, "q" * 43


def cookie(token: str) -> dict[str, str]:
    return {"cookie": f"{SESSION_COOKIES[False]}={token}"}


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_true():  # noqa: ASYNC110 - other tasks make it true
            await asyncio.sleep(0)


class Counter:
    """A route that begins a file, and ends it when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()

    async def __call__(self, _request: Request) -> Response:
        return StreamingResponse(self._pieces())

    async def _pieces(self) -> AsyncIterator[bytes]:
        self.begun += 1
        yield b"first"
        await self.may_end.wait()
        yield b"last"

    async def reach(self, begun: int) -> None:
        await until(lambda: self.begun == begun)


async def asked(route: Download, token: str | None, gone: asyncio.Event | None = None) -> int:
    """Ask for a file, and stay until it is there, or the reader is gone."""
    headers = [(b"cookie", cookie(token)["cookie"].encode())] if token else []
    status = 0

    async def receive() -> dict[str, object]:
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        nonlocal status
        if message["type"] == "http.response.start":  # type: ignore[index]  # a message of ASGI
            status = message["status"]  # type: ignore[index]  # a message of ASGI

    scope = {"type": "http", "method": "GET", "headers": headers, "asgi": {"spec_version": "2.3"}}
    await route(scope, receive, send)
    return status


def counting(work: Callable[[Download, Counter], Awaitable[None]]) -> None:
    async def running() -> None:
        counter = Counter()
        await work(Download(counter), counter)

    run(running())


def test_a_session_takes_four_files_at_once_and_is_told_to_wait_for_more() -> None:
    async def work(route: Download, counter: Counter) -> None:
        under_way = [asyncio.create_task(asked(route, ADA)) for _ in range(4)]
        await counter.reach(4)
        assert await asked(route, ADA) == 429
        counter.may_end.set()
        assert await asyncio.gather(*under_way) == [200] * 4
        assert await asked(route, ADA) == 200

    assert FILES_PER_SESSION == 4
    counting(work)


def test_what_one_session_takes_does_not_count_for_another_or_for_a_stranger() -> None:
    async def work(route: Download, counter: Counter) -> None:
        under_way = [asyncio.create_task(asked(route, ADA)) for _ in range(4)]
        more = [asyncio.create_task(asked(route, token)) for token in (QUIN, *[None] * 5)]
        await counter.reach(10)
        counter.may_end.set()
        assert await asyncio.gather(*under_way, *more) == [200] * 10

    counting(work)


def test_a_reader_who_is_gone_makes_room() -> None:
    async def work(route: Download, counter: Counter) -> None:
        gone = asyncio.Event()
        under_way = [asyncio.create_task(asked(route, ADA, gone)) for _ in range(4)]
        await counter.reach(4)
        gone.set()
        await asyncio.gather(*under_way)
        counter.may_end.set()
        assert await asked(route, ADA) == 200

    counting(work)


def test_a_file_that_fails_makes_room() -> None:
    async def failing(_request: Request) -> Response:
        raise ValueError

    async def work() -> None:
        route = Download(failing)
        for _ in range(5):
            with pytest.raises(ValueError, match=r"^$"):
                await asked(route, ADA)

    run(work())


@pytest.mark.parametrize(
    "path", ["/export/invoice/HARB-2026-0001.pdf", "/export/invoice/A/line/1/records.csv"]
)
def test_both_doors_of_files_are_counted(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    async def asked_for() -> list[tuple[int, str | None]]:
        waiting = 0
        may_end = asyncio.Event()

        async def taker(_request: Request, *, shows_the_bill: bool) -> None:
            nonlocal waiting
            waiting += 1
            await may_end.wait()
            raise Refused(PlainTextResponse(f"Refused, {shows_the_bill}.", 403))

        monkeypatch.setattr(exports, "taker_of", taker)
        transport = httpx.ASGITransport(app=Starlette(routes=[*exports.ROUTES]))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as person:
            first = [asyncio.create_task(person.get(path, headers=cookie(ADA))) for _ in range(4)]
            await until(lambda: waiting == 4)
            answers = [await person.get(path, headers=cookie(ADA))]
            may_end.set()
            answers += await asyncio.gather(*first)
        return [(each.status_code, each.headers.get("retry-after")) for each in answers]

    assert run(asked_for()) == [(429, "5"), *[(403, None)] * 4]


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unnoted(*_args: object, **_kwargs: object) -> None:
        return None

    monkeypatch.setattr(export_access, "note_denied", unnoted)
    monkeypatch.setattr(export_access, "_look_up", lambda *_: None)


@pytest.mark.usefixtures("no_session")
def test_a_session_is_looked_up_while_all_seats_make_files() -> None:
    async def work() -> None:
        seats = export_access._seats()
        for borrower in range(int(seats.total_tokens)):
            await seats.acquire_on_behalf_of(borrower)
        making = asyncio.create_task(beside(int))
        scope = {
            "type": "http",
            "query_string": b"",
            "headers": [(b"cookie", cookie(ADA)["cookie"].encode())],
        }
        with pytest.raises(Refused) as refused:
            await taker_of(Request(scope), shows_the_bill=True)
        assert refused.value.response.status_code == 401
        assert not making.done()
        for borrower in range(int(seats.total_tokens)):
            seats.release_on_behalf_of(borrower)
        assert await making == 0

    run(asyncio.wait_for(work(), PATIENCE))
