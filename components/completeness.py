"""Completeness: what became of each record that a document's month bills, as counts that add up."""

from collections.abc import Callable, Sequence
from typing import Final

from billing_core.metering import Meter
from billing_core.proof.completeness import Completeness, Counts, SetCounts, completeness_of
from components import issued
from components.document_shown import DocumentShown
from components.format import Format
from components.markup import heading, panel, paragraph
from components.record_notes import month_named
from components.tables import Column, Noted, RowKind, TableRow, content_of, table

#: What can become of a record: the column's head, and how many there are.
_PARTS: Final[tuple[tuple[str, Callable[[Counts], int]], ...]] = (
    ("In a line", lambda counts: counts.billed),
    ("Included", lambda counts: counts.included),
    ("Replaced", lambda counts: counts.superseded),
    ("Taking back", lambda counts: counts.withdraws),
    ("Too late", lambda counts: counts.too_late),
    ("No price", lambda counts: counts.unpriced),
)
_ALWAYS: Final = 1  #: parts that are shown though there are none
_MEANING: Final = {
    "Included": "covered by what is included in the price",
    "Replaced": "another record took its place",
    "Taking back": "it only takes another record back",
    "Too late": "past the agreed limit for late charges: shown, charged nothing",
    "No price": "no price asks for its meter",
}


def completeness_panel(shown: DocumentShown) -> str:
    """Give what became of each record; for documents that bill a month, not for credits."""
    behind = issued.behind(shown.viewer, shown.head)
    found = completeness_of(behind.evidence, behind.exclusions)
    if shown.head.corrects and not found.sets:
        return ""
    return panel(*_told(found, shown))


def _told(found: Completeness, shown: DocumentShown) -> Sequence[str]:
    writing = shown.writing
    if not found.sets:
        return (
            heading("Checked: no records"),
            paragraph("Nothing was measured that this month bills.", "mg-sentence mg-above"),
        )
    if not found.adds_up:
        wrong = Noted(
            text="The counts do not add up. Please ask your provider before you pay.",
            classes="mg-over",
        )
        return (
            heading("Checked: the records do not add up"),
            f'<p class="mg-sentence mg-above">{content_of(wrong)}</p>',
            _table(found, shown),
        )
    noun = "record adds" if found.total.total == 1 else "records add"
    return (
        heading(
            f"Checked: {writing.count(found.total.total)} {noun} up",
            "each record that this month bills is in exactly one column",
        ),
        _table(found, shown),
        paragraph(_meaning(found), "mg-panel-unit mg-above"),
    )


def _meaning(found: Completeness) -> str:
    said = (f"{title}: {_MEANING[title]}" for title, _ in _parts(found) if title in _MEANING)
    told = "; ".join(said)
    return f"{told}." if told else ""


def _parts(found: Completeness) -> list[tuple[str, Callable[[Counts], int]]]:
    """Give the columns that say something: those without any record are left out."""
    return [*_PARTS[:_ALWAYS], *(part for part in _PARTS[_ALWAYS:] if part[1](found.total))]


def _table(found: Completeness, shown: DocumentShown) -> str:
    writing, parts = shown.writing, _parts(found)
    columns = (
        Column(title="Meter"),
        Column(title="Month", whole=True, spare=True),
        *(Column(title=title, number=True) for title, _ in parts),
        Column(title="Records", number=True),
    )
    rows = [_row(each, parts, shown) for each in found.sets]
    whole = ("All records", "", *_counts(found.total, parts, writing))
    return table(
        "What became of each record",
        columns,
        [*rows, TableRow(cells=whole, kind=RowKind.TOTAL)],
        hidden=True,
    )


def _row(
    each: SetCounts, parts: Sequence[tuple[str, Callable[[Counts], int]]], shown: DocumentShown
) -> TableRow:
    evidence, writing = each.evidence, shown.writing
    name = _name(shown.full.meters.get(evidence.meter), evidence.meter)
    month = month_named(evidence.usage_period, writing)
    return TableRow(cells=(name, month, *_counts(each.counts, parts, writing)))


def _name(meter: Meter | None, code: str) -> str:
    return meter.name if meter else code


def _counts(
    counts: Counts, parts: Sequence[tuple[str, Callable[[Counts], int]]], writing: Format
) -> list[str]:
    return [writing.count(each) for each in (*(of(counts) for _, of in parts), counts.total)]
