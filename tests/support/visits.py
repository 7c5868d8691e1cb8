"""A visit to a portal over its websocket, without a browser: what an attacker's program does."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.support.portal import Portal

#: The longest that one message may take on a busy machine, seconds.
PATIENCE = 60
#: What a widget says; a list: what a component tells once.
Widget = str | bool | list[object]
#: How Streamlit names what a component tells once.
_TRIGGER = "$$STREAMLIT_INTERNAL_KEY_"
_RUNS_AGAIN = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


@dataclass
class Visit:
    """One websocket to the portal."""

    socket: ClientConnection
    session_id: str = ""
    elements: list[str] = field(default_factory=list)  #: of the last run, as text

    @classmethod
    @contextmanager
    def to(
        cls,
        portal: Portal,
        cookies: Mapping[str, str] | None = None,
        *,
        resumes: str | None = None,
        headers: Mapping[str, str] | None = None,
        origin: str | None = None,
        address: str = "127.0.0.1",
    ) -> Iterator[Self]:
        """Open a websocket; `resumes` names the visit to take up again, `address` is one's own."""
        cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        asked = ["streamlit", "none", *([resumes] if resumes else [])]
        opened = connect(
            f"ws://{portal.host}/_stcore/stream",
            origin=Origin(origin or f"http://{portal.host}"),
            subprotocols=[Subprotocol(each) for each in asked],
            additional_headers={**({"Cookie": cookie} if cookie else {}), **(headers or {})},
            max_size=None,
            source_address=(address, 0),
            legacy=False,
        )
        with opened as socket:
            yield cls(socket=socket)

    def run(
        self,
        page: str = "",
        query: str = "",
        widgets: Mapping[str, Widget] | None = None,
        fragment: str = "",
        zone: str = "",
    ) -> Self:
        """Run the script or a fragment, with values for widgets by their ids; keep what it drew."""
        asked = BackMsg()
        asked.rerun_script.query_string = query
        asked.rerun_script.page_name = page
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.context_info.timezone = zone
        for widget_id, value in (widgets or {}).items():
            asked.rerun_script.widget_states.widgets.append(_state(widget_id, value))
        self.socket.send(asked.SerializeToString())
        self.elements = list(self._drawn())
        return self

    def sees(self, text: str) -> bool:
        """Whether the last run drew a text."""
        return any(text in element for element in self.elements)

    def fragment(self) -> str:
        """The id of the fragment that the last run drew."""
        ids = (element.split('fragment_id: "', 1) for element in self.elements)
        return next(parts[1].split('"', 1)[0] for parts in ids if len(parts) > 1)

    def widget(self, label: str) -> str:
        """The id of the widget with a label."""
        for element in self.elements:
            if f'label: "{label}"' in element:
                return element.split('id: "', 1)[1].split('"', 1)[0]
        raise AssertionError(f"no widget {label!r} in {self.elements}")

    def trigger(self, component: str) -> str:
        """The id under which a component's news are sent."""
        for element in self.elements:
            if f'component_name: "{component}"' in element:
                mounted = element.split('id: "', 1)[1].split('"', 1)[0]
                return f"{_TRIGGER}{mounted}__events"
        raise AssertionError(f"no component {component!r} in {self.elements}")

    def _drawn(self) -> Iterator[str]:
        while True:
            message = ForwardMsg.FromString(self.socket.recv(PATIENCE, decode=False))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id
            elif kind == "delta":
                yield str(message.delta)
            elif kind == "script_finished" and message.script_finished != _RUNS_AGAIN:
                return


def _state(widget_id: str, value: Widget) -> WidgetState:
    if isinstance(value, list):
        return WidgetState(id=widget_id, json_trigger_value=json.dumps(value))
    if isinstance(value, bool):
        return WidgetState(id=widget_id, trigger_value=value)
    return WidgetState(id=widget_id, string_value=value)
