"""Those who are not signed in come in one by one."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected

from api.frames import TOO_MANY, only_ours
from api.gate import Gate
from api.turns import Turns
from tests.api.test_frames import frame
from tests.support.event_loop import run

HERE, THERE = "192.0.2.1", "192.0.2.2"
OPENED: Scope = {
    "type": "websocket",
    "path": "/_stcore/stream",
    "headers": [(b"host", b"localhost"), (b"origin", b"http://localhost")],
    "client": None,
}


@pytest.fixture
def came() -> list[str]:
    return []


def test_an_address_that_asks_much_holds_up_itself(came: list[str]) -> None:
    turns = Turns(pause=0.001)

    async def come(address: str) -> None:
        await turns.come(address)
        came.append(address)

    async def crowd() -> None:
        async with asyncio.TaskGroup() as group:
            for address in (*[HERE] * 20, THERE):
                group.create_task(come(address))

    run(crowd())
    assert came.count(HERE) == 20
    assert came.index(THERE) <= 2


def test_whoever_comes_after_too_many_of_his_address_is_sent_away() -> None:
    turns = Turns(pause=0.001, most=3)

    async def crowd() -> list[bool]:
        return await asyncio.gather(*(turns.come(each) for each in (*[HERE] * 5, THERE)))

    assert run(crowd()) == [True, True, True, False, False, True]
    assert run(turns.come(HERE))


def test_a_visit_whose_turn_never_comes_ends() -> None:
    async def receive() -> Message:
        return {"type": "websocket.receive", "bytes": frame("rerun_script")}

    async def never() -> bool:
        return False

    async def received() -> Message:
        return await only_ours(receive, never)()

    assert run(received()) == {"type": "websocket.disconnect", "code": TOO_MANY}


def test_a_websocket_without_a_session_waits_for_its_turn() -> None:
    sent: list[Message] = []

    async def streamlit(_scope: Scope, receive: Receive, _send: Send) -> None:
        assert (await receive())["type"] == "websocket.disconnect"

    async def receive() -> Message:
        return {"type": "websocket.receive", "bytes": frame("rerun_script")}

    async def send(message: Message) -> None:
        sent.append(message)

    run(Gate(streamlit, Turns(most=0))(OPENED, receive, send))
    assert sent == [{"type": "websocket.close", "code": TOO_MANY}]


def test_a_browser_that_has_gone_is_no_failure() -> None:
    """Whoever opens websockets and leaves them would fill the log otherwise, a page for each."""

    async def streamlit(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise WebSocketDisconnected

    async def receive() -> Message:
        return {}

    async def send(_message: Message) -> None:
        return

    run(Gate(streamlit)(OPENED, receive, send))
