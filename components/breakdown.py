"""One meter's charge taken apart: by day exactly, by resource as shares."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from billing_core.explanation import (
    CompletingKind,
    CompletingRow,
    DayAdded,
    ResourceShare,
    added_by_day,
    completing_rows,
    shares_by_resource,
)
from billing_core.invoicing import InvoiceLine
from billing_core.metering import Aggregation, MeterUsage
from components import state
from components.added import AddedColumn, column_of
from components.filters import address
from components.format import Format, fewest_places, plural
from components.marks import bar
from components.markup import element, heading, paragraph
from components.rate_card import version_in_words
from components.standing import Draft, Standing
from components.tables import Column, Link, Mark, RowKind, TableRow, link, table

COMPLETING = {
    CompletingKind.INCLUDED: "Included quantity, charged nothing",
    CompletingKind.HELD: "Levels held before the first or since the last record",
    CompletingKind.MAXIMUM: "Down to the agreed maximum",
    CompletingKind.MINIMUM: "Up to the agreed minimum",
    CompletingKind.ROUNDING: "Rounding, once",
}
QUANTITY_PLACES = 3
MOST_RESOURCES = 200  #: rows; more than that are added up in one


def days_added(
    draft: Draft, standing: Standing, line: InvoiceLine, usage: MeterUsage, writing: Format
) -> str:
    """Give what each day added, and the rows that complete the days to the line's amount."""
    days = added_by_day(draft.agreement, standing.price.code, usage)
    total = sum((each.added for each in days), Fraction(0))
    unit = standing.meter.unit
    columns = (
        Column(title="Day", whole=True),
        Column(title="", wide="50%", spare=True),
        Column(title=f"Quantity, {plural(unit)}", number=True),
        Column(title="Added to your bill", number=True),
    )
    completed = completing_rows(line, total)
    added = column_of([*(each.added for each in days), *(row.amount for row in completed)], writing)
    highest = max((abs(each.quantity) for each in days), default=Fraction(0))
    places = fewest_places((each.quantity for each in days), 0, QUANTITY_PLACES)
    rows = [_day(each, (highest, places), standing, draft, added) for each in days]
    days_shown = added.shown(each.added for each in days)
    rows += completing(line, completed, (added, days_shown), held=False)
    parts = (
        heading("By day", f"{_of_a_day(standing)}; days in {writing.zone}"),
        *(paragraph(words, "mg-panel-unit") for words in price_changes(draft, standing, writing)),
        element("p", link(_records(draft, standing)), "mg-panel-unit"),
        table(f"What each day added, {writing.zone}", columns, rows, hidden=True),
    )
    return "".join(parts)


def _of_a_day(standing: Standing) -> str:
    """Say what the quantity of a day is."""
    units = plural(standing.meter.unit)
    match standing.meter.aggregation:
        case Aggregation.TIME_WEIGHTED_MEAN:
            return f"each day’s part of the month’s average {units}"
        case Aggregation.SUM:
            return f"{units} used on each day"
        case Aggregation.UNIQUE_COUNT:
            return f"{units} seen for the first time in the month"
        case _:
            return (
                f"by how many {units} the quantity changed; the first day holds what stood before"
            )


def _records(draft: Draft, standing: Standing) -> Link:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.price.code,
        state.SHOW_PARAMETER: "records",
    }
    return Link(text="All records of the month", address=address("consumption", **chosen))


def _day(
    day: DayAdded,
    scale: tuple[Fraction, int],
    standing: Standing,
    draft: Draft,
    added: AddedColumn,
) -> TableRow:
    """Give a day's row; the scale is the highest quantity and the decimals of the column."""
    highest, places = scale
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.price.code,
        state.SHOW_PARAMETER: "records",
        state.DAY_PARAMETER: day.day.isoformat(),
    }
    writing = added.writing
    return TableRow(
        cells=(
            Link(text=writing.short_day(day.day), address=address("consumption", **chosen)),
            Mark(drawn=bar(day.quantity, highest)),
            writing.quantity_in_column(day.quantity, places),
            added.cell(day.added),
        )
    )


