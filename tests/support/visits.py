"""A visit to a portal over its websocket, without a browser: what an attacker's program does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from google.protobuf import text_format
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

from tests.support.portal import Portal

#: The longest that one message may take on a busy machine, seconds.
PATIENCE = 60


@dataclass
class Visit:
    """One websocket to the portal."""

    socket: ClientConnection
    session_id: str = ""
    elements: list[str] = field(default_factory=list)  #: of the last run, as text

    @classmethod
    def to(
        cls,
        portal: Portal,
        cookies: Mapping[str, str] | None = None,
        *,
        resumes: str | None = None,
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
    ) -> Self:
        """Open a websocket; `resumes` names the visit to take up again."""
        cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        socket = connect(
            f"ws://{portal.host}/_stcore/stream",
            origin=origin or f"http://{portal.host}",  # type: ignore[arg-type]  # a plain string
            subprotocols=["streamlit", "none", *([resumes] if resumes else [])],  # type: ignore[list-item]  # as Streamlit's page sends them
            additional_headers={**({"Cookie": cookie} if cookie else {}), **(headers or {})},
            max_size=None,
        )
        return cls(socket=socket)

    def run(self, page: str = "", query: str = "", **widgets: str | bool) -> Self:
        """Run the script once, with values for widgets by their ids, and keep what it drew."""
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = page
        for widget_id, value in widgets.items():
            asked.rerun_script.widget_states.widgets.append(_state(widget_id, value))
        self.socket.send(asked.SerializeToString())
        self.elements = list(self._drawn())
        return self

    def sees(self, text: str) -> bool:
        """Whether the last run drew a text."""
        return any(text in element for element in self.elements)

    def widget(self, label: str) -> str:
        """The id of the widget with a label."""
        for element in self.elements:
            if f'label: "{label}"' in element:
                return element.split('id: "', 1)[1].split('"', 1)[0]
        raise AssertionError(f"no widget {label!r} in {self.elements}")

    def close(self) -> None:
        """Close the websocket."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drawn(self) -> Iterator[str]:
        while True:
            message = ForwardMsg.FromString(self.socket.recv(PATIENCE, decode=False))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id
            elif kind == "delta":
                yield text_format.MessageToString(message.delta, as_utf8=True)
            elif kind == "script_finished":
                return


def _state(widget_id: str, value: str | bool) -> WidgetState:
    if isinstance(value, bool):
        return WidgetState(id=widget_id, trigger_value=value)
    return WidgetState(id=widget_id, string_value=value)
