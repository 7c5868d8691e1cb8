"""One line of an issued document: how it is made up, and what stands behind it."""

from collections.abc import Iterator
from dataclasses import replace

import streamlit as st

from billing_core.invoicing import InvoiceLine
from billing_core.invoicing.groups import group_of
from components import drafts, state
from components.detail_words import details_table
from components.document_shown import DocumentShown
from components.downloads import records_file
from components.filters import carried
from components.format import plural
from components.invoice_document import quantity_of
from components.invoice_words import GROUPS, to_document, to_line
from components.line_adjustment import adjustment_parts, draw_adjusting_records
from components.line_sources import sources_of
from components.markup import element, escaped, heading, panel, paragraph, row, show
from components.next_invoice import service_in_words
from components.record_view import Counted, RecordView, draw_record_view
from components.standing import Draft, Standing, standings_of
from components.tables import content_of, link


def line_sheet(shown: DocumentShown, line: InvoiceLine) -> str:
    """Give a line with its figures, its arithmetic and, but for records, its evidence."""
    parts = [
        _way_back(shown, line),
        element("div", heading(f"Line {line.number}: {line.name}", GROUPS[group_of(line)])),
        row(*_figures(shown, line)),
        panel(*_made_up(shown, line)),
        *adjustment_parts(shown, line),
        *sources_of(shown, line),
    ]
    return element("div", "".join(part for part in parts if part), "mg-sheet")


def _way_back(shown: DocumentShown, line: InvoiceLine) -> str:
    number, lines = shown.head.number, shown.invoice.lines
    ways = [to_document(number, f"All of {number}")]
    if line.number > 1:
        ways.append(to_line(number, line.number - 1, "Line before"))
    if line.number < len(lines):
        ways.append(to_line(number, line.number + 1, "Next line"))
    return element("p", " · ".join(map(link, ways)), "mg-sentence")


def _figures(shown: DocumentShown, line: InvoiceLine) -> Iterator[str]:
    writing = shown.writing
    yield _figure("Amount", writing.money(line.amount), "before tax")
    unit = plural(shown.unit_of(line))
    quantity = content_of(quantity_of(line, shown)) or "–"
    yield panel(
        paragraph("Quantity", "mg-panel-unit"),
        element("p", f"{quantity} {escaped(unit)}", "mg-figure"),
        paragraph("agreed" if line.meter is None else "counted", "mg-panel-unit"),
    )
    timing = "charged in advance" if line.timing.value == "in advance" else "charged afterwards"
    yield _figure("Service", service_in_words(line, writing), timing)
    yield _figure("Tax", *_tax(shown, line))


def _figure(label: str, value: str, below: str) -> str:
    return panel(
        paragraph(label, "mg-panel-unit"),
        paragraph(value, "mg-figure"),
        paragraph(below, "mg-panel-unit"),
    )


def _tax(shown: DocumentShown, line: InvoiceLine) -> tuple[str, str]:
    rates = (each for each in shown.full.tax_rates if each.code == line.tax_code)
    rate = next((each for each in rates if each.is_in_force(line.service_to)), None)
    if rate is None:
        return "none", "this line bears no tax"
    return shown.writing.rate(rate.rate), rate.name


def _made_up(shown: DocumentShown, line: InvoiceLine) -> Iterator[str]:
    writing = shown.writing
    yield heading("How it is made up", "every figure in full; each part is rounded once")
    if not line.detailed_lines:
        yield paragraph("There is nothing to charge.", "mg-sentence mg-above")
        return
    total = ("Line, before tax", writing.money(line.amount))
    yield details_table(line.detailed_lines, line.name, total, writing)
    if line.reason:
        yield paragraph(f"Reason: {line.reason}", "mg-sentence mg-above")


def draw_behind_line(shown: DocumentShown, line: InvoiceLine) -> None:
    """Draw the records behind a line; nothing where none stand behind it."""
    if line.meter is None:
        return
    if line.adjusts is not None:
        draw_adjusting_records(shown, line)
    elif line.credits_line is None:
        _draw_records(shown, line)


def _draw_records(shown: DocumentShown, line: InvoiceLine) -> None:
    """Draw the records as the document counted them: what came later changed nothing of it."""
    draft = _as_issued(shown)
    standing = _standing(draft, line)
    if draft is None or standing is None:
        return
    chosen = {
        state.INVOICE_PARAMETER: shown.head.number,
        state.LINE_PARAMETER: str(line.number),
    }
    counted = Counted(draft=draft, standing=standing, writing=shown.writing)
    view = RecordView(
        viewer=shown.viewer,
        period=draft.period,
        chosen=chosen,
        about=(shown.head.number, str(line.number), *map("=".join, carried().items())),
        counted=lambda: counted,
    )
    with st.container(border=True):
        draw_record_view(view)
        show(element("p", link(records_file(shown.head.number, line.number)), "mg-sentence"))


def _as_issued(shown: DocumentShown) -> Draft | None:
    """Give the month's draft with the document's own lines in the place of those drafted."""
    period = shown.invoice.period
    draft = drafts.draft(shown.viewer, period, period.ends_at, with_days=True)
    return replace(draft, invoice=shown.invoice, agreement=shown.full.agreement) if draft else None


def _standing(draft: Draft | None, line: InvoiceLine) -> Standing | None:
    known = standings_of(draft) if draft else ()
    return next((each for each in known if each.price.code == line.price_code), None)
