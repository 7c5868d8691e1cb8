"""What a stream tells, in which order, and when it ends, without a portal around it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from itertools import count
from typing import Any

import pytest

from api import live_stream
from api.live_stream import EventStream, Stream
from db.queries.live import Watched
from tests.support.event_loop import run

Sent = list[MutableMapping[str, Any]]
OF_A_CLIENT = Watched(session_hash=b"a" * 32, client_id=1)
OF_A_SESSION = Watched(session_hash=b"a" * 32, client_id=None)


def parts(watched: Watched, work: Callable[[Stream], Awaitable[list[bytes]]]) -> list[bytes]:
    """What the work read from a new stream at version 5."""

    async def running() -> list[bytes]:
        return await work(Stream(watched, 5))

    return run(running())


def test_the_version_is_told_at_once_and_again_only_when_it_grew() -> None:
    async def work(stream: Stream) -> list[bytes]:
        first = await stream.next_part()
        for version in (5, 4, 6, 7, 7):
            stream.reach(version)
        return [first, await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [
        b'event: version\ndata: {"version": 5}\n\n',
        b'event: version\ndata: {"version": 7}\n\n',
    ]


def test_f36_after_the_database_was_away_the_version_is_told_again() -> None:
    async def work(stream: Stream) -> list[bytes]:
        await stream.next_part()
        stream.reach(6)
        stream.lose()
        stream.lose()
        away = await stream.next_part()
        stream.reach(6)
        return [away, await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [
        b'event: version\ndata: {"version": 6}\n\nevent: away\ndata: {}\n\n',
        b'event: version\ndata: {"version": 6}\n\n',
    ]


def test_of_news_that_nobody_took_the_last_word_comes_last() -> None:
    async def work(stream: Stream) -> list[bytes]:
        stream.lose()
        stream.reach(6)
        return [await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [
        b'event: away\ndata: {}\n\nevent: version\ndata: {"version": 6}\n\n'
    ]


def test_f46_an_ended_session_is_told_and_closes_the_stream() -> None:
    async def work(stream: Stream) -> list[bytes]:
        await stream.next_part()
        stream.end()
        return [await stream.next_part(), await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [b"event: ended\ndata: {}\n\n", b""]


def test_a_closed_stream_ends_without_a_word() -> None:
    async def work(stream: Stream) -> list[bytes]:
        await stream.next_part()
        stream.close()
        return [await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [b""]


def test_where_nothing_is_new_a_sign_of_life_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "SIGN_OF_LIFE_EVERY", 0.0)

    async def work(stream: Stream) -> list[bytes]:
        await stream.next_part()
        return [await stream.next_part(), await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [b": \n\n", b": \n\n"]


def test_time_alone_wakes_a_page_that_shows_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "MOMENT_EVERY", 0.0)

    async def work(stream: Stream) -> list[bytes]:
        return [await stream.next_part(), await stream.next_part()]

    assert parts(OF_A_CLIENT, work) == [
        b'event: version\ndata: {"version": 5}\n\nevent: moment\ndata: {}\n\n',
        b"event: moment\ndata: {}\n\n",
    ]


def test_pages_opened_together_are_woken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "monotonic", lambda: 0.0)
    moments = {Stream(OF_A_CLIENT, 5)._moment_at for _ in range(50)}
    assert len(moments) > 40
    assert min(moments) >= 150
    assert max(moments) <= 300


def test_a_page_without_figures_is_not_woken_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stream, "MOMENT_EVERY", 0.0)

    async def work(stream: Stream) -> list[bytes]:
        return [await stream.next_part(), await stream.next_part()]

    assert parts(OF_A_SESSION, work) == [
        b'event: version\ndata: {"version": 5}\n\n',
        b": \n\n",
    ]


def test_a_slow_reader_is_cut_off_and_nothing_is_kept_for_him() -> None:
    async def running() -> tuple[Sent, int]:
        stream, sent, versions = Stream(OF_A_CLIENT, 5), Sent(), count(6)

        async def send(message: MutableMapping[str, Any]) -> None:
            if len(sent) == 2:
                await asyncio.Event().wait()
            sent.append(message)
            for _ in range(1_000):
                stream.reach(next(versions))

        await EventStream(stream, patience=0.01)({}, silent, send)
        return sent, len(stream._news)

    sent, kept = run(running())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert kept == 0


def test_a_reader_who_leaves_ends_the_stream() -> None:
    async def running() -> Sent:
        sent, begun = Sent(), asyncio.Event()

        async def receive() -> MutableMapping[str, Any]:
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                begun.set()

        await EventStream(Stream(OF_A_CLIENT, 5))({}, receive, send)
        return sent

    assert run(running())[-1]["more_body"] is True


async def silent() -> MutableMapping[str, Any]:
    """A reader who says nothing more."""
    await asyncio.Event().wait()
    raise AssertionError
