"""How a crossing came to stand where it does: noticed late, by itself, moved, withdrawn."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from components import state
from components.arrival import Arrival, arrived_in_words
from components.data import CrossingNoted, CrossingSeen
from components.filters import address
from components.format import Format
from components.record_notes import to_record
from components.tables import Cell, Link

AT_ONCE: Final = timedelta(minutes=15)  #: a crossing noticed within it was noticed at once


def notice_of(crossing: CrossingSeen) -> Arrival:
    """Give when a bound was passed, and when that was first noticed."""
    noticed = crossing.history[0].noticed_at if crossing.history else crossing.noticed_at
    return Arrival(occurred_at=crossing.crossed_at, arrived_at=noticed, noticeable=AT_ONCE)


def day_of(crossing: CrossingSeen, writing: Format) -> str:
    """Give the address of the records of the day on which a bound was passed."""
    local = writing.local(crossing.crossed_at).date()
    chosen = {
        state.PERIOD_PARAMETER: f"{local:%Y-%m}",
        state.METER_PARAMETER: crossing.price_code,
        state.SHOW_PARAMETER: "records",
        state.DAY_PARAMETER: local.isoformat(),
    }
    return address("consumption", **chosen)


def story_of(crossing: CrossingSeen, together: date | None, writing: Format) -> tuple[Cell, ...]:
    """Give what is to be said of a crossing beside its figures; empty for most.

    Args:
        crossing: As it is known now, with its history.
        together: The day on which most of those shown were noticed, said once above.
        writing: How the client writes.
    """
    return (
        *_by_itself(crossing, writing),
        *_noticed(crossing, together, writing),
        *_history(crossing, writing),
    )


def _by_itself(crossing: CrossingSeen, writing: Format) -> Iterator[Cell]:
    if crossing.event_id is None and not crossing.is_withdrawn:
        yield "Passed by itself, between two records:"
        yield Link(text="the records of that day", address=day_of(crossing, writing))


def _noticed(crossing: CrossingSeen, together: date | None, writing: Format) -> Iterator[Cell]:
    words = arrived_in_words(notice_of(crossing), together, writing)
    if words and not crossing.history:
        yield f"Noticed {words}."


def _history(crossing: CrossingSeen, writing: Format) -> Iterator[Cell]:
    if not crossing.history:
        return
    first = crossing.history[0]
    yield f"First crossed {_moment(first.crossed_at, writing)};"
    for before, after in pairwise(crossing.history):
        yield from _change(before, after, writing)


def _change(before: CrossingNoted, after: CrossingNoted, writing: Format) -> Iterator[Cell]:
    at = f"on {_moment(after.noticed_at, writing)}"
    if after.state == "withdrawn":
        yield f"withdrawn {at}, as the bound is no longer passed,"
    else:
        again = "crossed again" if before.state == "withdrawn" else "moved to"
        yield f"{again} {_moment(after.crossed_at, writing)} {at},"
    if after.correction is not None:
        yield "because of"
        yield to_record("a correction", after.correction)
    elif after.crossed_at < before.crossed_at and after.event_id is not None:
        yield "because of a record that arrived later; it now falls on"
        yield to_record("this record", after.event_id)
    else:
        yield "because of a record that arrived later"
    yield "."


def _moment(instant: datetime, writing: Format) -> str:
    return f"{writing.short_day(writing.local(instant).date())}, {writing.time(instant)}"
