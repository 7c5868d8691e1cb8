"""A line's arithmetic, with every figure in full: quantity × unit price (× days) + fee = amount."""

from collections.abc import Iterable, Sequence
from typing import Final

from billing_core.invoicing import InvoiceLine
from billing_core.rating import DetailedLine, DetailKind
from components.format import Format
from components.rate_card import step_in_words
from components.tables import Cell, Column, RowKind, TableRow, table

FEW: Final = 4  #: detailed lines that are told under a line of the document
_NEGLIGIBLE: Final = frozenset({DetailKind.INCLUDED})


def arithmetic_in_words(detail: DetailedLine, writing: Format) -> str:
    """Write what a detailed line multiplies: ``250 × €0.08 + €5.00``."""
    parts = [writing.number(detail.quantity), "×", writing.unit_price(detail.unit_price)]
    if detail.period_days is not None:
        parts += ["×", f"{detail.days} ÷ {detail.period_days} days"]
    if detail.flat_fee:
        sign = "+" if detail.flat_fee > 0 else "−"
        parts += [sign, writing.unit_price(abs(detail.flat_fee))]
    return " ".join(parts)


def line_in_words(line: InvoiceLine, writing: Format) -> str:
    """Say how a line comes about, tier by tier; "" where it is one product that is plain."""
    told = [each for each in line.detailed_lines if each.amount or each.kind in _NEGLIGIBLE]
    if len(told) > FEW:
        return f"{len(told)} detailed lines"
    if len(told) == 1 and told[0].amount == told[0].unit_price:
        return ""
    named = (f"{_named(each, line, writing)} {_told(each, writing)}" for each in told)
    return "; ".join(named)


def _named(detail: DetailedLine, line: InvoiceLine, writing: Format) -> str:
    return f"{detail.tier or step_in_words(detail, line.name, writing)}:"


def _told(detail: DetailedLine, writing: Format) -> str:
    if detail.kind is DetailKind.INCLUDED:
        return f"{writing.number(detail.quantity)} not charged"
    return arithmetic_in_words(detail, writing)


def details_table(
    details: Sequence[DetailedLine], name: str, total: tuple[str, Cell], writing: Format
) -> str:
    """Give detailed lines as a table that adds up.

    Args:
        details: The parts.
        name: Of the charge; parts that begin with it keep it as it is.
        total: What they add up to: its words, and the amount.
        writing: How the client writes.
    """
    prorated = any(each.period_days is not None for each in details)
    fees = any(each.flat_fee for each in details)
    columns = [Column(title="Part"), Column(title="Quantity", number=True)]
    columns += [Column(title="× unit price", number=True)]
    columns += [Column(title="× days", number=True)] if prorated else []
    columns += [Column(title="+ fee", number=True)] if fees else []
    columns += [Column(title="= amount", number=True)]
    rows = [
        TableRow(cells=tuple(_cells(each, name, writing, prorated=prorated, fees=fees)))
        for each in details
    ]
    blank = [""] * (len(columns) - 2)
    last = TableRow(cells=(total[0], *blank, total[1]), kind=RowKind.TOTAL)
    return table(f"How {name} is made up", columns, [*rows, last], hidden=True)


def _cells(
    detail: DetailedLine, name: str, writing: Format, *, prorated: bool, fees: bool
) -> Iterable[Cell]:
    yield step_in_words(detail, name, writing)
    yield writing.number(detail.quantity)
    yield writing.unit_price(detail.unit_price)
    if prorated:
        yield f"{detail.days} ÷ {detail.period_days}" if detail.period_days is not None else "–"
    if fees:
        yield writing.unit_price(detail.flat_fee) if detail.flat_fee else "–"
    yield writing.money(detail.amount)
