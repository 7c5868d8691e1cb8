"""One meter's charge taken apart: by day exactly, by resource as shares."""

from collections.abc import Sequence
from fractions import Fraction

from billing_core.explanation import (
    CompletingKind,
    DayAdded,
    ResourceShare,
    added_by_day,
    completing_rows,
    shares_by_resource,
)
from billing_core.invoicing import InvoiceLine
from billing_core.metering import MeterUsage
from components import state
from components.filters import address
from components.format import Format, plural
from components.marks import Column as Upright
from components.marks import stacked_columns
from components.markup import element, heading, paragraph, show
from components.standing import Draft, Standing
from components.tables import Column, Link, RowKind, TableRow, link, table

COMPLETING = {
    CompletingKind.INCLUDED: "Included quantity, charged nothing",
    CompletingKind.HELD: "Levels held before the first or since the last record",
    CompletingKind.MAXIMUM: "Down to the agreed maximum",
    CompletingKind.MINIMUM: "Up to the agreed minimum",
    CompletingKind.ROUNDING: "Rounding, once",
}
MOST_RESOURCES = 200  #: rows; more than that are added up in one


def draw_days(
    draft: Draft, standing: Standing, line: InvoiceLine, usage: MeterUsage, writing: Format
) -> None:
    """Draw what each day added, and the rows that complete the days to the line's amount."""
    days = added_by_day(draft.agreement, standing.price.code, usage)
    total = sum((each.added for each in days), Fraction(0))
    unit = standing.meter.unit
    columns = (
        Column(title="Day"),
        Column(title=f"Quantity, {plural(unit)}", number=True),
        Column(title="Added to your bill", number=True),
    )
    rows = [_day(each, standing, draft, writing) for each in days]
    rows += completing(line, total, writing, held=False)
    show(
        heading("By day", f"{plural(unit)} a day, days in {writing.zone}"),
        element("p", link(_records(draft, standing)), "mg-panel-unit"),
        stacked_columns(
            tuple(_upright(each, writing, unit) for each in days),
            f"{standing.price.name} by day; the table below has the figures",
            writing.number,
        ),
        table(f"What each day added, {writing.zone}", columns, rows, hidden=True, narrow=True),
    )


def _records(draft: Draft, standing: Standing) -> Link:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.meter.code,
        state.SHOW_PARAMETER: "records",
    }
    return Link(text="All records of the month", address=address("consumption", **chosen))


def _upright(day: DayAdded, writing: Format, unit: str) -> Upright:
    label = str(day.day.day) if day.day.day % 7 == 1 else ""
    title = f"{writing.short_day(day.day)}: {writing.amount_of(day.quantity, unit)}"
    return Upright(label=label, title=title, variable=day.quantity)


def _day(day: DayAdded, standing: Standing, draft: Draft, writing: Format) -> TableRow:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.meter.code,
        state.SHOW_PARAMETER: "records",
        state.DAY_PARAMETER: day.day.isoformat(),
    }
    return TableRow(
        cells=(
            Link(text=writing.short_day(day.day), address=address("consumption", **chosen)),
            writing.quantity(day.quantity),
            writing.exact_amount(day.added),
        )
    )


def completing(
    line: InvoiceLine, added: Fraction, writing: Format, *, held: bool = True
) -> list[TableRow]:
    """Give the rows that complete a column of added amounts, and its total: the line's amount."""
    rows = [
        TableRow(
            cells=(COMPLETING[row.kind], "", writing.exact_amount(row.amount)),
            kind=RowKind.COMPLETING,
        )
        for row in completing_rows(line, added)
        if held or row.kind is not CompletingKind.HELD
    ]
    total = TableRow(
        cells=("Charge, before tax", "", writing.money(line.amount)), kind=RowKind.TOTAL
    )
    return [*rows, total]


def draw_resources(draft: Draft, standing: Standing, line: InvoiceLine, writing: Format) -> None:
    """Draw each resource's quantity and its share of the line, the largest first."""
    usage = draft.usage[standing.meter.code]
    shares = sorted(
        shares_by_resource(line.amount, usage.by_resource(), writing.currency),
        key=lambda each: each.quantity,
        reverse=True,
    )
    columns = (
        Column(title="Resource", breaks=True),
        Column(title=f"Quantity, {plural(standing.meter.unit)}", number=True),
        Column(title="Of the quantity", number=True),
        Column(title="Share of the charge", number=True),
    )
    rows = [_resource(each, standing, draft, writing) for each in shares[:MOST_RESOURCES]]
    rest = _rest(shares[MOST_RESOURCES:], standing, writing)
    total = (
        "All resources",
        writing.quantity(standing.quantity),
        "",
        writing.money(line.amount),
    )
    show(
        heading("By resource", "quantities are exact; the charge is shared out by quantity"),
        table(
            "Resources and their shares",
            columns,
            [*rows, *rest, TableRow(cells=total, kind=RowKind.TOTAL)],
            hidden=True,
            narrow=True,
        ),
        "" if shares else paragraph("Nothing was counted in this month yet."),
    )


def _resource(share: ResourceShare, standing: Standing, draft: Draft, writing: Format) -> TableRow:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.meter.code,
        state.SHOW_PARAMETER: "records",
        state.RESOURCE_PARAMETER: share.resource,
    }
    return TableRow(
        cells=(
            Link(text=share.resource, address=address("consumption", **chosen)),
            writing.quantity(share.quantity),
            _of(share.quantity, standing, writing),
            writing.money(share.share),
        )
    )


def _of(quantity: Fraction, standing: Standing, writing: Format) -> str:
    return writing.share(quantity / standing.quantity, 1) if standing.quantity else "–"


def _rest(shares: Sequence[ResourceShare], standing: Standing, writing: Format) -> list[TableRow]:
    if not shares:
        return []
    quantity = sum((each.quantity for each in shares), Fraction(0))
    cells = (
        f"{len(shares)} smaller ones",
        writing.quantity(quantity),
        _of(quantity, standing, writing),
        "",
    )
    return [TableRow(cells=cells, kind=RowKind.COMPLETING)]
