"""One client's month at its end: how far it is, what is missing, its lines beside last month's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing_core.comparison import Billed, LineChange, compare
from billing_core.invoicing import Invoice
from billing_core.period import BillingPeriod
from components import data, drafts, issued, month_states
from components.changes import signed
from components.format import Format, capitalised
from components.issued import IssuedDocument
from components.markup import element, heading, panel, paragraph, row, show
from components.month_end_words import difference_in_words, matters_of, stage_cell
from components.month_states import MonthKnown, MonthSeen
from components.tables import Cell, Column, RowKind, TableRow, content_of, table
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMonth:
    """A client's month, and the one before it as it was issued."""

    viewer: Viewer
    seen: MonthSeen
    billed: Billed | None  #: the draft, or the document; None where neither can be made
    before: IssuedDocument | None  #: of the month before; None: not issued
    writing: Format  #: the client's

    @property
    def net(self) -> Decimal | None:
        """The total before tax; None while there is none."""
        return self.billed.invoice.net if self.billed else self.seen.net

    @property
    def month(self) -> str:
        """The month as the client writes it."""
        return self.writing.month(self.seen.month)


def client_month(viewer: Viewer, known: MonthKnown, now: datetime) -> ClientMonth | None:
    """Give a client's month, drafted anew unless it is issued; None where nothing is known."""
    seen = month_states.month_of(viewer, viewer.client.client_id, known.month, now)
    if seen is None:
        return None
    name = f"{seen.month:%Y-%m}"
    period = next((each for each in data.periods(viewer, now) if each.name == name), None)
    document = _issued(viewer, name)
    client = viewer.client
    return ClientMonth(
        viewer=viewer,
        seen=seen,
        billed=_of(document) if document else _drafted(viewer, period, now),
        before=_issued(viewer, period.previous().name) if period else None,
        writing=Format(locale=client.locale, zone=client.zone, currency=seen.currency),
    )


def _issued(viewer: Viewer, month: str) -> IssuedDocument | None:
    found = issued.months(viewer).get(month)
    head = issued.head(viewer, found.number) if found else None
    return issued.document(viewer, head) if head else None


def _of(full: IssuedDocument) -> Billed:
    return Billed(invoice=full.document.invoice, agreement=full.agreement)


def _drafted(viewer: Viewer, period: BillingPeriod | None, now: datetime) -> Billed | None:
    drafted = drafts.draft(viewer, period, now) if period else None
    return Billed(invoice=drafted.invoice, agreement=drafted.agreement) if drafted else None


def state_panel(month: ClientMonth) -> str:
    """Give how far the month is, its total, and how that differs from the month before."""
    seen, writing = month.seen, month.writing
    slug = month.viewer.client.slug
    stage = content_of(stage_cell(seen, slug, writing))
    total = "no total yet" if month.net is None else writing.money(month.net)
    return panel(
        heading(capitalised(month.month), "before tax"),
        paragraph(total, "mg-figure"),
        paragraph(_beside(month), "mg-panel-unit"),
        element("p", f"State: {stage}", "mg-sentence mg-above"),
        *(paragraph(each) for each in _decided(seen, writing)),
    )


def _beside(month: ClientMonth) -> str:
    seen, writing = month.seen, month.writing
    words = difference_in_words(month.net, seen.former_net, writing)
    if words and seen.former_net is not None:
        return f"{words} against {writing.money(seen.former_net)} the month before"
    return "The month before is not issued, or in another currency."


def _decided(seen: MonthSeen, writing: Format) -> list[str]:
    said = []
    if seen.approved_at and seen.approved_by:
        said.append(f"Approved by {seen.approved_by} on {writing.moment(seen.approved_at)}.")
    if seen.override_reason:
        said.append(f"Issued in spite of what is missing: {seen.override_reason}")
    if seen.fault:
        said.append(seen.fault)
    return said


def missing_panel(month: ClientMonth) -> str:
    """Give what is not ready, each with the way to where it is mended; "" where nothing is."""
    matters = list(matters_of(month.seen, month.viewer.client.slug))
    if not matters:
        return ""
    items = "".join(element("li", content_of(each)) for each in matters)
    return panel(heading("Not ready"), element("ul", items, "mg-list mg-above"))


def lines_panel(month: ClientMonth) -> str:
    """Give the lines beside those of the month before, taxes and totals."""
    if month.billed is None:
        return ""
    invoice, writing = month.billed.invoice, month.writing
    before = month.before
    title = heading("Lines", invoice.title)
    if before is None or before.document.invoice.currency != invoice.currency:
        return panel(title, _alone(invoice, writing))
    found = compare(_of(before), month.billed)
    columns = (
        Column(title="Charge"),
        Column(title=writing.month(before.document.invoice.period.month), number=True),
        Column(title=writing.month(invoice.period.month), number=True),
        Column(title="Difference", number=True),
    )
    rows = [TableRow(cells=_change(each, writing)) for each in found.lines]
    rows += _totals(invoice, before.document.invoice, writing)
    return panel(title, table("Lines beside the month before", columns, rows, hidden=True))


def _change(line: LineChange, writing: Format) -> tuple[Cell, ...]:
    return (
        line.name,
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
    """Give what another system issued for the month, and the difference; "" without any."""
    seen, writing = month.seen, month.writing
    if seen.legal_numbers is None or seen.legal_net is None or seen.legal_gross is None:
        return ""
    columns = (
        Column(title=""),
        Column(title="Here", number=True),
        Column(title=seen.legal_numbers, number=True),
        Column(title="Difference", number=True),
    )
    rows = [
        TableRow(
            cells=(
                words,
                "" if here is None else writing.money(here),
                writing.money(there),
                difference_in_words(there, here, writing),
            )
        )
        for words, here, there in (
            ("Before tax", seen.net, seen.legal_net),
            ("With tax", seen.gross, seen.legal_gross),
        )
    ]
    return panel(
        heading(
            "In the other system", "its invoice, and how it differs from what is computed here"
        ),
        table("Totals here and there", columns, rows, hidden=True),
    )


def draw_standing(month: ClientMonth) -> None:
    """Draw how far the month is, and what is missing."""
    missing = missing_panel(month)
    standing = state_panel(month)
    show(row(standing, missing) if missing else standing)


def draw_lines(month: ClientMonth) -> None:
    """Draw the lines beside the month before's, and what another system issued."""
    show(element("div", lines_panel(month) + elsewhere_panel(month), "mg-sheet"))
