"""What is chosen, read from the address and written to it.

An address carries the choice as plain text: ``?period=2026-10&meter=compute-hours&day=2026-10-14``.
Whatever isn't one of the choices, belongs to somebody else, is too long or stands there twice leads
to the same note: nothing was found.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, NoReturn, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import streamlit as st

from billing_core.period import BillingPeriod
from components import state
from components.data import Place
from components.format import Format, capitalised

LONGEST: Final = 220  #: characters of a value; a resource's name has up to 200
OLDEST: Final = "oldest"  #: in place of a place: the last page
ALL: Final = ""  #: a picker's first choice: no parameter
NOT_FOUND: Final = (
    "Nothing was found at this address. The link may be incomplete or old, "
    "or it belongs to somebody else."
)
HOME: Final = "./"  #: the address of the first page
CARRIED: Final = (state.CLIENT_PARAMETER, state.VIEW_PARAMETER)
_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PLACE: Final = re.compile(rf"([0-9]{{8}}T[0-9]{{6}}\.[0-9]{{6}}Z)_({_UUID})")
_INSTANT: Final = "%Y%m%dT%H%M%S.%fZ"
Choice = TypeVar("Choice")


def not_found() -> NoReturn:
    """End the run and say that the address leads to nothing.

    The words are the same for what is wrong, foreign or past, so that nothing can be learned.
    """
    st.subheader("Not found", anchor=False)
    st.text(NOT_FOUND)
    st.button("Show this page from its start", key=state.FILTER_RESET, on_click=choose)
    st.stop()


def asked(name: str) -> str | None:
    """Give the text of a parameter; None without one."""
    values = st.query_params.get_all(name)
    if not values:
        return None
    if len(values) > 1 or len(values[0]) > LONGEST or not values[0].isprintable():
        not_found()
    return values[0]


def names_a_client() -> bool:
    """Whether the address names a client, be it one that is there."""
    return state.CLIENT_PARAMETER in st.query_params


def one_of(name: str, choices: Mapping[str, Choice], default: Choice) -> Choice:
    """Give the choice that a parameter names, the default without one."""
    text = asked(name)
    if text is None:
        return default
    if text not in choices:
        not_found()
    return choices[text]


def chosen_period(periods: Collection[BillingPeriod], default: str | None = None) -> BillingPeriod:
    """Give the month in the address; without one the default, or else the latest: the first."""
    by_name = {period.name: period for period in periods}
    latest = next(iter(periods))
    return one_of(state.PERIOD_PARAMETER, by_name, by_name.get(default or "", latest))


def chosen_day(period: BillingPeriod) -> date | None:
    """Give the day in the address, if it is one of the period's."""
    days = {day.isoformat(): day for day in period.days()}
    return one_of(state.DAY_PARAMETER, days, None)


def chosen_resource(resources: Collection[str]) -> str | None:
    """Give the resource in the address, if the meter counted on it in the period."""
    return one_of(state.RESOURCE_PARAMETER, {each: each for each in resources}, None)


def chosen_price(codes: Collection[str]) -> str | None:
    """Give the price in the address, if it is one of the rate card's."""
    return one_of(state.PRICE_PARAMETER, {each: each for each in codes}, None)


def chosen_event() -> UUID | None:
    """Give the record in the address; whether there is one, the database knows."""
    text = asked(state.EVENT_PARAMETER)
    if text is None:
        return None
    return UUID(text) if re.fullmatch(_UUID, text) else not_found()


