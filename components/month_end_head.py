"""The head of Month end: its name, and which month; what is said while there is none."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from components import month_states, state
from components.filters import choose, one_of
from components.format import capitalised
from components.markup import command, element, escaped, paragraph, show
from components.month_end_words import readers_writing
from components.month_states import MonthKnown
from components.persons import Looking, Viewer
from components.tables import Link, link


def draw_month_head(person: Looking, now: datetime) -> MonthKnown | None:
    """Draw the page's name beside the picker of months, and give the month that is chosen.

    While none is known it says so, and gives None.
    """
    known = month_states.months(person, now)
    chosen = _chosen(known)
    if chosen is None:
        st.title("Month end", anchor=False)
        _draw_nothing_yet(person)
        return None
    name, picker = st.columns([3, 1], vertical_alignment="bottom")
    name.title("Month end", anchor=False)
    with picker:
        _draw_picker(known, chosen)
    return chosen


def _chosen(known: Sequence[MonthKnown]) -> MonthKnown | None:
    if not known:
        return None
    by_name = {f"{each.month:%Y-%m}": each for each in known}
    latest = next((each for each in known if each.has_ended), known[0])
    return one_of(state.PERIOD_PARAMETER, by_name, latest)


def draw_unknown(viewer: Viewer, known: MonthKnown) -> None:
    """Say that nothing is known of a month of one client, and lead back to all."""
    month = readers_writing("EUR").month(known.month)
    show(
        way_back(viewer, f"{known.month:%Y-%m}"),
        paragraph(f"No agreement runs in {month}, or the worker has yet to look at it."),
    )


def way_back(viewer: Viewer, month: str) -> str:
    """Give whose month it is, and the way back to all clients."""
    words = escaped(f"{viewer.client.name} · ")
    back = Link(text="All clients", address=f"month_end?{state.PERIOD_PARAMETER}={month}")
    return element("p", words + link(back), "mg-panel-unit mg-below")


def _draw_picker(known: Sequence[MonthKnown], chosen: MonthKnown) -> None:
    writing = readers_writing("EUR")
    words = {f"{each.month:%Y-%m}": capitalised(writing.month(each.month)) for each in known}
    st.session_state[state.MONTH_PICKER] = f"{chosen.month:%Y-%m}"
    st.selectbox(
        "Month",
        list(words),
        format_func=lambda each: words.get(each, each),
        key=state.MONTH_PICKER,
        on_change=_picked,
        label_visibility="collapsed",
    )


def _picked() -> None:
    choose(**{state.PERIOD_PARAMETER: st.session_state[state.MONTH_PICKER]})


def _draw_nothing_yet(person: Looking) -> None:
    if not person.clients:
        show(paragraph("As soon as a client is set up, its months stand here."))
        return
    show(
        paragraph("Nothing is known of any month yet: the worker looks at each client's months."),
        command("It runs beside the portal:", "python -m jobs worker"),
    )
