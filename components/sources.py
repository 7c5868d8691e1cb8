"""What sends the records, and what it last said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from components.data import SourceFreshness
from components.format import Format
from components.heading import silent
from components.markup import heading, panel, paragraph
from components.tables import Cell, Column, Noted, TableRow, table


def sources_panel(sources: Sequence[SourceFreshness], as_of: datetime, writing: Format) -> str:
    """Give each source with its last record, and whether it reports as expected."""
    title = heading("Sources", f"times in {writing.zone}")
    if not sources:
        return panel(title, paragraph("No source is set up yet."))
    missing = silent(sources, as_of)
    columns = (
        Column(title="Source"),
        Column(title="Last record occurred"),
        Column(title="Arrived"),
        Column(title="Expected"),
        Column(title="State"),
    )
    rows = [TableRow(cells=_cells(each, writing, is_silent=each in missing)) for each in sources]
    return panel(title, table("Sources and their last records", columns, rows, hidden=True))


def _cells(source: SourceFreshness, writing: Format, *, is_silent: bool) -> list[Cell]:
    occurred, arrived = source.last_occurred_at, source.last_recorded_at
    return [
        source.source,
        writing.moment(occurred) if occurred else "never",
        writing.moment(arrived) if arrived else "never",
        _expected(source, writing),
        Noted(text="silent", classes="mg-warning") if is_silent else "reporting",
    ]


def _expected(source: SourceFreshness, writing: Format) -> str:
    if source.expects_every is None:
        return "no fixed rhythm"
    hours = Decimal(source.expects_every // timedelta(minutes=1)) / 60
    return f"every {writing.quantity(hours, 2)} h"
