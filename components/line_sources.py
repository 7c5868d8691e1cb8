"""What stands behind a line that no records stand behind: price, reference, commitment, credit."""

from collections.abc import Iterator
from datetime import date, timedelta

from billing_core.invoicing import SHORTFALL_CODE, InvoiceLine
from billing_core.invoicing.counted import counted_lines
from billing_core.prices import ChargeModel, Price
from billing_core.rating import DetailKind
from components import issued, state
from components.detail_words import details_table
from components.document_shown import DocumentShown
from components.filters import address
from components.invoice_words import to_document, to_line
from components.issued import InvoiceHead, IssuedDocument
from components.markup import element, escaped, heading, panel, paragraph
from components.next_invoice import service_in_words
from components.rate_card import version_in_words
from components.tables import Cell, Column, Link, RowKind, TableRow, content_of, link, table

_DAY = timedelta(days=1)


def sources_of(shown: DocumentShown, line: InvoiceLine) -> Iterator[str]:
    """Give the panels of what stands behind a line beside its records."""
    if line.credits_line is not None:
        yield _credited(shown, line)
    elif line.price_code == SHORTFALL_CODE:
        if line.adjusts is None:
            yield _commitment(shown, line)
    else:
        yield _price(shown, line)


def _price(shown: DocumentShown, line: InvoiceLine) -> str:
    """Give the versions of the price in force on the line's days, with clause and quantity."""
    versions = _versions(shown, line)
    once = line.model is ChargeModel.ONE_OFF
    columns = [Column(title="In force"), Column(title="Price")]
    columns += [Column(title="Days", number=True)] if not once else []
    columns += [Column(title="Clause" if not once else "Reference")]
    rows = [TableRow(cells=_version(each, line, shown, once=once)) for each in versions]
    chosen = {state.PRICE_PARAMETER: line.price_code}
    to = Link(text=f"{line.name} in the agreement", address=address("agreement", **chosen))
    return panel(
        heading("Agreed", _agreed(line, shown)),
        table(f"Price of {line.name}", columns, rows, hidden=True),
        element("p", link(to), "mg-sentence mg-above"),
    )


def _versions(shown: DocumentShown, line: InvoiceLine) -> tuple[Price, ...]:
    known = shown.full.agreement.versions_of(line.price_code)
    return tuple(each for each in known if _days(each, line) > 0)


def _days(price: Price, line: InvoiceLine) -> int:
    """Count the line's days on which a version was in force; one-off charges have their day."""
    after = line.service_to + _DAY
    starts = max(price.starts_on, line.service_from)
    return (min(price.ends_on or after, after) - starts).days


def _version(price: Price, line: InvoiceLine, shown: DocumentShown, *, once: bool) -> list[Cell]:
    writing = shown.writing
    cells: list[Cell] = [
        _term(price, shown),
        version_in_words(price, shown.unit_of(line), writing),
    ]
    if once:
        return [*cells, line.reference or "–"]
    return [*cells, writing.count(_days(price, line)), price.clause or "–"]


def _term(price: Price, shown: DocumentShown) -> str:
    start = shown.writing.day(price.starts_on)
    if price.model is ChargeModel.ONE_OFF:
        return start
    end: date | None = price.ends_on
    return f"from {start} to before {shown.writing.day(end)}" if end else f"from {start}"


def _agreed(line: InvoiceLine, shown: DocumentShown) -> str:
    days = (line.service_to - line.service_from).days + 1
    span = service_in_words(line, shown.writing)
    return f"agreement {shown.invoice.agreement}; {span}, {days} {'day' if days == 1 else 'days'}"


def _commitment(shown: DocumentShown, line: InvoiceLine) -> str:
    """Give the lines that counted toward the minimum commitment, and what they come to."""
    writing = shown.writing
    columns = (
        Column(title="Counted"),
        Column(title="Service", spare=True),
        Column(title="Amount", number=True),
    )
    own = {each.price_code: each.number for each in shown.invoice.lines if each.adjusts is None}
    rows = [
        TableRow(
            cells=(
                _counted(each, own, shown),
                service_in_words(each, writing),
                writing.money(each.amount),
            )
        )
        for each in counted_lines(shown.full.agreement, shown.invoice)
    ]
    short = next(e for e in line.detailed_lines if e.kind is DetailKind.COMMITMENT)
    counted = writing.money(abs(short.flat_fee))
    rows.append(TableRow(cells=("Counted in all", "", counted), kind=RowKind.TOTAL))
    least = writing.unit_price(short.unit_price)
    said = f"{least} is the minimum; {least} − {counted} = {writing.money(line.amount)}."
    return panel(
        heading("Minimum commitment", "which lines counted, before tax"),
        table("Lines that counted toward the commitment", columns, rows, hidden=True),
        paragraph(said, "mg-sentence mg-above"),
    )


def _counted(line: InvoiceLine, own: dict[str, int], shown: DocumentShown) -> Cell:
    in_advance = line.service_from == shown.invoice.period.first_day and line.meter is None
    if line.price_code in own and not in_advance:
        return to_line(shown.head.number, own[line.price_code], line.name)
    return f"{line.name}, charged in advance on the invoice before"


def credited_document(shown: DocumentShown) -> tuple[InvoiceHead, IssuedDocument] | None:
    """Give the document that a credit note credits."""
    number = shown.head.corrects
    head = issued.head(shown.viewer, number) if number else None
    return (head, issued.document(shown.viewer, head)) if head else None


def _credited(shown: DocumentShown, line: InvoiceLine) -> str:
    """Give the line that is credited, as it was billed."""
    found = credited_document(shown)
    if found is None:
        return ""
    head, full = found
    lines = {each.number: each for each in full.document.invoice.lines}
    old = lines.get(line.credits_line or 0)
    if old is None:
        return ""
    writing = shown.writing
    way = content_of(to_line(head.number, old.number, f"line {old.number} of {head.number}"))
    of = content_of(to_document(head.number))
    return panel(
        heading("Credited", "the line as it was billed"),
        element("p", f"{escaped(old.name)}, {way} ({of}).", "mg-sentence mg-above"),
        details_table(
            old.detailed_lines,
            old.name,
            ("As billed, before tax", writing.money(old.amount)),
            writing,
        ),
    )
