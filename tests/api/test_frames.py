"""Messages of a websocket that reach Streamlit."""

import pytest
from starlette.types import Message
from streamlit.proto.BackMsg_pb2 import BackMsg

from api.frames import is_sent_by_our_pages, only_ours
from tests.support.event_loop import run


def frame(kind: str) -> bytes:
    message = BackMsg()
    field = BackMsg.DESCRIPTOR.fields_by_name[kind]
    if field.message_type is None:
        setattr(message, kind, True)
    else:
        getattr(message, kind).SetInParent()
    return bytes(message.SerializeToString())


@pytest.mark.parametrize("kind", ["rerun_script", "stop_script", "app_heartbeat"])
def test_what_our_pages_send_passes(kind: str) -> None:
    assert is_sent_by_our_pages(frame(kind))


@pytest.mark.parametrize(
    "kind",
    [
        "clear_cache",
        "set_run_on_save",
        "load_git_info",
        "file_urls_request",
        "backend_operation_request",
        "debug_shutdown_runtime",
        "debug_disconnect_websocket",
    ],
)
def test_what_they_never_send_is_dropped(kind: str) -> None:
    assert not is_sent_by_our_pages(frame(kind))


def test_an_empty_message_is_dropped_and_an_unreadable_one_left_to_streamlit() -> None:
    assert not is_sent_by_our_pages(b"")
    assert is_sent_by_our_pages(b"\xff\xff\xff")


def test_text_in_place_of_a_message_is_dropped() -> None:
    arriving: list[Message] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "rerun"},
        {"type": "websocket.receive", "bytes": frame("clear_cache"), "text": None},
        {"type": "websocket.receive", "bytes": frame("stop_script")},
    ]

    async def receive() -> Message:
        return arriving.pop(0)

    async def received() -> list[Message]:
        ours = only_ours(receive)
        return [await ours(), await ours()]

    kinds = [each["type"] for each in run(received())]
    assert kinds == ["websocket.connect", "websocket.receive"]
    assert arriving == []
