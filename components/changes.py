"""What changed against last month: the way from its total to this one, and charge by charge."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from billing_core.comparison import (
    Billed,
    Comparison,
    Effect,
    LineChange,
    Occurrence,
    Step,
    compare,
)
from components import issued
from components.document_shown import DocumentShown
from components.format import Format, capitalised
from components.invoice_words import to_document
from components.issued import IssuedDocument
from components.marks import Number, span
from components.markup import heading, panel, paragraph
from components.tables import Cell, Column, Mark, RowKind, TableRow, content_of, table

#: Each effect in a word and in a few.
EFFECTS: Final = {
    Effect.PRICE: ("price", "last month’s quantities at this month’s prices"),
    Effect.VOLUME: ("volume", "more or less of the same, at last month’s average price"),
    Effect.MIX: ("mix", "other tiers, included quantities and limits"),
    Effect.NEW: ("new", "charged this month and not last month"),
    Effect.GONE: ("gone", "charged last month and not this month"),
    Effect.ADJUSTMENTS: ("adjustments", "of earlier months, beside last month’s"),
}


def changes_panel(shown: DocumentShown) -> str:
    """Give what changed against last month; "" where there is nothing to compare with."""
    invoice = shown.invoice
    before = issued.before(shown.viewer, shown.head, invoice.period.previous().name)
    if before is None or before.document.invoice.currency != invoice.currency:
        return ""
    found = compare(_billed(before), _billed(shown.full))
    return panel(
        heading("What changed against last month", "before tax"),
        _way(found, before, shown),
        _charges(found, shown.writing),
    )


def _billed(full: IssuedDocument) -> Billed:
    return Billed(invoice=full.document.invoice, agreement=full.agreement)


def _way(found: Comparison, before: IssuedDocument, shown: DocumentShown) -> str:
    writing = shown.writing
    columns = (
        Column(title="Why"),
        Column(title="", wide="38%", spare=True),
        Column(title="Change", number=True),
        Column(title="Total with it", number=True),
    )
    if not found.steps:
        last = content_of(to_document(before.document.number))
        return f'<p class="mg-sentence mg-above">Nothing changed against {last}.</p>'
    start = TableRow(
        cells=(
            to_document(before.document.number, capitalised(writing.month(_month(before)))),
            _bar((Decimal(0), found.before.net), found, "fixed"),
            "",
            writing.money(found.before.net),
        )
    )
    end = TableRow(
        cells=(
            capitalised(writing.month(shown.invoice.period.month)),
            _bar((Decimal(0), found.now.net), found, "fixed"),
            "",
            writing.money(found.now.net),
        ),
        kind=RowKind.TOTAL,
    )
    rows = [start, *_steps(found, writing), end]
    return table("From last month’s total to this month’s", columns, rows, hidden=True)


def _month(before: IssuedDocument) -> date:
    return before.document.invoice.period.month


def _steps(found: Comparison, writing: Format) -> Iterator[TableRow]:
    reached = found.before.net
    for step in found.steps:
        yield TableRow(cells=_step(step, reached, found, writing), note=(EFFECTS[step.effect][1],))
        reached = step.reached


def _step(step: Step, before: Decimal, found: Comparison, writing: Format) -> tuple[Cell, ...]:
    colour = "variable" if step.amount > 0 else "less"
    return (
        capitalised(EFFECTS[step.effect][0]),
        _bar((before, step.reached), found, colour),
        signed(step.amount, writing),
        writing.money(step.reached),
    )


def _bar(ends: tuple[Number, Number], found: Comparison, colour: str) -> Mark:
    return Mark(drawn=span(*ends, found.extent, colour))


def signed(amount: Decimal, writing: Format) -> str:
    """Write an amount with its sign: ``+€5.00``, ``−€5.00``."""
    return f"+{writing.money(amount)}" if amount > 0 else writing.money(amount)


def _charges(found: Comparison, writing: Format) -> str:
    changed = [each for each in found.lines if each.effects]
    if not changed:
        return ""
    columns = (
        Column(title="Charge"),
        Column(title="Last month", number=True, spare=True),
        Column(title="This month", number=True, spare=True),
        Column(title="Difference", number=True),
        Column(title="Of which"),
    )
    rows = [TableRow(cells=_charge(each, found, writing)) for each in changed]
    same = len(found.lines) - len(changed)
    more = f"{same} other {'charge is' if same == 1 else 'charges are'} the same as last month."
    return table("By charge", columns, rows) + (
        paragraph(more, "mg-panel-unit mg-above") if same else ""
    )


def charge_named(line: LineChange, found: Comparison) -> str:
    """Name a charge so that it is not taken for another one of the same price."""
    if line.occurrence is Occurrence.ADJUSTMENT:
        return f"{line.name}, adjustments of earlier months"
    monthly = {each.price_code for each in found.lines if each.occurrence is Occurrence.MONTHLY}
    if line.occurrence is Occurrence.ONCE and line.price_code in monthly:
        return f"{line.name}, for part of a month"
    return line.name


def _charge(line: LineChange, found: Comparison, writing: Format) -> tuple[Cell, ...]:
    of_which = (
        f"{EFFECTS[effect][0]} {signed(amount, writing)}" for effect, amount in line.effects.items()
    )
    return (
        charge_named(line, found),
        "–" if Effect.NEW in line.effects else writing.money(line.before),
        "–" if Effect.GONE in line.effects else writing.money(line.now),
        signed(line.difference, writing),
        ", ".join(of_which),
    )
