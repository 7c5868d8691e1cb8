"""What was crossed in a period: when, which bound, and the record that did it."""

from collections.abc import Sequence

from components import state
from components.data import CrossingSeen
from components.explanation import tier_name
from components.filters import address
from components.format import Format
from components.markup import heading, paragraph, show
from components.tables import Cell, Column, Link, Noted, TableRow, table

SHOWN = 8  #: rows


def crossing_in_words(crossing: CrossingSeen, writing: Format) -> str:
    """Say what was passed: ``80% of the way to Burst`` or ``entered Burst``."""
    if crossing.kind == "threshold" and crossing.share is not None:
        share = writing.share(crossing.share)
        return f"{share} of the way to {crossing.next_tier or 'the next tier'}"
    return f"entered {tier_name(crossing.next_tier, burst=crossing.burst)}"


def _bound(crossing: CrossingSeen, writing: Format) -> str:
    return writing.amount_of(crossing.bound, crossing.unit)


def _what(crossing: CrossingSeen, writing: Format) -> Cell:
    words = crossing_in_words(crossing, writing)
    entered = crossing.kind == "tier" and crossing.burst
    return Noted(text=words, classes="mg-warning") if entered else words


def _when(crossing: CrossingSeen, writing: Format) -> Cell:
    local = writing.local(crossing.crossed_at)
    words = f"{writing.short_day(local.date())}, {writing.time(crossing.crossed_at)}"
    if crossing.event_id is None:
        return words
    event = {state.EVENT_PARAMETER: str(crossing.event_id)}
    return Link(text=words, address=address("consumption", **event))


def draw_crossings(
    crossings: Sequence[CrossingSeen], writing: Format, *, named: bool = True
) -> None:
    """Draw the crossings of a period; see `crossings_block`."""
    show(crossings_block(crossings, writing, named=named))


def crossings_block(
    crossings: Sequence[CrossingSeen], writing: Format, *, named: bool = True, most: int = SHOWN
) -> str:
    """Give the crossings of a period, the latest first, each with the way to its record.

    Args:
        crossings: The latest first.
        writing: How the client writes.
        named: Whether each row names its meter; not where all are of one.
        most: How many rows are shown.
    """
    unit = f"times in {writing.zone}"
    crossings = _each_once(crossings)
    if not crossings:
        return heading("Crossings", unit) + paragraph("No bound has been passed in this month.")
    columns = [
        Column(title="When", whole=True),
        Column(title="What"),
        Column(title="At", number=True),
    ]
    if named:
        columns.insert(1, Column(title="Meter"))
    rows = [TableRow(cells=_cells(each, writing, named=named)) for each in crossings[:most]]
    more = len(crossings) - most
    return (
        heading("Crossings", unit)
        + table("Bounds and thresholds passed in this month", columns, rows, hidden=True)
        + (paragraph(f"And {more} earlier.", "mg-panel-unit") if more > 0 else "")
    )


def _each_once(crossings: Sequence[CrossingSeen]) -> tuple[CrossingSeen, ...]:
    """Leave out a bound that was reached by the very record that passed it."""
    passed = {(each.price_code, each.event_id) for each in crossings if each.kind == "tier"}
    return tuple(
        each
        for each in crossings
        if each.kind == "tier" or each.share != 1 or (each.price_code, each.event_id) not in passed
    )


def _cells(crossing: CrossingSeen, writing: Format, *, named: bool) -> list[Cell]:
    cells: list[Cell] = [_when(crossing, writing), _what(crossing, writing)]
    cells.append(_bound(crossing, writing))
    if named:
        cells.insert(1, crossing.price_name)
    return cells
