"""Behind an adjustment: the line as it was billed, as it is known now, and the records between."""

from collections.abc import Iterator

import streamlit as st

from billing_core.invoicing import InvoiceLine
from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from components import data, issued, state
from components.data import Record, RecordPage
from components.detail_words import details_table
from components.document_shown import DocumentShown
from components.filters import choose, chosen_place, place_text
from components.format import Format, plural
from components.invoice_words import to_line
from components.issued import AdjustingAsked
from components.markup import heading, panel, paragraph, row, show
from components.record_notes import month_named, to_record
from components.tables import Cell, Column, TableRow, content_of, table


def adjustment_parts(shown: DocumentShown, line: InvoiceLine) -> Iterator[str]:
    """Give the old line and the new one side by side; nothing for other lines."""
    if line.adjusts is None or line.credits_line is not None:
        return
    month = month_named(line.adjusts, shown.writing)
    if line.is_too_late:
        words = (
            f"The change of {month} came after the agreed limit for late charges "
            f"({shown.full.agreement.back_billing_days} days): it is shown and charged nothing."
        )
        yield panel(heading("Too late"), paragraph(words, "mg-sentence mg-above"))
    yield row(_as_billed(shown, line, month), _as_known(shown, line, month))


def _as_billed(shown: DocumentShown, line: InvoiceLine, month: str) -> str:
    """Give the line of the document that stands for the month."""
    writing, old = shown.writing, _old_line(shown, line)
    title = heading(f"{month} as it was billed")
    if old is None:
        return panel(title, paragraph("There was no such line before.", "mg-sentence mg-above"))
    number, found = old
    way = content_of(to_line(number, found.number, f"line {found.number} of {number}"))
    total = ("Billed then", writing.money(found.amount))
    return panel(
        title,
        f'<p class="mg-panel-unit">{way}</p>',
        details_table(found.detailed_lines, found.name, total, writing),
    )


def _old_line(shown: DocumentShown, line: InvoiceLine) -> tuple[str, InvoiceLine] | None:
    stands = issued.months(shown.viewer).get(line.adjusts or "")
    head = issued.head(shown.viewer, stands.number) if stands else None
    if head is None:
        return None
    lines = issued.document(shown.viewer, head).document.invoice.lines
    own = (e for e in lines if e.price_code == line.price_code and e.adjusts is None)
    found = next(own, None)
    return (head.number, found) if found else None


def _as_known(shown: DocumentShown, line: InvoiceLine, month: str) -> str:
    writing = shown.writing
    title = heading(f"{month} as it is known now", "with all records that came since")
    if not line.recomputed:
        return panel(title, paragraph("Nothing is charged for it now.", "mg-sentence mg-above"))
    new = next((e.amount for e in line.detailed_lines if e.kind.value == "recomputed"), None)
    total = ("Comes to now", writing.money(new) if new is not None else "–")
    return panel(title, details_table(line.recomputed, line.name, total, writing))


def draw_adjusting_records(shown: DocumentShown, line: InvoiceLine) -> None:
    """Draw the late and correcting records that an adjustment is made from."""
    meter = shown.full.meters.get(line.meter or "")
    own = _period(shown, line)
    if meter is None or own is None:
        return
    page = issued.adjusting(
        shown.viewer,
        AdjustingAsked(
            meter=meter,
            own=own,
            billed=shown.invoice.period,
            older_than=chosen_place(state.AFTER_PARAMETER),
        ),
    )
    with st.container(border=True):
        show(_records(page, meter, shown.writing))
        _draw_pager(page, shown, line)


def _period(shown: DocumentShown, line: InvoiceLine) -> BillingPeriod | None:
    known = data.periods(shown.viewer, data.as_of(shown.viewer))
    return next((each for each in known if each.name == line.adjusts), None)


def _records(page: RecordPage, meter: Meter, writing: Format) -> str:
    title = heading(
        "Records that came since",
        f"late and correcting records, newest first, times in {writing.zone}",
    )
    if not page.rows:
        words = "None of its own records: a level that changed earlier is carried into it."
        return title + paragraph(words, "mg-sentence mg-above")
    columns = (
        Column(title="Occurred", whole=True),
        Column(title="Resource", breaks=True),
        Column(title=f"Quantity, {plural(meter.unit)}", number=True),
        Column(title="What it does"),
        Column(title="Arrived", whole=True, spare=True),
        Column(title="Source", spare=True),
    )
    rows = [TableRow(cells=tuple(_cells(each.record, writing))) for each in page.rows]
    return title + table("Late and correcting records", columns, rows, hidden=True)


def _cells(record: Record, writing: Format) -> Iterator[Cell]:
    yield to_record(writing.moment(record.occurred_at, seconds=True), record.event_id)
    yield record.resource
    yield "–" if record.withdraws else record.counted_value or writing.number(record.quantity)
    yield _what(record)
    yield writing.moment(record.recorded_at)
    yield record.source


def _what(record: Record) -> str:
    reason = f": {record.reason}" if record.reason else ""
    if record.withdraws:
        return f"takes an earlier record back{reason}"
    if record.superseded_by is not None:
        return "was replaced itself, counts nothing"
    return f"replaces an earlier record{reason}" if record.supersedes else "came late"


def _draw_pager(page: RecordPage, shown: DocumentShown, line: InvoiceLine) -> None:
    kept = {
        state.INVOICE_PARAMETER: shown.head.number,
        state.LINE_PARAMETER: str(line.number),
    }
    older = place_text(page.rows[-1].record.place) if page.has_older else None
    with st.container(horizontal=True):
        for label, is_there, place in (
            ("Newest", page.has_newer, None),
            ("Older", older is not None, older),
        ):
            if is_there:
                st.button(
                    label,
                    key=f"{state.PAGER}_{label}",
                    on_click=choose,
                    kwargs={**kept, state.AFTER_PARAMETER: place},
                )
