"""One open page as a browser holds it: the elements drawn last, put together from messages."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

FAILED: Final = (b"could not be shown", b"does not answer at the moment")
_TEXTS: Final = frozenset({"html", "markdown", "heading", "text", "alert"})
_CODE: Final = re.compile(rb"acct-\d\d")
_AGE: Final = 2  #: runs for which a browser keeps a message that may be sent as a reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What stands at one place of the page."""

    run: str
    fragment: str
    kind: str
    text: str  #: of what is read; else empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Widget:
    """Something that a person may change."""

    id: str
    fragment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """The mounted component that wakes its fragment, as `components/wake.js` knows it."""

    widget: Widget
    version: int  #: of the records that are drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of one run."""

    run: str
    in_fragment: bool
    again: bool  #: whether the same request goes on in another run


@dataclass(slots=True)
class Page:
    """What one browser shows, and what it must never be shown."""

    client: str
    elements: dict[tuple[int, ...], Element] = field(default_factory=dict)
    widgets: dict[str, Widget] = field(default_factory=dict)  #: by label
    wake: Wake | None = None
    query: str = ""  #: of its address
    script: str = ""  #: which page it is
    values: dict[str, WidgetState] = field(default_factory=dict)  #: chosen, by widget
    is_running: bool = False  #: whether the server said that a run is under way
    posts: Mapping[str, str] = field(default_factory=dict)  #: fields that it asks to be posted
    foreign: int = 0  #: elements with another client's name
    failures: int = 0
    messages: int = 0
    _kept: dict[str, tuple[int, ForwardMsg]] = field(default_factory=dict)
    _runs: int = 0
    _run: str = ""  #: whose messages come now

    @property
    def hashes(self) -> list[str]:
        """Of the messages that need not be sent again."""
        return list(self._kept)

    def take(self, frame: bytes) -> Finished | None:
        """Take one message; gives the end of a run if it is one."""
        self.messages += 1
        self.foreign += any(code != self.client.encode() for code in _CODE.findall(frame))
        message = ForwardMsg.FromString(frame)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            metadata, message = message.metadata, self._kept[message.ref_hash][1]
            message.metadata.CopyFrom(metadata)
            kind = message.WhichOneof("type")
        if message.hash and message.metadata.cacheable:
            self._kept[message.hash] = (self._runs, message)
        if kind == "new_session":
            self._run = message.metadata.run.script_run_id
            self._turn_to(message.new_session.page_script_hash)
        elif kind == "session_status_changed":
            self.is_running = message.session_status_changed.script_is_running
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta":
            self._draw(message)
        elif kind == "script_finished":
            return self._finish(message)
        return None

    def reads(self, pattern: "re.Pattern[str]") -> "re.Match[str] | None":
        """Find a pattern in what is drawn as text."""
        for element in self.elements.values():
            if element.kind in _TEXTS and (found := pattern.search(element.text)):
                return found
        return None

    def _turn_to(self, script: str) -> None:
        if script != self.script:
            self.widgets, self.values, self.script = {}, {}, script

    def _draw(self, message: ForwardMsg) -> None:
        delta = message.delta
        kind = _kind_of(delta)
        text = delta.SerializeToString() if kind in _TEXTS else b""
        self.failures += kind == "exception" or any(words in text for words in FAILED)
        self.elements[tuple(message.metadata.delta_path)] = Element(
            run=self._run,
            fragment=delta.fragment_id,
            kind=kind,
            text=text.decode(errors="replace"),
        )
        self._note_widget(delta, kind)

    def _note_widget(self, delta: Delta, kind: str) -> None:
        if kind == "bidi_component":
            self._note_component(delta.new_element.bidi_component, delta.fragment_id)
        elif kind in {"selectbox", "button", "text_input", "button_group"}:
            drawn = getattr(delta.new_element, kind)
            self.widgets[drawn.label] = Widget(id=drawn.id, fragment=delta.fragment_id)
            if kind == "selectbox" and drawn.set_value:
                self.values[drawn.id] = WidgetState(id=drawn.id, string_value=drawn.raw_value)
            elif kind == "button_group" and drawn.set_value:
                self.values[drawn.id] = chosen_of(drawn.id, *drawn.raw_values)

    def _note_component(self, drawn: BidiComponent, fragment: str) -> None:
        told = json.loads(drawn.json or drawn.mixed.json or "{}")
        if drawn.component_name.endswith("post"):
            self.posts = told["fields"]
        elif drawn.component_name.endswith("wake"):
            self.wake = Wake(
                widget=Widget(id=drawn.id, fragment=fragment), version=int(told["version"])
            )

    def _finish(self, message: ForwardMsg) -> Finished:
        run, fragments = message.metadata.run.script_run_id, message.metadata.run.fragment_ids
        again = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        self.failures += message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR
        if not again:
            self._clear(run, frozenset(fragments))
            self._runs += 1
            self._kept = {
                name: (seen, kept)
                for name, (seen, kept) in self._kept.items()
                if seen + _AGE >= self._runs
            }
        return Finished(run=run, in_fragment=bool(fragments), again=again)

    def _clear(self, run: str, fragments: frozenset[str]) -> None:
        """Drop what the run that ends here did not draw again."""
        self.elements = {
            path: element
            for path, element in self.elements.items()
            if element.run == run or (fragments and element.fragment not in fragments)
        }


def chosen_of(widget: str, *values: str) -> WidgetState:
    """What is chosen among buttons, as it is sent."""
    state = WidgetState(id=widget)
    state.string_array_value.data.extend(values)
    return state


def _kind_of(delta: Delta) -> str:
    kind = delta.WhichOneof("type") or ""
    return delta.new_element.WhichOneof("type") or "" if kind == "new_element" else kind
