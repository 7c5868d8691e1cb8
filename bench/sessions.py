"""Many viewers at once: websocket sessions that speak Streamlit's protobuf, in one process."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

LARGEST_MESSAGE = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the sessions are asked to do."""

    url: str  #: of the portal, `http://127.0.0.1:8501`
    page: str = ""  #: its URL path; empty for the first page
    cookies: tuple[str, ...] = ()  #: `name=value`, one signed-in session each, taken by turns
    sessions: int = 20
    seconds: float = 10.0  #: how long reruns are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What came of it."""

    reruns: int
    seconds: float
    median_ms: float  #: from the request of a rerun to its last message
    p95_ms: float
    messages: int  #: of the last rerun of one session
    exceptions: int  #: exception elements seen by any session


@dataclass(slots=True)
class Session:
    """One viewer's open page."""

    connection: ClientConnection
    page: str
    hashes: list[str] = field(default_factory=list)
    messages: int = 0
    exceptions: int = 0

    async def rerun(self) -> float:
        """Ask for one rerun and read it to its end; the seconds it took."""
        asked = BackMsg()
        asked.rerun_script.page_name = self.page
        asked.rerun_script.cached_message_hashes.extend(self.hashes)
        started = time.perf_counter()
        await self.connection.send(asked.SerializeToString())
        await self._read()
        return time.perf_counter() - started

    async def _read(self) -> None:
        self.messages = 0
        while True:
            message = ForwardMsg()
            message.ParseFromString(bytes(await self.connection.recv(decode=False)))
            self.messages += 1
            if message.metadata.cacheable and message.hash:
                self.hashes.append(message.hash)
            if message.delta.new_element.HasField("exception"):
                self.exceptions += 1
            if message.WhichOneof("type") == "script_finished":
                return


async def measure(load: Load) -> Counted:
    """Open the sessions, let each rerun once, then count reruns for the seconds asked."""
    opened = [await _open(load, number) for number in range(load.sessions)]
    await asyncio.gather(*(each.rerun() for each in opened))
    started = time.perf_counter()
    until = started + load.seconds
    taken = await asyncio.gather(*(_rerun_until(each, until) for each in opened))
    elapsed = time.perf_counter() - started
    for each in opened:
        await each.connection.close()
    every = sorted(seconds for one in taken for seconds in one)
    return Counted(
        reruns=len(every),
        seconds=elapsed,
        median_ms=every[len(every) // 2] * 1000,
        p95_ms=every[len(every) * 95 // 100] * 1000,
        messages=opened[0].messages,
        exceptions=sum(each.exceptions for each in opened),
    )


async def _open(load: Load, number: int) -> Session:
    cookies = load.cookies
    headers = {"Cookie": cookies[number % len(cookies)]} if cookies else {}
    connection = await connect(
        load.url.replace("http", "ws", 1) + "/_stcore/stream",
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"Origin": load.url, **headers},
        max_size=LARGEST_MESSAGE,
        compression=None,
    )
    return Session(connection=connection, page=load.page)


async def _rerun_until(session: Session, until: float) -> list[float]:
    taken = []
    while time.perf_counter() < until:
        taken.append(await session.rerun())
    return taken


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(measure(Load(**json.loads(sys.argv[1])))))))