def completing(
    line: InvoiceLine,
    rows: Sequence[CompletingRow],
    column: tuple[AddedColumn, Fraction],
    *,
    held: bool = True,
) -> list[TableRow]:
    """Give the rows that complete a column of added amounts, and its total: the line's amount.

    Args:
        line: What the column adds up to.
        rows: What completes it; the last one, rounding, also takes up what the column's own
            decimals leave, so that what is shown adds up.
        column: How it is written, and what the rows above come to as shown.
        held: Whether levels held around the records are a row of their own.
    """
    added, above = column
    shown = [row for row in rows if held or row.kind is not CompletingKind.HELD]
    plain = [row for row in shown if row.kind is not CompletingKind.ROUNDING]
    roundings = (row.amount for row in shown if row.kind is CompletingKind.ROUNDING)
    exact = sum(roundings, Fraction(0))
    left = Fraction(line.amount) - above - added.shown(row.amount for row in plain)
    cells = [(COMPLETING[row.kind], "", "", added.cell(row.amount)) for row in plain]
    if left:
        words = COMPLETING[CompletingKind.ROUNDING]
        cells.append((words, "", "", added.remaining(exact, left)))
    amount = added.writing.money(line.amount)
    total = TableRow(cells=("Charge, before tax", "", "", amount), kind=RowKind.TOTAL)
    return [*(TableRow(cells=each, kind=RowKind.COMPLETING) for each in cells), total]


def price_changes(draft: Draft, standing: Standing, writing: Format) -> Iterator[str]:
    """Say which prices count from a day inside the month on, and which counted before."""
    versions = draft.agreement.versions_of(standing.price.code)
    first, last = draft.period.first_day, draft.period.last_day
    for old, new in pairwise(versions):
        if first < new.starts_on <= last:
            before, after = (version_in_words(e, standing.meter.unit, writing) for e in (old, new))
            yield (
                f"New price from {writing.day(new.starts_on)}: {after.removesuffix('.')}. "
                f"Before: {before.removesuffix('.')}."
            )


def resources_shared(draft: Draft, standing: Standing, line: InvoiceLine, writing: Format) -> str:
    """Give each resource's quantity and its share of the line, the largest first."""
    usage = draft.usage[standing.meter.code]
    shares = sorted(
        shares_by_resource(line.amount, usage.by_resource(), writing.currency),
        key=lambda each: each.quantity,
        reverse=True,
    )
    columns = (
        Column(title="Resource", breaks=True),
        Column(title="", wide="35%", spare=True),
        Column(title=f"Quantity, {plural(standing.meter.unit)}", number=True),
        Column(title="Of the quantity", number=True),
        Column(title="Share of the charge", number=True),
    )
    highest = max((each.quantity for each in shares), default=Fraction(0))
    rows = [_resource(each, highest, standing, draft, writing) for each in shares[:MOST_RESOURCES]]
    rest = _rest(shares[MOST_RESOURCES:], standing, writing)
    total = (
        "All resources",
        "",
        writing.quantity(standing.quantity),
        "",
        writing.money(line.amount),
    )
    parts = (
        heading("By resource", "quantities are exact; the charge is shared out by quantity"),
        table(
            "Resources and their shares",
            columns,
            [*rows, *rest, TableRow(cells=total, kind=RowKind.TOTAL)],
            hidden=True,
        ),
        "" if shares else paragraph("Nothing was counted in this month yet."),
    )
    return "".join(parts)


def _resource(
    share: ResourceShare, highest: Fraction, standing: Standing, draft: Draft, writing: Format
) -> TableRow:
    chosen = {
        state.PERIOD_PARAMETER: draft.period.name,
        state.METER_PARAMETER: standing.price.code,
        state.SHOW_PARAMETER: "records",
        state.RESOURCE_PARAMETER: share.resource,
    }
    return TableRow(
        cells=(
            Link(text=share.resource, address=address("consumption", **chosen)),
            Mark(drawn=bar(share.quantity, highest)),
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
        "",
        writing.quantity(quantity),
        _of(quantity, standing, writing),
        "",
    )
    return [TableRow(cells=cells, kind=RowKind.COMPLETING)]
