"""Records of earlier months that a month bills: how many, how much, and what comes of them."""

from collections.abc import Sequence

from billing_core.metering import Meter
from components import state
from components.data import LateRecords
from components.filters import address
from components.format import Format, plural
from components.markup import heading, panel, paragraph
from components.record_notes import month_named
from components.tables import Cell, Column, Link, TableRow, table


def late_panel(late: Sequence[LateRecords], meter: Meter, writing: Format) -> str:
    """Give the block of the records of earlier months, the earliest first."""
    columns = [
        Column(title="Month", whole=True),
        Column(title="Records", number=True),
        Column(title=f"Quantity, {plural(meter.unit)}", number=True),
    ]
    rows = [TableRow(cells=_cells(each, meter, writing)) for each in late]
    return panel(
        heading("Late records of earlier months", "they came after their own month was closed"),
        table("Late records of earlier months", columns, rows, hidden=True, narrow=True),
        paragraph(
            "They are not part of this month’s quantity: each is rated in its own month, at the "
            "prices of that month; the adjustment comes with this month’s invoice.",
            "mg-panel-unit mg-above",
        ),
    )


def _cells(late: LateRecords, meter: Meter, writing: Format) -> list[Cell]:
    chosen = {
        state.PERIOD_PARAMETER: late.own_month,
        state.METER_PARAMETER: meter.code,
        state.SHOW_PARAMETER: "records",
    }
    month = month_named(late.own_month, writing)
    return [
        Link(text=month, address=address("consumption", **chosen)),
        writing.count(late.count),
        writing.quantity(late.quantity) if late.quantity is not None else "–",
    ]
