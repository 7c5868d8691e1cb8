"""A line's arithmetic, with every figure in full: quantity × unit price (× days) + fee = amount."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from billing_core.invoicing import InvoiceLine
from billing_core.rating import DetailedLine, DetailKind
from components.format import Format
from components.tables import Cell, Column, RowKind, TableRow, table

FEW: Final = 4  #: detailed lines that are told under a line of the document
_NEGLIGIBLE: Final = frozenset({DetailKind.INCLUDED})
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Whose texts hold quantities and amounts; those of the others hold days and numbers of documents.
_COUNTING = frozenset(
    {
        DetailKind.USAGE,
        DetailKind.INCLUDED,
        DetailKind.DISCOUNT,
        DetailKind.MAXIMUM,
        DetailKind.MINIMUM,
        DetailKind.COMMITMENT,
    }
)


def step_in_words(line: DetailedLine, name: str, writing: Format) -> str:
    """Give a step's text, its numbers and days as the client writes them.

    Names, and the reason of a discount, stay as they are.

    ``Platform: 2026-11-01 to 2026-11-30`` is ``Platform: 1 Nov 2026 to 30 Nov 2026``.
    """
    named = next(
        (each for each in (line.tier, name) if each and line.text.startswith(each)),
        "",
    )
    rest = line.text.removeprefix(named)
    if line.kind not in _COUNTING:
        return named + _DAY.sub(lambda found: writing.day(date.fromisoformat(found[0])), rest)
    reason = ""
    if line.kind is DetailKind.DISCOUNT:
        rest, *reasons = rest.split(": ", maxsplit=1)
        reason = "".join(f": {each}" for each in reasons)
    return named + _NUMBER.sub(lambda found: writing.number(Decimal(found[0])), rest) + reason


def arithmetic_in_words(detail: DetailedLine, writing: Format) -> str:
    """Write what a detailed line multiplies: ``250 × €0.08 + €5.00``."""
    parts = [writing.number(detail.quantity), "×", unit_price_of(detail, writing)]
    if detail.period_days is not None:
        parts += ["×", f"{detail.days} ÷ {detail.period_days} days"]
    if detail.flat_fee:
        sign = "+" if detail.flat_fee > 0 else "−"
        parts += [sign, writing.unit_price(abs(detail.flat_fee))]
    return " ".join(parts)


def unit_price_of(detail: DetailedLine, writing: Format) -> str:
    """Write a detailed line's unit price, in full; of a discount it is a rate of an amount."""
    if detail.kind is DetailKind.DISCOUNT:
        return writing.rate(detail.unit_price)
    return writing.unit_price(detail.unit_price)


def line_in_words(line: InvoiceLine, writing: Format) -> str:
    """Say how a line comes about, tier by tier; "" where it is one product that is plain."""
    told = [each for each in line.detailed_lines if each.amount or each.kind in _NEGLIGIBLE]
    if len(told) > FEW:
        return f"{len(told)} detailed lines"
    if len(told) == 1 and told[0].amount == told[0].unit_price:
        return ""
    return "; ".join(_told(each, line, writing) for each in told)


def _told(detail: DetailedLine, line: InvoiceLine, writing: Format) -> str:
    if detail.kind is DetailKind.INCLUDED:
        return f"{writing.number(detail.quantity)} included"
    if detail.kind is DetailKind.FEE:  # the document says beside it for which days it is
        return arithmetic_in_words(detail, writing)
    named = detail.tier or step_in_words(detail, line.name, writing)
    short = named.removeprefix(line.name).removeprefix(": ")
    product = arithmetic_in_words(detail, writing)
    return f"{short}: {product}" if short else product


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
    yield unit_price_of(detail, writing)
    if prorated:
        yield f"{detail.days} ÷ {detail.period_days}" if detail.period_days is not None else "–"
    if fees:
        yield writing.unit_price(detail.flat_fee) if detail.flat_fee else "–"
    yield writing.money(detail.amount)
