"""The records behind a charge: a page of them, what each added, and how they add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import streamlit as st

from billing_core.explanation import CompletingKind, added, completing_rows
from billing_core.rating import tier_of
from components import state
from components.added import column_of
from components.arrival import loaded_together
from components.breakdown import QUANTITY_PLACES, completing
from components.data import RecordInOrder, RecordPage
from components.explanation import records_in_words
from components.filters import OLDEST, choose, place_text
from components.format import Format, fewest_places, plural
from components.markup import heading, paragraph
from components.record_notes import arrival_of, notes_of, to_record
from components.record_sums import RecordSum
from components.standing import Draft, Standing
from components.tables import Cell, Column, Exact, Struck, TableRow, table

MEASURED_PLACES = 6  #: of a record's quantity; in full for whoever points at it


def records_table(page: RecordPage, draft: Draft, standing: Standing, writing: Format) -> str:
    """Give a page of records, the newest first."""
    unit = standing.meter.unit
    counted = any(row.record.counted_value is not None for row in page.rows)
    measured = "Level" if standing.meter.aggregation.is_level else "Quantity"
    columns = [
        Column(title="Occurred", whole=True),
        Column(title="Resource", breaks=True),
        Column(title=f"{measured}, {plural(unit)}", number=True),
        Column(title=f"Running quantity, {plural(unit)}", number=True),
        Column(title="Tier", spare=True),
        Column(title="Added to your bill", number=True),
        Column(title="Source", whole=True, spare=True),
        Column(title="Source’s id", breaks=True, spare=True),
    ]
    if counted:
        columns[2] = Column(title="Counted value", breaks=True)
    if not standing.price.tiers:
        del columns[4]
    amounts = [_added(row, draft, standing) for row in page.rows]
    column = column_of(amounts, writing)
    places = _places(page, counted=counted)
    together = loaded_together((arrival_of(row.record) for row in page.rows), writing)
    rows = [
        TableRow(
            cells=_cells(row, standing, (column.cell(amount), places), writing),
            note=notes_of(row.record, together, writing),
        )
        for row, amount in zip(page.rows, amounts, strict=True)
    ]
    said = f"newest first, times in {writing.zone}{_came(together, writing)}"
    return heading("Records", said) + (
        table("Records of the month", columns, rows, hidden=True)
        if rows
        else paragraph("No record fits this choice.", "mg-sentence mg-above")
    )


def _came(together: date | None, writing: Format) -> str:
    if together is None:
        return ""
    return f"; loaded on {writing.day(together)}, unless a row says otherwise"


def _added(row: RecordInOrder, draft: Draft, standing: Standing) -> Fraction:
    step, at = row.step, row.record.occurred_at
    if step is None:
        return Fraction(0)
    code, period = standing.price.code, draft.period
    return added(draft.agreement, code, period, step.before, step.after, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Decimals of the columns of quantities."""

    measured: int | None  #: None where values are counted
    running: int


def _places(page: RecordPage, *, counted: bool) -> _Places:
    measured = (Fraction(row.record.quantity) for row in page.rows)
    running = (row.step.after for row in page.rows if row.step is not None)
    return _Places(
        measured=None if counted else fewest_places(measured, 0, MEASURED_PLACES),
        running=fewest_places(running, 0, QUANTITY_PLACES),
    )


def _measured(row: RecordInOrder, places: int | None, writing: Format) -> Cell:
    record = row.record
    if record.withdraws:
        return "–"
    if places is None:
        return _still(record.counted_value or "–", row)
    shown = writing.quantity_in_column(Fraction(record.quantity), places)
    if not record.counts:
        return Struck(text=shown)
    return Exact(text=shown, full=writing.number(record.quantity))


def _still(text: str, row: RecordInOrder) -> Cell:
    return text if row.record.counts else Struck(text=text)


def _cells(
    row: RecordInOrder, standing: Standing, column: tuple[Cell, _Places], writing: Format
) -> list[Cell]:
    """Give a record's cells; the column is what it added, and the decimals of quantities."""
    amount, places = column
    record, price = row.record, standing.price
    tier = tier_of(price, row.step.after) if row.step else None
    running = writing.quantity_in_column(row.step.after, places.running) if row.step else "–"
    cells: list[Cell] = [
        to_record(writing.moment(record.occurred_at, seconds=True), record.event_id),
        _still(record.resource, row),
        _measured(row, places.measured, writing),
        running,
        tier.name if tier else "–",
        amount,
        record.source,
        record.source_event_id,
    ]
    if not price.tiers:
        del cells[4]
    return cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where a page of records leads: texts for the address, and whether there is anything."""

    newer: str | None
    older: str | None
    has_newer: bool
    has_older: bool


def ways_from(page: RecordPage) -> Ways:
    """Give where a page leads."""
    return Ways(
        newer=place_text(page.rows[0].record.place) if page.rows else None,
        older=place_text(page.rows[-1].record.place) if page.rows else None,
        has_newer=page.has_newer,
        has_older=page.has_older,
    )


def draw_pager(ways: Ways, kept: Mapping[str, str | None], *, first: bool) -> None:
    """Draw the ways to the newest, the newer, the older and the oldest records.

    Args:
        ways: Where the page shown leads.
        kept: The choice that stays: month, meter, day, resource.
        first: Whether the newest page is shown.
    """
    if not ways.has_newer and not ways.has_older:
        return
    buttons: Sequence[tuple[str, bool, dict[str, str | None]]] = (
        ("Newest", first or not ways.has_newer, {}),
        ("Newer", not ways.has_newer, {state.BEFORE_PARAMETER: ways.newer}),
        ("Older", not ways.has_older, {state.AFTER_PARAMETER: ways.older}),
        ("Oldest", not ways.has_older, {state.AFTER_PARAMETER: OLDEST}),
    )
    with st.container(horizontal=True):
        for label, disabled, way in buttons:
            st.button(
                label,
                key=f"{state.PAGER}_{label}",
                disabled=disabled,
                on_click=choose,
                kwargs={**kept, **way},
            )


def sum_table(summed: RecordSum, draft: Draft, standing: Standing, writing: Format) -> str:
    """Give how all records of the month add up to the line, row by row and in a sentence."""
    line = draft.line_of(standing.price.code)
    if line is None:
        return ""
    amount = writing.money(line.amount)
    columns = (
        Column(title="Part"),
        Column(title=""),
        Column(title="Records", number=True),
        Column(title="Added to your bill", number=True),
    )
    completed = completing_rows(line, summed.added)
    held = any(row.kind is CompletingKind.HELD and row.amount for row in completed)
    said = records_in_words(summed.count, amount, writing, held=held)
    column = column_of([summed.added, *(row.amount for row in completed)], writing)
    count, whole = writing.count(summed.count), column.cell(summed.added)
    records = TableRow(cells=("All records of the month", "", count, whole))
    rows = [records, *completing(line, completed, (column, column.shown([summed.added])))]
    return heading("How it adds up", f"{said} before tax") + table(
        "How the records add up to the charge", columns, rows, hidden=True, narrow=True
    )
