"""What sends the records, and what it last said."""

from collections.abc import Sequence
from datetime import datetime

from components.data import SourceFreshness
from components.format import Format
from components.heading import silent
from components.markup import paragraph
from components.silences import for_how_long
from components.tables import Cell, Column, Noted, TableRow, table


def sources_table(sources: Sequence[SourceFreshness], as_of: datetime, writing: Format) -> str:
    """Give each source with its last record, and whether it reports as expected."""
    if not sources:
        return paragraph("As soon as a source is set up, its last record stands here.")
    missing = silent(sources, as_of)
    columns = (
        Column(title="Source"),
        Column(title="Last record occurred", whole=True),
        Column(title="Arrived", whole=True, spare=True),
        Column(title="Expected", spare=True),
        Column(title="State"),
    )
    rows = [
        TableRow(cells=_cells(each, as_of if each in missing else None, writing))
        for each in sources
    ]
    return table("Sources and their last records", columns, rows, hidden=True)


def _cells(source: SourceFreshness, silent_at: datetime | None, writing: Format) -> list[Cell]:
    occurred, arrived = source.last_occurred_at, source.last_recorded_at
    return [
        source.source,
        writing.moment(occurred) if occurred else "–",
        writing.moment(arrived) if arrived else "–",
        _expected(source, writing),
        _state(source, silent_at, writing),
    ]


def _state(source: SourceFreshness, silent_at: datetime | None, writing: Format) -> Cell:
    if source.last_occurred_at is None:
        return Noted(text="never reported", classes="mg-warning")
    if silent_at is None:
        return "reporting"
    silent_for = for_how_long(silent_at - source.last_occurred_at, writing)
    return Noted(text=f"silent for {silent_for}", classes="mg-warning")


def _expected(source: SourceFreshness, writing: Format) -> str:
    if source.expects_every is None:
        return "no fixed rhythm"
    return f"every {for_how_long(source.expects_every, writing)}"
