"""Which of a page's messages reach Streamlit, and what those that pass between them are about.

Streamlit's server also obeys messages that our pages never send: to empty everybody's
caches, to read the server's repository, to install files on the server. They are dropped.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

#: Run the page, stop a run, be alive.
_SENT_BY_OUR_PAGES: Final = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
#: "Try again later", as websockets say it.
TOO_MANY: Final = 1013
#: Bytes; what says that a run has ended is shorter.
_LONGEST_END: Final = 1_000


def is_sent_by_our_pages(frame: bytes) -> bool:
    """Whether a websocket's frame is one that our pages send; one that can't be read is.

    Streamlit itself ends the connection on a frame that can't be read.
    """
    try:
        return BackMsg.FromString(frame).WhichOneof("type") in _SENT_BY_OUR_PAGES
    except DecodeError:
        return True


def only_ours(receive: Receive, turn: Callable[[], Awaitable[bool]] | None = None) -> Receive:
    """Receive a websocket's messages without those that our pages never send.

    Args:
        receive: What the browser sends.
        turn: Waits until one more message may come in; False: none may, and the visit ends.
    """

    async def receive_ours() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            frame = message.get("bytes")
            if frame is not None and is_sent_by_our_pages(frame):
                allowed = turn is None or await turn()
                return message if allowed else {"type": "websocket.disconnect", "code": TOO_MANY}

    return receive_ours


def asks_for_a_run(message: Message) -> bool:
    """Whether a page asks to be drawn, in part or in whole."""
    return _asked(message) is not None


def is_a_wake(message: Message, component: str) -> bool:
    """Whether a page asks by itself for a part of it to be drawn again.

    Args:
        message: Of the browser.
        component: The key of the component with which a page asks for that.
    """
    asked = _asked(message)
    return asked is not None and any(
        each.id.endswith(f"-{component}__events") and each.json_trigger_value
        for each in asked.rerun_script.widget_states.widgets
    )


def ends_a_run(message: Message) -> bool:
    """Whether a page is told that its run has ended, and that no other takes its place."""
    frame = message.get("bytes")
    if message["type"] != "websocket.send" or not frame or len(frame) > _LONGEST_END:
        return False
    told = ForwardMsg.FromString(frame)
    if told.WhichOneof("type") != "script_finished":
        return False
    return bool(told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN)


def _asked(message: Message) -> BackMsg | None:
    """What asks for a run, if it is that; what can't be read is Streamlit's matter."""
    if message["type"] != "websocket.receive":
        return None
    try:
        asked = BackMsg.FromString(message.get("bytes") or b"")
    except DecodeError:
        return None
    return asked if asked.WhichOneof("type") == "rerun_script" else None
