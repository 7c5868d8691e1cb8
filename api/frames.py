"""Which of a page's messages reach Streamlit.

Streamlit's server also obeys messages that our pages never send: to empty everybody's
caches, to read the server's repository, to install files on the server. They are dropped.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive
from streamlit.proto.BackMsg_pb2 import BackMsg

#: Run the page, stop a run, be alive.
_SENT_BY_OUR_PAGES: Final = frozenset({"rerun_script", "stop_script", "app_heartbeat"})
#: "Try again later", as websockets say it.
TOO_MANY: Final = 1013


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
