"""The records behind a charge: a page of them, what each added, and how they add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import streamlit as st

from billing_core.explanation import CompletingKind, added, completing_rows
from billing_core.rating import tier_of
from components import state
from components.added import column_of
from components.breakdown import QUANTITY_PLACES, completing
from components.data import RecordInOrder, RecordPage
from components.explanation import records_in_words
from components.filters import OLDEST, address, choose, place_text
from components.format import Format, fewest_places, plural
from components.markup import heading, paragraph, show
from components.record_sums import RecordSum
from components.standing import Draft, Standing
from components.tables import Cell, Column, Exact, Link, TableRow, table

MEASURED_PLACES = 6  #: of a record's quantity; in full for whoever points at it


def draw_records(page: RecordPage, draft: Draft, standing: Standing, writing: Format) -> None:
    """Draw a page of records, the newest first."""
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
    rows = [
        TableRow(cells=_cells(row, standing, (column.cell(amount), places), writing))
        for row, amount in zip(page.rows, amounts, strict=True)
    ]
    show(
        heading("Records", f"newest first, times in {writing.zone}"),
        table("Records of the month", columns, rows, hidden=True)
        if rows
        else paragraph("No record fits this choice.", "mg-sentence mg-above"),
    )


def _added(row: RecordInOrder, draft: Draft, standing: Standing) -> Fraction:
    step, at = row.step, row.record.occurred_at
    code, period = standing.price.code, draft.period
    return added(draft.agreement, code, period, step.before, step.after, at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Decimals of the columns of quantities."""

    measured: int | None  #: None where values are counted
    running: int


def _places(page: RecordPage, *, counted: bool) -> _Places:
    measured = (Fraction(row.record.quantity) for row in page.rows)
    running = (row.step.after for row in page.rows)
    return _Places(
        measured=None if counted else fewest_places(measured, 0, MEASURED_PLACES),
        running=fewest_places(running, 0, QUANTITY_PLACES),
    )


def _measured(row: RecordInOrder, places: int | None, writing: Format) -> Cell:
    record = row.record
    if places is None:
        return record.counted_value or "–"
    shown = writing.quantity_in_column(Fraction(record.quantity), places)
    return Exact(text=shown, full=writing.number(record.quantity))


def _cells(
    row: RecordInOrder, standing: Standing, column: tuple[Cell, _Places], writing: Format
) -> list[Cell]:
    """Give a record's cells; the column is what it added, and the decimals of quantities."""
    amount, places = column
    record, price = row.record, standing.price
    event = {state.EVENT_PARAMETER: str(record.event_id)}
    tier = tier_of(price, row.step.after)
    cells: list[Cell] = [
        Link(
            text=writing.moment(record.occurred_at, seconds=True),
            address=address("consumption", **event),
        ),
        record.resource,
        _measured(row, places.measured, writing),
        writing.quantity_in_column(row.step.after, places.running),
        tier.name if tier else "–",
        amount,
        record.source,
        record.source_event_id,
    ]
    if not price.tiers:
        del cells[4]
    return cells


def draw_pager(page: RecordPage, kept: Mapping[str, str | None], *, first: bool) -> None:
    """Draw the ways to the newest, the newer, the older and the oldest records.

    Args:
        page: What is shown.
        kept: The choice that stays: month, meter, day, resource.
        first: Whether the newest page is shown.
    """
    if not page.has_newer and not page.has_older:
        return
    newer = place_text(page.rows[0].record.place) if page.rows else None
    older = place_text(page.rows[-1].record.place) if page.rows else None
    ways: Sequence[tuple[str, bool, dict[str, str | None]]] = (
        ("Newest", first or not page.has_newer, {}),
        ("Newer", not page.has_newer, {state.BEFORE_PARAMETER: newer}),
        ("Older", not page.has_older, {state.AFTER_PARAMETER: older}),
        ("Oldest", not page.has_older, {state.AFTER_PARAMETER: OLDEST}),
    )
    with st.container(horizontal=True):
        for label, disabled, way in ways:
            st.button(
                label,
                key=f"{state.PAGER}_{label}",
                disabled=disabled,
                on_click=choose,
                kwargs={**kept, **way},
            )


def draw_sum(summed: RecordSum, draft: Draft, standing: Standing, writing: Format) -> None:
    """Draw how all records of the month add up to the line, row by row and in a sentence."""
    line = draft.line_of(standing.price.code)
    if line is None:
        return
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
    show(
        heading("How it adds up", f"{said} before tax"),
        table("How the records add up to the charge", columns, rows, hidden=True, narrow=True),
    )