def chosen_place(name: str) -> Place | None:
    """Give the place between records in the address."""
    text = asked(name)
    if text is None or text == OLDEST:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        not_found()
    try:
        instant = datetime.strptime(found[1], _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        not_found()
    return Place(occurred_at=instant, event_id=UUID(found[2]))


def place_text(place: Place) -> str:
    """Write a place as it stands in an address."""
    return f"{place.occurred_at.astimezone(UTC).strftime(_INSTANT)}_{place.event_id}"


def carried() -> dict[str, str]:
    """Give what each address carries along: the client, where there are several, and the view."""
    given = st.query_params.to_dict()
    if given.get(state.VIEW_PARAMETER) != state.VIEW_AS_CLIENT:
        given.pop(state.VIEW_PARAMETER, None)
    return {name: given[name] for name in CARRIED if name in given}


def address(page: str, **chosen: str | None) -> str:
    """Give a link to a page of this portal with a choice, for this client and view."""
    kept = carried() | {name: value for name, value in chosen.items() if value is not None}
    path = HOME if page == "overview" else page
    return f"{path}?{urlencode(kept)}" if kept else path


def choose(**chosen: str | None) -> None:
    """Write a choice to the address of this page, in place of the one before."""
    kept = {name: value for name, value in chosen.items() if value is not None}
    st.query_params.from_dict(carried() | kept)


def _picked(key: str, parameter: str, kept: tuple[str, ...]) -> None:
    beside = {name: st.query_params.get(name) for name in kept}
    picked = st.session_state.get(key)
    choose(**beside | {parameter: None if picked == ALL else picked})


def month_words(periods: Collection[BillingPeriod], writing: Format) -> dict[str, str]:
    """Give what the picker of months calls each."""
    return {each.name: capitalised(writing.month(each.month)) for each in periods}


def month_picker(words: Mapping[str, str], chosen: str) -> None:
    """Draw the picker of months, given what it calls each; the meter stays chosen."""
    kept = (state.METER_PARAMETER, state.SHOW_PARAMETER)
    _pick("Month", words, chosen, (state.PERIOD_PICKER, state.PERIOD_PARAMETER, kept))


def meter_switcher(words: Mapping[str, str], chosen: str) -> None:
    """Draw the switcher of metered prices; the month stays chosen."""
    kept = (state.PERIOD_PARAMETER, state.SHOW_PARAMETER)
    _pick("Meter", words, chosen, (state.METER_SWITCHER, state.METER_PARAMETER, kept))


def _pick(
    label: str, words: Mapping[str, str], chosen: str, writes: tuple[str, str, tuple[str, ...]]
) -> None:
    st.session_state[writes[0]] = chosen
    st.selectbox(
        label,
        list(words),
        format_func=lambda each: words.get(each, each),
        key=writes[0],
        on_change=_picked,
        args=writes,
        label_visibility="collapsed",
    )


def day_picker(words: Mapping[str, str], chosen: date | None, beside: tuple[str, ...]) -> None:
    """Draw the picker of a day, given what it calls each; the resource stays chosen, and `beside`.

    Args:
        words: What it calls each day, by its ISO name.
        chosen: The day that is chosen.
        beside: Parameters of the address that stay as they are.
    """
    kept = (*beside, state.RESOURCE_PARAMETER)
    name = chosen.isoformat() if chosen else ALL
    _pick("Day", {ALL: "All days", **words}, name, (state.DAY_PICKER, state.DAY_PARAMETER, kept))


def resource_picker(resources: Sequence[str], chosen: str | None, beside: tuple[str, ...]) -> None:
    """Draw the picker of a resource; the day stays chosen, and the parameters beside it."""
    words = {ALL: "All resources"} | {each: each for each in resources}
    kept = (*beside, state.DAY_PARAMETER)
    _pick("Resource", words, chosen or ALL, (state.RESOURCE_PICKER, state.RESOURCE_PARAMETER, kept))


def show_switcher(words: Mapping[str, str], chosen: str) -> None:
    """Draw the switcher between the ways to take a charge apart."""
    st.session_state[state.SHOW_SWITCHER] = chosen
    st.segmented_control(
        "Behind this figure",
        list(words),
        format_func=lambda each: words.get(each, each),
        key=state.SHOW_SWITCHER,
        required=True,
        on_change=_picked,
        args=(
            state.SHOW_SWITCHER,
            state.SHOW_PARAMETER,
            (state.PERIOD_PARAMETER, state.METER_PARAMETER),
        ),
        label_visibility="collapsed",
    )
