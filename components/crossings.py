"""What was crossed in a period: when, which bound, by which record, and what became of it."""

from collections.abc import Sequence

from components.arrival import loaded_together
from components.crossing_story import day_of, notice_of, story_of
from components.data import CrossingCaused, CrossingSeen
from components.explanation import tier_name
from components.format import Format
from components.markup import heading, paragraph
from components.record_notes import to_record
from components.tables import Cell, Column, Link, Noted, Struck, TableRow, table

SHOWN = 8  #: rows


def crossing_in_words(crossing: CrossingSeen | CrossingCaused, writing: Format) -> str:
    """Say what was passed: ``80% of the way to Burst`` or ``entered Burst``."""
    if crossing.kind == "threshold" and crossing.share is not None:
        share = writing.share(crossing.share)
        return f"{share} of the way to {crossing.next_tier or 'the next tier'}"
    return f"entered {tier_name(crossing.next_tier, burst=crossing.burst)}"


def passed_in_words(crossings: Sequence[CrossingCaused], writing: Format) -> str:
    """Say what a record passed, and what it passed until a crossing was moved."""
    said = (_passed(each, writing) for each in crossings)
    return "; ".join(dict.fromkeys(said))


def _passed(crossing: CrossingCaused, writing: Format) -> str:
    words = crossing_in_words(crossing, writing)
    return words if crossing.stands else f"{words} (until that crossing was moved or withdrawn)"


def _bound(crossing: CrossingSeen, writing: Format) -> str:
    return writing.amount_of(crossing.bound, crossing.unit)


def _what(crossing: CrossingSeen, writing: Format) -> Cell:
    words = crossing_in_words(crossing, writing)
    if crossing.is_withdrawn:
        return Struck(text=words)
    entered = crossing.kind == "tier" and crossing.burst
    return Noted(text=words, classes="mg-warning") if entered else words


def _when(crossing: CrossingSeen, writing: Format) -> Cell:
    local = writing.local(crossing.crossed_at)
    words = f"{writing.short_day(local.date())}, {writing.time(crossing.crossed_at)}"
    if crossing.is_withdrawn:
        return Struck(text=words)
    if crossing.event_id is None:
        return Link(text=words, address=day_of(crossing, writing))
    return to_record(words, crossing.event_id)


def crossings_block(
    crossings: Sequence[CrossingSeen], writing: Format, *, named: bool = True, most: int = SHOWN
) -> str:
    """Give the crossings of a period, the latest first, each with the way to its record.

    Args:
        crossings: The latest first.
        writing: How the client writes.
        named: Whether each row names its meter, and nothing is said of how it came about; not
            where all are of one meter.
        most: How many rows are shown.
    """
    unit = f"times in {writing.zone}"
    crossings = [each for each in _each_once(crossings) if not (named and each.is_withdrawn)]
    if not crossings:
        return heading("Crossings", unit) + paragraph("No bound has been passed in this month.")
    columns = [
        Column(title="When", whole=True),
        Column(title="What"),
        Column(title="At", number=True),
    ]
    if named:
        columns.insert(1, Column(title="Meter"))
    together = None if named else loaded_together(map(notice_of, crossings), writing)
    rows = [
        TableRow(
            cells=_cells(each, writing, named=named),
            note=() if named else story_of(each, together, writing),
        )
        for each in crossings[:most]
    ]
    more = len(crossings) - most
    loaded = (
        f"; noticed on {writing.day(together)}, when the records were loaded" if together else ""
    )
    return (
        heading("Crossings", f"{unit}{loaded}")
        + table("Bounds and thresholds passed in this month", columns, rows, hidden=True)
        + (paragraph(f"And {more} earlier.", "mg-panel-unit") if more > 0 else "")
    )


def _each_once(crossings: Sequence[CrossingSeen]) -> tuple[CrossingSeen, ...]:
    """Leave out a bound that was reached by the very record, or in the second, that passed it."""
    passed = {_by_what(each) for each in crossings if each.kind == "tier"}
    return tuple(
        each
        for each in crossings
        if each.kind == "tier" or each.share != 1 or _by_what(each) not in passed
    )


def _by_what(crossing: CrossingSeen) -> tuple[str, object, bool]:
    by = crossing.event_id or crossing.crossed_at.replace(microsecond=0)
    return crossing.price_code, by, crossing.is_withdrawn


def _cells(crossing: CrossingSeen, writing: Format, *, named: bool) -> list[Cell]:
    cells: list[Cell] = [_when(crossing, writing), _what(crossing, writing)]
    cells.append(_bound(crossing, writing))
    if named:
        cells.insert(1, crossing.price_name)
    return cells
