"""The rows of a document's table: lines by group, each with the figures it is the sum of."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from billing_core.invoicing import DetailedLine, DetailKind, InvoiceLine
from billing_core.invoicing.groups import Group, LineGroup, groups_of
from billing_core.numbers import plain
from billing_core.period import month_period
from billing_core.taxes import TaxLine
from documents.edition import Edition
from documents.pdf.words import Look, Row
from notation.format import Format

_GROUPS: Final = {
    Group.FIXED: "Fixed fees",
    Group.VARIABLE: "Variable charges",
    Group.ADJUSTMENTS: "Adjustments of earlier months",
    Group.CREDITS: "Credited lines",
}
HEAD: Final = Row(
    look=Look.GROUP,
    number="No.",
    text="What for",
    service="Service period",
    quantity="Quantity",
    unit_price="Unit price",
    amount="Amount, net",
)
#: Letters of a figure that its column can hold; a longer one is told in a row below.
_LONGEST_QUANTITY: Final = 24
_LONGEST_PRICE: Final = 17
#: A line with no more rows than these stays on one page.
_TOGETHER: Final = 9


def table_rows(edition: Edition, write: Format) -> Iterator[Row]:
    """Give the rows in order; the totals stay with the last line above them."""
    rows = [
        row
        for group in groups_of(edition.document.invoice)
        for row in _group_rows(group, edition, write)
    ]
    if rows:
        rows[-1] = replace(rows[-1], keeps_with_next=True)
    return iter((*rows, *_total_rows(edition, write)))


def _group_rows(group: LineGroup, edition: Edition, write: Format) -> Iterator[Row]:
    title = _GROUPS[group.group]
    yield Row(look=Look.GROUP, text=title, keeps_with_next=True)
    rows = [row for line in group.lines for row in _line_rows(line, edition, write)]
    rows[-1] = replace(rows[-1], keeps_with_next=True)
    yield from rows
    text = f"{title}, tax not included"
    yield Row(look=Look.SUBTOTAL, text=text, amount=write.money(group.amount))


def _line_rows(line: InvoiceLine, edition: Edition, write: Format) -> Iterator[Row]:
    notes = [Row(look=Look.NOTE, text=text) for text in _notes(line, write)]
    only = _told_in_its_line(line)
    unit = edition.unit_of(line)
    row = Row(
        look=Look.LINE,
        number=str(line.number),
        text=line.name,
        service=write.span(line.service_from, line.service_to),
        quantity=_quantity(only.quantity, unit, write) if only else _of_meter(line, unit, write),
        unit_price=write.unit_price(only.unit_price) if only else "",
        amount=write.money(line.amount),
    )
    details = [] if only else [_detail_row(each, unit, write) for each in line.detailed_lines]
    rows = [each for told in (row, *details) for each in _with_room(told)] + notes
    last = len(rows) - 1
    for place, each in enumerate(rows):
        keeps = place < last and (place == 0 or last < _TOGETHER)
        yield replace(each, keeps_with_next=keeps)


def _with_room(row: Row) -> Iterator[Row]:
    """Give a row, and below it the figures that are too long for their columns."""
    quantity, price = row.quantity, row.unit_price
    long_quantity, long_price = len(quantity) > _LONGEST_QUANTITY, len(price) > _LONGEST_PRICE
    yield replace(
        row,
        quantity="below" if long_quantity else quantity,
        unit_price="below" if long_price else price,
    )
    if long_quantity:
        yield Row(look=Look.NOTE, text=f"Quantity: {quantity}")
    if long_price:
        yield Row(look=Look.NOTE, text=f"Unit price: {price}")


def _told_in_its_line(line: InvoiceLine) -> DetailedLine | None:
    """Give the one figure of a line that is quantity × unit price and nothing more."""
    if len(line.detailed_lines) != 1:
        return None
    (only,) = line.detailed_lines
    return None if only.flat_fee or only.period_days or only.tier else only


def _of_meter(line: InvoiceLine, unit: str, write: Format) -> str:
    return "" if line.quantity is None else _quantity(line.quantity, unit, write)


def _quantity(quantity: Decimal, unit: str, write: Format) -> str:
    """Write every digit of a quantity, with its unit where it has one."""
    if not unit:
        return write.number(quantity)
    return write.amount_of(quantity, unit, places=15)


def _detail_row(detail: DetailedLine, unit: str, write: Format) -> Row:
    return Row(
        look=Look.DETAIL,
        text=_detail_text(detail, write),
        quantity=_detail_quantity(detail, unit, write),
        unit_price=_price(detail, write),
        amount=write.money(detail.amount),
    )


def _detail_quantity(detail: DetailedLine, unit: str, write: Format) -> str:
    """Write what is multiplied: units of the meter, or the amount that a discount is on."""
    if detail.kind is DetailKind.DISCOUNT:
        return write.unit_price(detail.quantity)
    of_meter = detail.kind in {DetailKind.USAGE, DetailKind.INCLUDED}
    return _quantity(detail.quantity, unit if of_meter else "", write)


def _price(detail: DetailedLine, write: Format) -> str:
    """Write a unit price in full; a discount's is a rate."""
    if detail.kind is DetailKind.DISCOUNT:
        return write.rate(detail.unit_price)
    return write.unit_price(detail.unit_price)


