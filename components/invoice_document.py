"""One issued document as it was issued: parties, dates, lines in groups, taxes, totals."""

from collections.abc import Iterator

from billing_core.invoicing import InvoiceLine
from billing_core.invoicing.document import Party
from billing_core.invoicing.groups import LineGroup, groups_of
from billing_core.taxes import TaxLine
from components.detail_words import line_in_words
from components.document_shown import DocumentShown
from components.format import capitalised, plural
from components.invoice_list import elsewhere_in_words
from components.invoice_words import GROUPS, ISSUED, kind_in_words, related, state_of, to_line
from components.markup import element, escaped, heading, panel, paragraph, row
from components.next_invoice import service_in_words
from components.tables import Cell, Column, Exact, Mark, RowKind, TableRow, content_of, table

PLACES = 3  #: decimals of a quantity beside its full figure


def document_name(shown: DocumentShown) -> str:
    """Give what a document is called, what it holds, and where it stands."""
    named = f"{kind_in_words(shown.head)} {shown.head.number}"
    return element("div", heading(named) + element("p", _standing(shown), "mg-panel-unit"))


def parties_row(shown: DocumentShown) -> str:
    """Give what a document comes to, from whom and to whom."""
    head, writing, document = shown.head, shown.writing, shown.document
    total = panel(
        heading("Credited to you, with tax" if head.gross < 0 else "Total with tax", level=3),
        paragraph(writing.money(abs(head.gross)), "mg-figure"),
        paragraph(_due(shown), "mg-panel-unit"),
        paragraph(
            f"{writing.money(head.net)} before tax and {writing.money(head.tax)} tax",
            "mg-panel-unit mg-above",
        ),
    )
    return row(total, _party("From", document.issuer, shown), _party("To", document.client, shown))


def _standing(shown: DocumentShown) -> str:
    said = escaped(f"{shown.invoice.title}, issued {shown.writing.day(shown.head.issued_on)}")
    standing = content_of(state_of(shown.head))
    return said if standing == ISSUED else f"{said} · {standing}"


def _due(shown: DocumentShown) -> str:
    if not shown.viewer.sees_payment:
        return "finance sees when and where it is paid"
    if shown.head.gross <= 0:
        return "nothing is to be paid"
    return f"to be paid by {shown.writing.day(shown.head.due_on)}"


def _party(role: str, party: Party, shown: DocumentShown) -> str:
    lines = [*party.address.splitlines(), party.country, party.email]
    if party.tax_number:
        lines.append(f"Tax number {party.tax_number}")
    said = lines if shown.viewer.sees_payment else [party.country]
    return panel(
        heading(role, level=3),
        paragraph(party.name, "mg-sentence mg-strong-text mg-above"),
        element("p", _broken(said), "mg-panel-unit"),
    )


def _broken(lines: list[str]) -> str:
    return "<br>".join(escaped(line) for line in lines if line)


def facts_panel(shown: DocumentShown) -> str:
    """Give what else a document says of itself."""
    columns = (Column(title="Field", wide="9rem"), Column(title="Value", breaks=True))
    rows = [TableRow(cells=each) for each in _facts_of(shown) if each[1] != ""]
    said = table("What the document says of itself", columns, rows, hidden=True)
    return panel(heading("Details"), said)


def _facts_of(shown: DocumentShown) -> Iterator[tuple[str, Cell]]:
    document, head, writing = shown.document, shown.head, shown.writing
    yield "Number", head.number
    yield "Month billed", writing.days(shown.invoice.period)
    yield "Issued", writing.day(head.issued_on)
    if shown.viewer.sees_payment and head.gross > 0:
        days = (document.due_on - document.issued_on).days
        yield "Due", f"{writing.day(document.due_on)}, {days} days after it was issued"
        yield (
            "Payment",
            Mark(drawn=_broken(document.payment_details.splitlines()))
            if (document.payment_details)
            else "",
        )
    yield "Purchase order", document.purchase_order
    for how, documents in related(head):
        yield how, Mark(drawn=", ".join(map(content_of, documents)))
    yield "Reason", document.reason
    for legal in head.legal:
        yield "Legal invoice", capitalised(elsewhere_in_words(legal, head, writing))
    if not head.is_legal and not head.legal:
        yield "Legal invoice", "comes from another system; this states what it is to come to"


def lines_panel(shown: DocumentShown) -> str:
    """Give the lines in their groups, then the taxes and totals."""
    columns = (
        Column(title="Charge"),
        Column(title="Service", spare=True),
        Column(title="Quantity", number=True, spare=True),
        Column(title="Unit", spare=True),
        Column(title="Amount", number=True),
    )
    rows = [each for group in groups_of(shown.invoice) for each in _group(group, shown)]
    return panel(
        heading("Lines", "before tax; open a line to see what it is made of"),
        table(f"Lines of {shown.head.number}", columns, [*rows, *_totals(shown)], hidden=True),
    )


def _group(group: LineGroup, shown: DocumentShown) -> Iterator[TableRow]:
    total = shown.writing.money(group.amount)
    yield TableRow(cells=(GROUPS[group.group], "", "", "", total), kind=RowKind.GROUP)
    for line in group.lines:
        yield _line(line, shown)


def _line(line: InvoiceLine, shown: DocumentShown) -> TableRow:
    writing = shown.writing
    return TableRow(
        cells=(
            to_line(shown.head.number, line.number, line.name),
            service_in_words(line, writing),
            quantity_of(line, shown),
            plural(shown.unit_of(line)),
            writing.money(line.amount),
        ),
        note=tuple(_notes(line, shown)),
    )


def quantity_of(line: InvoiceLine, shown: DocumentShown) -> Cell:
    """Give a line's quantity, in full for whoever points at it; "" where it has none."""
    if line.quantity is None:
        return ""
    writing = shown.writing
    return Exact(text=writing.quantity(line.quantity, PLACES), full=writing.number(line.quantity))


def _notes(line: InvoiceLine, shown: DocumentShown) -> Iterator[Cell]:
    how = "" if line.adjusts else line_in_words(line, shown.writing)
    said = [
        how,
        line.reason if line.reason not in how else "",
        f"reference: {line.reference}" if line.reference else "",
    ]
    words = "; ".join(each for each in said if each)
    if words:
        yield capitalised(words)


def _totals(shown: DocumentShown) -> Iterator[TableRow]:
    writing, invoice = shown.writing, shown.invoice
    before = ("Total before tax", "", "", "", writing.money(invoice.net))
    yield TableRow(cells=before, kind=RowKind.TOTAL)
    for tax in invoice.taxes:
        yield _tax(tax, shown)
    if not invoice.taxes:
        yield TableRow(cells=("No tax is charged", "", "", "", writing.money(invoice.tax)))
    total = ("Total with tax", "", "", "", writing.money(invoice.gross))
    yield TableRow(cells=total, kind=RowKind.TOTAL)


def _tax(tax: TaxLine, shown: DocumentShown) -> TableRow:
    writing = shown.writing
    named = f"{tax.name} ({writing.rate(tax.rate)} of {writing.money(tax.net)})"
    return TableRow(
        cells=(named, "", "", "", writing.money(tax.tax)), note=(tax.note,) if tax.note else ()
    )
