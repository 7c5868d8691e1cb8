"""What became of a record, in words under its row: late, corrected, withdrawn, correcting."""

from collections.abc import Iterator
from datetime import date

from components import state
from components.arrival import Arrival, arrived_in_words
from components.data import Record
from components.filters import address
from components.format import Format, capitalised
from components.tables import Cell, Link

ADJUSTED_LATER = "the adjustment comes with the invoice of that month"


def notes_of(record: Record, together: date | None, writing: Format) -> tuple[Cell, ...]:
    """Give what is to be said of a record beside its figures; empty for most.

    Args:
        record: The record.
        together: The day on which most of what is shown was loaded, said once above.
        writing: How the client writes.
    """
    said = [*_replaced(record), *_corrects(record), *_late(record, writing)]
    arrived = arrived_in_words(arrival_of(record), together, writing)
    if arrived:
        said.append(f"Arrived {arrived}.")
    return tuple(said)


def arrival_of(record: Record) -> Arrival:
    """Give when a record occurred and when it came."""
    return Arrival(occurred_at=record.occurred_at, arrived_at=record.recorded_at)


def month_named(name: str, writing: Format) -> str:
    """Write a month by its name: ``2026-10`` is ``October 2026``."""
    return capitalised(writing.month(date.fromisoformat(f"{name}-01")))


def to_record(text: str, event_id: object) -> Link:
    """Give a link to a record in full."""
    chosen = {state.EVENT_PARAMETER: str(event_id)}
    return Link(text=text, address=address("consumption", **chosen))


def _replaced(record: Record) -> Iterator[Cell]:
    if record.superseded_by is None:
        return
    if record.is_withdrawn:
        yield "Withdrawn, counts nothing:"
        yield to_record("see why", record.superseded_by)
    else:
        yield "Replaced, counts nothing:"
        yield to_record("see its correction", record.superseded_by)


def _corrects(record: Record) -> Iterator[Cell]:
    if record.supersedes is None:
        return
    yield "Withdraws" if record.withdraws else "Corrects"
    yield to_record("an earlier record", record.supersedes)
    yield f"({record.reason})" if record.reason else ""


def _late(record: Record, writing: Format) -> Iterator[Cell]:
    if record.is_late and record.counts:
        yield f"Late: billed with {month_named(record.billed_month, writing)};"
        yield f"{ADJUSTED_LATER}."
