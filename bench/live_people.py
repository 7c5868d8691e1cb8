"""Two hundred people at work, in a process of their own: python -m bench.live_people JSON.

Posted events come in by standard input, a JSON object a line, as `bench.live_posting` prints them.
What was seen goes out by standard output, a JSON object a line: `joined`, then the counted.
"""

import asyncio
import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import cycle, islice

import httpx
from websockets.exceptions import WebSocketException

from bench.live_acts import Act, acts
from bench.live_person import Person, RefusedError
from bench.live_samples import Samples

AT_ONCE = 6  #: people who sign in at the same time
LONGEST = 90.0  #: seconds for a person to be where his turn begins
TRIES = 10  #: until a person gives up signing in
FAULTS = (RefusedError, TimeoutError, KeyError, OSError, httpx.HTTPError, WebSocketException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the people are asked to do."""

    url: str
    password: str
    people: tuple[tuple[str, str], ...]  #: address and client of each
    today: str
    warm: float  #: seconds of work before the clock starts
    seconds: float  #: how long is counted
    every: float = 30.0  #: seconds between two acts of a person
    live: bool = True  #: whether pages hold a stream

    def as_json(self) -> str:
        """As the program takes it."""
        return json.dumps(asdict(self))


async def work(asked: Work) -> Samples:
    """Let all sign in, act for the time asked, and go."""
    samples, today = Samples(), date.fromisoformat(asked.today)
    people = [
        Person(url=asked.url, email=email, client=client, samples=samples, today=today)
        for email, client in asked.people
    ]
    web = httpx.AsyncClient(
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # each person keeps his own
        timeout=60,
        trust_env=False,
    )
    async with web:
        listening = asyncio.create_task(_listen(people, samples))
        joined = await _join(people, asked, web)
        _tell({"joined": len(joined)})
        await _work(joined, asked, web, samples)
        listening.cancel()
        await asyncio.gather(*(each.close() for each in joined), return_exceptions=True)
    return samples


async def _join(people: Sequence[Person], asked: Work, web: httpx.AsyncClient) -> list[Person]:
    """Sign in, open the page, and be where the person's turn begins; a few at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def join(number: int, person: Person) -> Person | None:
        async with gate:
            for _ in range(TRIES):
                try:
                    async with asyncio.timeout(LONGEST):
                        await person.sign_in(web, asked.password)
                        await person.reload(web, live=asked.live)
                        return await _placed(person, _place(number, asked))
                except FAULTS as fault:
                    person.samples.error(f"did not get in: {type(fault).__name__}")
                    print(f"{person.email} did not get in: {fault!r}", file=sys.stderr)
                    await person.close()
            return None

    found = await asyncio.gather(*(join(*each) for each in enumerate(people)))
    return [each for each in found if each is not None]


async def _placed(person: Person, place: int) -> Person:
    """Do what comes before a place in the turn."""
    every = acts(person.today)
    for act in every[: place % len(every)]:
        await person.act(act)
    return person


def _place(number: int, asked: Work) -> int:
    """Where in the turn of acts a person begins: colleagues of a client at different places."""
    clients = len({client for _, client in asked.people})
    return number + number // clients * 3


async def _work(
    joined: Sequence[Person], asked: Work, web: httpx.AsyncClient, samples: Samples
) -> None:
    began = time.monotonic()
    starts, ends = began + asked.warm, began + asked.warm + asked.seconds
    working = [
        asyncio.create_task(_act_until(person, number, asked, web, (began, ends)))
        for number, person in enumerate(joined)
    ]
    await asyncio.sleep(starts - time.monotonic())
    gc.collect()
    gc.freeze()
    samples.counts = True
    await asyncio.sleep(ends - time.monotonic())
    samples.counts = False
    samples.wanted_acts = round(len(asked.people) * asked.seconds / asked.every)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)


async def _act_until(
    person: Person, number: int, asked: Work, web: httpx.AsyncClient, times: tuple[float, float]
) -> None:
    began, ends = times
    turn = _turn(person, _place(number, asked))
    due = began + asked.every * number / len(asked.people)
    while due < ends:
        await asyncio.sleep(max(due - time.monotonic(), 0))
        act = next(turn)
        try:
            person.samples.act(act.name, await person.act(act))
        except FAULTS as fault:
            person.samples.error(f"{act.name}: {type(fault).__name__}")
            print(f"{person.email}, {act.name}: {fault!r}", file=sys.stderr)
            with suppress(*FAULTS):
                await person.reload(web, live=asked.live)
            turn = _turn(person, 0)
        for each in person.awaited.values():
            each.give_up()
        due += asked.every


def _turn(person: Person, place: int) -> Iterator[Act]:
    every = acts(person.today)
    return islice(cycle(every), place % len(every), None)


async def _listen(people: Sequence[Person], samples: Samples) -> None:
    """Hear of posted events, and tell those whose client they are of."""
    of_client: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        of_client[person.client].append(person)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        told = json.loads(line)
        if "failed" in told:
            samples.error(f"post: {told['failed']}")
            continue
        samples.posted += samples.counts
        for person in of_client[told["client"]]:
            person.post(told["meter"], told["total"], told["at"])


def _tell(told: object) -> None:
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    given["people"] = tuple(map(tuple, given["people"]))
    _tell(asdict(asyncio.run(work(Work(**given)))))
