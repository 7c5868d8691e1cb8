"""Which parts of pages are live, and what the browser is told of them."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages import harbour
from tests.pages.conftest import Screens


def told(opened: AppTest, component: str) -> list[dict[str, object]]:
    """What the components of a name were given, without the number of the draw."""
    assert not opened.exception, [each.value for each in opened.exception]
    mounted = [each.proto for each in opened.get("bidi_component")]
    given = [json.loads(each.json) for each in mounted if each.component_name == component]
    return [{name: each[name] for name in each if name != "drawn"} for each in given]


@pytest.mark.parametrize("name", ["overview", "consumption"])
def test_a_live_page_knows_whose_records_it_shows_and_their_version(
    screens: Screens, name: str
) -> None:
    opened = screens.open(name)
    assert told(opened, "meterglass_wake") == [{"client": "harbour", "version": 2}]
    extra = harbour.event("n4", harbour.EVENTS[3].occurred_at, "vm-2", "50")
    harbour.record_usage(screens.database, screens.clock.now, (extra,))
    assert told(opened.run(), "meterglass_wake") == [{"client": "harbour", "version": 3}]


def test_each_draw_is_told_from_the_one_before(screens: Screens) -> None:
    opened = screens.open("overview")
    [first] = opened.get("bidi_component")
    [second] = opened.run().get("bidi_component")
    assert json.loads(first.proto.json)["drawn"] != json.loads(second.proto.json)["drawn"]


@pytest.mark.parametrize(
    "query", [{"period": "1999-01"}, {"event": "x"}, {"show": "nothing"}], ids=str
)
def test_a_page_that_finds_nothing_is_live_too(screens: Screens, query: dict[str, str]) -> None:
    opened = screens.open("consumption", **query)
    assert len(told(opened, "meterglass_wake")) == 1


def test_a_page_that_is_not_live_has_no_live_part(screens: Screens) -> None:
    assert told(screens.open("agreement"), "meterglass_wake") == []


def _header() -> None:
    """The frame's header, as each page has it."""
    from components.frame import draw_header  # noqa: PLC0415 - the function is a script of its own
    from components.viewer import present_viewer, require_person  # noqa: PLC0415 - as above

    draw_header(require_person(), present_viewer())


@pytest.mark.parametrize(
    ("email", "asked", "watched"),
    [
        (harbour.FINANCE, None, "harbour"),
        (harbour.MANAGER, "quayside", "quayside"),
        (harbour.FINANCE, "quayside", None),
    ],
)
def test_every_page_watches_the_session_and_the_client_that_it_shows(
    screens: Screens, email: str, asked: str | None, watched: str | None
) -> None:
    screens.viewing.sign_in(screens.person(email))
    page = AppTest.from_function(_header)
    if asked:
        page.query_params["client"] = asked
    assert told(page.run(), "meterglass_watch") == [{"client": watched}]
