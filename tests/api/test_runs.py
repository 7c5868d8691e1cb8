"""What a person asks for goes before what pages ask for by themselves."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from api.gate import Gate
from api.runs import Runs, Visit
from api.turns import Turns
from app import app
from components import state
from tests.api.test_turns import OPENED
from tests.support.event_loop import run

WAKE = "live_wake"
FOREVER = 3600.0


def asked(trigger: str = "", value: str = "[]") -> Message:
    """A browser's wish for a run; with the name of a component, one by itself."""
    message = BackMsg()
    message.rerun_script.fragment_id = "part"
    if trigger:
        name = f"$$STREAMLIT_INTERNAL_KEY_$$ID-0a1b-{trigger}__events"
        message.rerun_script.widget_states.widgets.add(id=name, json_trigger_value=value)
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


ACT, WOKEN = asked(), asked(WAKE)
ALIVE: Message = {
    "type": "websocket.receive",
    "bytes": BackMsg(app_heartbeat=True).SerializeToString(),
}
GONE: Message = {"type": "websocket.disconnect", "code": 1001}


def ended(status: "ForwardMsg.ScriptFinishedStatus.ValueType") -> Message:
    message = ForwardMsg(script_finished=status)
    return {"type": "websocket.send", "bytes": message.SerializeToString()}


ENDED = ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
AGAIN = ended(ForwardMsg.FINISHED_EARLY_FOR_RERUN)


class Browser:
    """An open page whose websocket goes through a visit."""

    def __init__(self, runs: Runs) -> None:
        self.sends: asyncio.Queue[Message] = asyncio.Queue()
        self.told: list[Message] = []
        self.visit = Visit(runs, WAKE, self.sends.get, self._tell)

    async def _tell(self, message: Message) -> None:
        self.told.append(message)

    async def passes(self, message: Message) -> None:
        """Send something that comes in at once."""
        self.sends.put_nowait(message)
        assert await self.visit.receive() == message

    async def waits(self, message: Message) -> "asyncio.Task[Message]":
        """Send something that is held."""
        self.sends.put_nowait(message)
        received = asyncio.create_task(self.visit.receive())
        await settled()
        assert not received.done()
        return received


async def settled() -> None:
    """Let everything go on that can go on."""
    for _ in range(20):
        await asyncio.sleep(0)


Story = Callable[[Browser, Browser], Coroutine[Any, Any, None]]


def told(story: Story, *, longest: float = FOREVER) -> None:
    """Let two pages live a story on a process in which one run goes on at once."""

    async def living() -> None:
        runs = Runs(at_once=1, longest=longest)
        await story(Browser(runs), Browser(runs))

    run(living())


def test_a_page_is_woken_at_once_while_nothing_runs() -> None:
    async def story(page: Browser, _other: Browser) -> None:
        await page.passes(WOKEN)

    told(story)


def test_a_page_is_woken_when_the_run_before_has_ended() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(WOKEN)
        woken = await other.waits(WOKEN)
        await page.visit.send(ENDED)
        assert await woken == WOKEN
        assert page.told == [ENDED]

    told(story)


def test_nobody_who_acts_is_held_up() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        await other.passes(ACT)

    told(story)


def test_a_run_that_another_takes_the_place_of_has_not_ended() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        woken = await other.waits(WOKEN)
        await page.visit.send(AGAIN)
        await settled()
        assert not woken.done()

    told(story)


def test_an_act_takes_the_place_of_what_its_own_page_waited_for() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        received = await other.waits(WOKEN)
        other.sends.put_nowait(ACT)
        assert await received == ACT
        await page.visit.send(ENDED)
        await other.visit.send(ENDED)
        await other.passes(ALIVE)

    told(story)


def test_a_sign_of_life_comes_in_while_a_wake_waits_and_leaves_it_its_place() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        received = await other.waits(WOKEN)
        other.sends.put_nowait(ALIVE)
        assert await received == ALIVE
        woken = asyncio.create_task(other.visit.receive())
        await page.visit.send(ENDED)
        assert await woken == WOKEN

    told(story)


def test_a_page_that_is_closed_holds_nobody_up() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        woken = await other.waits(WOKEN)
        page.visit.close()
        assert await woken == WOKEN

    told(story)


def test_a_page_that_is_closed_while_it_waits_does_not_take_the_turn_of_another() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        received = await other.waits(WOKEN)
        other.sends.put_nowait(GONE)
        assert await received == GONE
        other.visit.close()
        await page.visit.send(ENDED)
        await page.passes(WOKEN)

    told(story)


def test_a_run_that_takes_long_holds_nobody_up() -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        other.sends.put_nowait(WOKEN)
        assert await other.visit.receive() == WOKEN

    told(story, longest=0.001)


@pytest.mark.parametrize(
    "message",
    [asked("live_watch"), asked(WAKE, ""), {"type": "websocket.receive", "bytes": b"\xff"}],
)
def test_whatever_is_no_wake_comes_in_at_once(message: Message) -> None:
    async def story(page: Browser, other: Browser) -> None:
        await page.passes(ACT)
        await other.passes(message)

    told(story)


def test_the_gate_lets_no_page_be_woken_beside_many_that_act() -> None:
    came: list[Message] = []

    async def living() -> None:
        over = asyncio.Event()

        async def streamlit(_scope: Scope, receive: Receive, _send: Send) -> None:
            came.append(await receive())
            await over.wait()

        gate = Gate(streamlit, Turns(pause=0), WAKE)
        async with asyncio.TaskGroup() as group:
            for message in (ACT, ACT, ACT, WOKEN):
                group.create_task(gate(OPENED, _sending(message), _nowhere))
                await settled()
            assert came == [ACT, ACT, ACT]
            over.set()

    run(living())
    assert came == [ACT, ACT, ACT, WOKEN]


def test_the_portal_says_by_what_its_pages_are_woken() -> None:
    assert {"wake": state.WAKE} in [each.kwargs for each in app._user_middleware]


def _sending(message: Message) -> Receive:
    sends: asyncio.Queue[Message] = asyncio.Queue()
    sends.put_nowait(message)
    return sends.get


async def _nowhere(_message: Message) -> None:
    return
