"""One client's month at its end: how far it is, what is missing, its lines beside last month's."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from billing_core.comparison import Comparison, LineChange, compare
from billing_core.invoicing import Invoice
from components.changes import charge_named, signed
from components.downloads import drafts_of
from components.format import Format, capitalised
from components.markup import command, element, escaped, heading, panel, paragraph, row, show
from components.month_end_client import ClientMonth, billed
from components.month_end_words import (
    difference_in_words,
    money_or_none,
    stage_cell,
    way_to_mend,
)
from components.month_states import MonthSeen
from components.tables import Cell, Column, Link, RowKind, TableRow, content_of, link, table

_WAYS: Final = {
    "month_before": "Open that month",
    "untaxed_codes": "See the agreement",
    "unpriced_meters": "See the agreement",
    "silent_sources": "See the gaps",
    "refused_records": "See what was refused",
}
_TAKEN: Final = "python -m jobs books take FILE"
_LESS: Final = ("running", "grace")  #: time brings it, nobody mends it


def state_panel(month: ClientMonth) -> str:
    """Give how far the month is, its total, and how that differs from the month before."""
    seen, writing = month.seen, month.writing
    slug = month.viewer.client.slug
    stage = content_of(stage_cell(seen, slug, writing))
    total = "no total yet" if seen.net is None else writing.money(seen.net)
    return panel(
        heading(capitalised(writing.month(seen.month)), "before tax"),
        paragraph(total, "mg-figure"),
        paragraph(_beside(month), "mg-panel-unit"),
        element("p", f"State: {stage}", "mg-sentence mg-above"),
        *(paragraph(each) for each in _decided(month)),
    )


def _beside(month: ClientMonth) -> str:
    seen, writing = month.seen, month.writing
    words = difference_in_words(seen.net, seen.former_net, writing)
    if words and seen.former_net is not None:
        return f"{words} against {writing.money(seen.former_net)} the month before"
    return "The month before is not issued, or in another currency."


def _decided(month: ClientMonth) -> list[str]:
    seen, writing = month.seen, month.writing
    said = []
    if seen.approved_at and seen.approved_by:
        said.append(f"Approved by {seen.approved_by} on {writing.moment(seen.approved_at)}.")
    if seen.override_reason:
        said.append(f"Issued in spite of what is missing: {seen.override_reason}")
    if seen.fault and not month.sentences:
        said.append(seen.fault)
    return said


def missing_panel(month: ClientMonth) -> str:
    """Give what is not ready in sentences, each with the way to where it is mended."""
    if not month.sentences:
        return ""
    seen, slug = month.seen, month.viewer.client.slug
    items = (_missing(kind, words, seen, slug) for kind, words in month.sentences)
    return panel(heading("Not ready"), element("ul", "".join(items), "mg-list mg-above"))


def _missing(kind: str, words: str, seen: MonthSeen, slug: str) -> str:
    if kind in _LESS:
        return element("li", _with_commands(words))
    way = Link(text=_WAYS.get(kind, "See it"), address=way_to_mend(kind, seen.month, slug))
    return element("li", f"{_with_commands(words)} {link(way)}")


def _with_commands(words: str) -> str:
    """Give a sentence as safe HTML; what stands between backticks is a command."""
    parts = (escaped(part) for part in words.split("`"))
    return "".join(element("code", part) if at % 2 else part for at, part in enumerate(parts))


def lines_panel(month: ClientMonth) -> str:
    """Give the lines beside those of the month before, taxes and totals."""
    if month.billed is None:
        return ""
    invoice, writing = month.billed.invoice, month.writing
    before = month.before
    title = heading("Lines", invoice.title)
    if before is None or before.document.invoice.currency != invoice.currency:
        return panel(title, _alone(invoice, writing))
    found = compare(billed(before), month.billed)
    columns = (
        Column(title="Charge"),
        Column(title=writing.month(before.document.invoice.period.month), number=True),
        Column(title=writing.month(invoice.period.month), number=True),
        Column(title="Difference", number=True),
    )
    rows = [TableRow(cells=_change(each, found, writing)) for each in found.lines]
    rows += _totals(invoice, before.document.invoice, writing)
    return panel(
        title, table("Lines beside the month before", columns, rows, hidden=True, stacked=True)
    )


def _change(line: LineChange, found: Comparison, writing: Format) -> tuple[Cell, ...]:
    return (
        charge_named(line, found),
        writing.money(line.before),
        writing.money(line.now),
        signed(line.difference, writing),
    )


def _totals(now: Invoice, before: Invoice, writing: Format) -> Sequence[TableRow]:
    return [
        TableRow(
            cells=(
                words,
                writing.money(former),
                writing.money(latter),
                difference_in_words(latter, former, writing),
            ),
            kind=RowKind.TOTAL,
        )
        for words, former, latter in (
            ("Total before tax", before.net, now.net),
            ("Tax", before.tax, now.tax),
            ("Total with tax", before.gross, now.gross),
        )
    ]


def _alone(invoice: Invoice, writing: Format) -> str:
    columns = (Column(title="Charge"), Column(title="Before tax", number=True))
    rows = [TableRow(cells=(line.name, writing.money(line.amount))) for line in invoice.lines]
    rows += [
        TableRow(cells=(words, writing.money(amount)), kind=RowKind.TOTAL)
        for words, amount in (
            ("Total before tax", invoice.net),
            ("Tax", invoice.tax),
            ("Total with tax", invoice.gross),
        )
    ]
    return table("Lines", columns, rows, hidden=True)


def elsewhere_panel(month: ClientMonth) -> str:
    """Give what goes to another system and what came back, where legal invoices are made there."""
    seen = month.seen
    if seen.is_legal is not False and seen.legal_numbers is None:
        return ""
    return panel(
        heading("In the other system", "where the legal invoice is made"),
        _handed_over(seen.number) if seen.is_legal is False and seen.number else "",
        _came_back(seen, month.writing),
    )


def _handed_over(number: str) -> str:
    ways = " or ".join(link(each) for each in drafts_of(number))
    words = f"Hand {escaped(number)} over: {ways}. What comes back is taken in by a command."
    return element("p", words, "mg-sentence mg-above") + command("", _TAKEN)


def _came_back(seen: MonthSeen, writing: Format) -> str:
    if seen.legal_numbers is None or seen.legal_net is None or seen.legal_gross is None:
        return paragraph("Nothing came back yet.", "mg-sentence")
    columns = (
        Column(title=""),
        Column(title="Here", number=True),
        Column(title=seen.legal_numbers, number=True),
        Column(title="Difference", number=True),
    )
    compared = (
        ("Before tax", seen.booked_net, seen.legal_net),
        ("With tax", seen.booked_gross, seen.legal_gross),
    )
    rows = [TableRow(cells=_compared(*each, writing)) for each in compared]
    return table("Totals here and there", columns, rows, hidden=True)


def _compared(
    words: str, here: Decimal | None, there: Decimal, writing: Format
) -> tuple[Cell, ...]:
    less = difference_in_words(there, here, writing)
    return (words, money_or_none(here, writing), writing.money(there), less)


def draw_standing(month: ClientMonth) -> None:
    """Draw how far the month is, and what is missing."""
    missing = missing_panel(month)
    standing = state_panel(month)
    show(row(standing, missing) if missing else standing)


def draw_lines(month: ClientMonth) -> None:
    """Draw the lines beside the month before's, and what another system issued."""
    show(element("div", lines_panel(month) + elsewhere_panel(month), "mg-sheet"))