def _detail_text(detail: DetailedLine, write: Format) -> str:
    parts = [f"{detail.tier}: {detail.text}" if detail.tier else detail.text]
    if detail.period_days:
        parts.append(f"× {detail.days} ÷ {detail.period_days} days")
    if detail.flat_fee:
        word, fee = ("plus", detail.flat_fee) if detail.flat_fee > 0 else ("less", -detail.flat_fee)
        parts.append(f"{word} {write.unit_price(fee)}")
    return ", ".join(parts)


def _notes(line: InvoiceLine, write: Format) -> Iterator[str]:
    if line.adjusts:
        month = write.month(month_period(line.adjusts, write.zone).month)
        yield f"Adjusts {month}: what it comes to now, less what was billed for it"
    yield from (_recomputed(each, write) for each in line.recomputed)
    if line.is_too_late:
        yield "Past the back-billing limit: shown, charged nothing"
    if line.credits_line:
        yield f"Credits line {line.credits_line} of the credited document"
    for label, text in (
        ("Reason", line.reason),
        ("Reference", line.reference),
        ("Agreement", line.clause),
    ):
        if text:
            yield f"{label}: {text}"


def _recomputed(detail: DetailedLine, write: Format) -> str:
    figures = f"{write.number(detail.quantity)} × {_price(detail, write)}"
    text = _detail_text(detail, write)
    return f"Now: {text}: {figures} = {write.money(detail.amount)}"


def _total_rows(edition: Edition, write: Format) -> Iterator[Row]:
    invoice = edition.document.invoice
    yield _sum("Net total, tax not included", invoice.net, write)
    for tax in invoice.taxes:
        yield _sum(_tax_text(tax, write), tax.tax, write)
        if tax.note:
            yield Row(look=Look.NOTE, text=tax.note, keeps_with_next=True)
    if not invoice.taxes:
        yield Row(look=Look.NOTE, text="No tax is charged.", keeps_with_next=True)
    yield Row(look=Look.TOTAL, text="Total, tax included", amount=write.money(invoice.gross))


def _sum(text: str, amount: Decimal, write: Format) -> Row:
    return Row(look=Look.SUM, text=text, amount=write.money(amount), keeps_with_next=True)


def _tax_text(tax: TaxLine, write: Format) -> str:
    """Name a tax, its rate where the name doesn't, and what it is on."""
    named = plain(tax.rate * 100) in tax.name or not tax.rate
    rate = "" if named else f" {write.rate(tax.rate)}"
    return f"{tax.name}{rate} on {write.money(tax.net)}"
