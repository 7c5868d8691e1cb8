"""What a browser sends for what its person does, as Streamlit's protobuf."""

import json
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.live_acts import VIEW, Act
from bench.live_page import Page, Wake, Widget, chosen_of

#: Under this id a components-v2 component tells its triggers.
TRIGGER: Final = "$$STREAMLIT_INTERNAL_KEY_{}__events"


def rerun(page: Page, widget: Widget | None = None) -> BackMsg:
    """Run the page, or the fragment in which a widget stands."""
    request = BackMsg()
    request.rerun_script.page_script_hash = page.script
    request.rerun_script.query_string = page.query
    request.rerun_script.fragment_id = widget.fragment if widget else ""
    request.rerun_script.cached_message_hashes.extend(page.hashes)
    request.rerun_script.widget_states.widgets.extend(page.values.values())
    return request


def filled_in(page: Page, email: str, password: str) -> BackMsg:
    """The form of the sign-in page, sent."""
    typed = {"E-mail address": email, "Password": password}
    states = [
        WidgetState(id=page.widgets[label].id, string_value=value) for label, value in typed.items()
    ]
    pressed = WidgetState(id=page.widgets["Sign in"].id, trigger_value=True)
    return _with(rerun(page), *states, pressed)


def acted(page: Page, act: Act) -> BackMsg:
    """Another page opened, or a widget changed."""
    if not act.widget:
        request = rerun(page)
        request.rerun_script.page_script_hash = request.rerun_script.query_string = ""
        request.rerun_script.page_name = act.value
        request.rerun_script.ClearField("widget_states")
        return request
    widget = page.widgets[act.widget]
    page.values[widget.id] = (
        chosen_of(widget.id, act.value)
        if act.widget == VIEW
        else WidgetState(id=widget.id, string_value=act.value)
    )
    return rerun(page, widget)


def woken(page: Page, wake: Wake, newest: int) -> BackMsg:
    """The fragment asked for anew because records are newer than what it shows."""
    told = json.dumps([{"event": "wake", "value": newest}])
    state = WidgetState(id=TRIGGER.format(wake.widget.id), json_trigger_value=told)
    return _with(rerun(page, wake.widget), state)


def _with(request: BackMsg, *states: WidgetState) -> BackMsg:
    request.rerun_script.widget_states.widgets.extend(states)
    return request
