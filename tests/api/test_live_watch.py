"""The one question for all open pages: when it is asked, and who is told what."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from api.live_stream import Stream
from api.watch import Watcher
from db.queries.live import Watched
from tests.support.event_loop import run

#: The longest that a busy machine may take, seconds.
PATIENCE = 60
ADA = Watched(session_hash=b"a" * 32, client_id=1)
QUIN = Watched(session_hash=b"q" * 32, client_id=2)


class Database:
    """Answers with what a test set, and counts the questions."""

    def __init__(self) -> None:
        self.versions: dict[Watched, int] = {ADA: 5, QUIN: 7}
        self.asked: list[Sequence[Watched]] = []
        self.answers = threading.Event()
        self.answers.set()
        self.is_away = False

    def ask(self, watched: Sequence[Watched]) -> Mapping[Watched, int]:
        self.asked.append(watched)
        assert self.answers.wait(PATIENCE)
        if self.is_away:
            raise ConnectionError
        return {each: version for each, version in self.versions.items() if each in watched}


def watch(
    work: Callable[[Watcher, Database], Awaitable[None]], *, late: float = 60.0
) -> Sequence[Sequence[Watched]]:
    """Do some work beside a watcher that never rests; what it asked meanwhile."""
    database = Database()

    async def running() -> None:
        watcher = Watcher(database.ask, every=0, late=late)
        task = asyncio.create_task(watcher.run())
        await work(watcher, database)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(running())
    return database.asked


async def next_answer(database: Database, more: int = 2) -> None:
    """Wait until questions that began later were asked."""
    enough = len(database.asked) + more
    await until(lambda: len(database.asked) >= enough)


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_true():  # noqa: ASYNC110 - a thread makes it true
            await asyncio.sleep(0.001)


async def turns_of_the_loop() -> None:
    for _ in range(1_000):
        await asyncio.sleep(0)


def test_while_nobody_watches_nothing_is_asked() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        await turns_of_the_loop()
        assert database.asked == []
        with watcher.telling(Stream(ADA, 5)):
            await next_answer(database)
        await until(lambda: not watcher._seat.borrowed_tokens)
        await turns_of_the_loop()
        asked = len(database.asked)
        await turns_of_the_loop()
        assert len(database.asked) == asked

    assert watch(work)


def test_one_question_serves_all_pages_and_names_each_pair_once() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        first, second, other = Stream(ADA, 5), Stream(ADA, 5), Stream(QUIN, 7)
        with watcher.telling(first), watcher.telling(second), watcher.telling(other):
            await next_answer(database)

    asked = watch(work)
    assert max(map(len, asked)) == 2
    assert {pair for pairs in asked for pair in pairs} == {ADA, QUIN}


def test_t4_each_stream_is_told_its_own_clients_version_only() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        ada, quin = Stream(ADA, 5), Stream(QUIN, 7)
        await ada.next_part(), await quin.next_part()
        with watcher.telling(ada), watcher.telling(quin):
            database.versions[QUIN] = 412
            assert await quin.next_part() == b'event: version\ndata: {"version": 412}\n\n'
            await next_answer(database)
            database.versions[ADA] = 6
            assert await ada.next_part() == b'event: version\ndata: {"version": 6}\n\n'

    watch(work)


def test_f46_a_pair_that_is_missing_from_the_answer_has_ended() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        ada, quin = Stream(ADA, 5), Stream(QUIN, 7)
        await ada.next_part(), await quin.next_part()
        with watcher.telling(ada), watcher.telling(quin):
            del database.versions[ADA]
            assert await ada.next_part() == b"event: ended\ndata: {}\n\n"
            assert await ada.next_part() == b""
            database.versions[QUIN] = 8
            assert await quin.next_part() == b'event: version\ndata: {"version": 8}\n\n'

    watch(work)


def test_a_page_that_opened_while_an_answer_was_awaited_is_not_ended_by_it() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        database.answers.clear()
        with watcher.telling(Stream(QUIN, 7)):
            await next_answer(database, 1)
            ada = Stream(ADA, 5)
            await ada.next_part()
            with watcher.telling(ada):
                database.answers.set()
                database.versions[ADA] = 6
                assert await ada.next_part() == b'event: version\ndata: {"version": 6}\n\n'

    assert watch(work)[0] == (QUIN,)


def test_f36_a_database_that_is_away_is_told_once_and_its_return_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        ada = Stream(ADA, 5)
        await ada.next_part()
        with watcher.telling(ada):
            database.is_away = True
            assert await ada.next_part() == b"event: away\ndata: {}\n\n"
            await next_answer(database, 5)
            database.is_away = False
            assert await ada.next_part() == b'event: version\ndata: {"version": 5}\n\n'

    watch(work)
    assert capsys.readouterr().out.count("watch_failed") == 1


def test_f37_a_database_that_does_not_answer_in_time_is_told_as_away() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        ada = Stream(ADA, 5)
        await ada.next_part()
        database.answers.clear()
        with watcher.telling(ada):
            assert await ada.next_part() == b"event: away\ndata: {}\n\n"
            await until(lambda: bool(database.asked))
            await turns_of_the_loop()
            assert len(database.asked) == 1
            database.answers.set()
            assert await ada.next_part() == b'event: version\ndata: {"version": 5}\n\n'

    watch(work, late=0.01)


def test_a_session_holds_eight_streams_and_no_more() -> None:
    async def work(watcher: Watcher, _database: Database) -> None:
        held = [watcher.telling(Stream(ADA, 5)) for _ in range(8)]
        for each in held:
            assert watcher.has_room(ADA.session_hash)
            each.__enter__()
        assert not watcher.has_room(ADA.session_hash)
        assert watcher.has_room(QUIN.session_hash)
        held[0].__exit__(None, None, None)
        assert watcher.has_room(ADA.session_hash)

    watch(work)


def test_a_stop_closes_all_streams() -> None:
    async def work(watcher: Watcher, database: Database) -> None:
        ada = Stream(ADA, 5)
        await ada.next_part()
        with watcher.telling(ada):
            watcher.close()
            assert await ada.next_part() == b""
        assert watcher.is_closed

    watch(work)
