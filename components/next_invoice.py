"""The invoice being made: what it is called, what it comes to so far, and of what it is made."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from billing_core.invoicing import InvoiceLine
from billing_core.metering import Meter
from billing_core.period import month_after
from components import state
from components.filters import address
from components.format import Format
from components.invoice_words import to_document, to_line
from components.issued import IssuedMonth
from components.marks import fixed_and_variable
from components.markup import element, escaped, heading, panel, paragraph
from components.standing import Draft, MonthTotal, Stage, grace_ends
from components.tables import Column, Link, RowKind, TableRow, link, table


def stage_in_words(draft: Draft, stage: Stage, writing: Format) -> str:
    """Say how far a draft has come: ``issued 1 Dec`` to be, in grace, or drafted."""
    issue = writing.short_day(draft.invoice.issue_date)
    match stage:
        case Stage.RUNNING:
            return f"so far; to be issued {issue}"
        case Stage.IN_GRACE:
            until = writing.moment(grace_ends(draft.period, draft.agreement.grace_hours))
            return f"month ended; late records still come in until {until}"
        case Stage.ENDED:
            return "drafted, not issued yet"


def next_invoice_panel(
    draft: Draft, stage: Stage, before: MonthTotal | None, writing: Format
) -> str:
    """Give the total, and the bar of its fixed and its variable part."""
    said = paragraph(_what_is_certain(stage), "mg-panel-unit mg-above")
    return _totals(draft, stage_in_words(draft, stage, writing), said, before, writing)


def issued_panel(
    draft: Draft, issued: IssuedMonth, before: MonthTotal | None, writing: Format
) -> str:
    """Give the total of a month that is issued, and the way to its document."""
    total = escaped(f"{writing.money(issued.gross)} with tax")
    said = element("p", f"{issued_in_words(issued)}: {total}.", "mg-panel-unit mg-above")
    return _totals(draft, f"issued {writing.day(issued.issued_on)}", said, before, writing)


def _totals(draft: Draft, stage: str, said: str, before: MonthTotal | None, writing: Format) -> str:
    invoice = draft.invoice
    fixed, variable = writing.money(invoice.fixed), writing.money(invoice.variable)
    alternative = f"{invoice.title}: fixed fees {fixed}, variable {variable}"
    return panel(
        heading(invoice.title, stage),
        paragraph(writing.money(invoice.net), "mg-figure"),
        paragraph("before tax", "mg-panel-unit mg-below"),
        _ends(("fixed", "Fixed fees", fixed), ("variable", "Variable", variable)),
        fixed_and_variable(invoice.fixed, invoice.variable, alternative),
        said,
        paragraph(_beside(before, writing), "mg-panel-unit mg-above") if before else "",
    )


def issued_in_words(issued: IssuedMonth) -> str:
    """Say as what a month is issued, with the way there; safe HTML."""
    return f"Issued as {link(to_document(issued.number))}"


def _ends(*parts: tuple[str, str, str]) -> str:
    spans = [
        element(
            "span",
            f'<span class="mg-key mg-key-{colour}" aria-hidden="true"></span>'
            f"{escaped(label)} <strong>{escaped(amount)}</strong>",
        )
        for colour, label, amount in parts
    ]
    return element("div", "".join(spans), "mg-ends")


def _what_is_certain(stage: Stage) -> str:
    if stage is Stage.RUNNING:
        return "Fixed fees are known in advance. The variable part follows use and still grows."
    return "Both parts follow the records known now. Records that come late can still change them."


def _beside(before: MonthTotal, writing: Format) -> str:
    return f"{before.title} came to {writing.money(before.net)}."


def in_grace_panel(draft: Draft, writing: Format) -> str:
    """Give last month's draft in a line, while late records still come in."""
    words = stage_in_words(draft, Stage.IN_GRACE, writing)
    to = Link(
        text=f"Open {writing.month(draft.period.month)}",
        address=address("overview", **{state.PERIOD_PARAMETER: draft.period.name}),
    )
    total = element("strong", escaped(f"{writing.money(draft.invoice.net)} before tax"))
    said = f"{escaped(draft.invoice.title)}: {total}, {escaped(words)}. {link(to)}"
    return panel(element("p", said, "mg-sentence"))


def service_in_words(line: InvoiceLine, writing: Format) -> str:
    """Say when a line's service is given: a month, or days of it."""
    first, last = line.service_from, line.service_to
    if first == last:
        return writing.day(first)
    if first.day == 1 and last == month_after(first) - timedelta(days=1):
        return writing.month(first)
    return f"{writing.day(first)} to {writing.day(last)}"


def charges_panel(
    draft: Draft, meters: Mapping[str, Meter], writing: Format, number: str | None = None
) -> str:
    """Give what each price charges, with its quantity and the way to what it is made of.

    Args:
        draft: Of the month.
        meters: All of them, by code: what is adjusted may not be charged any more.
        writing: How the client writes.
        number: Of the document whose lines they are; None while it is drafted.
    """
    columns = (
        Column(title="Charge"),
        Column(title="Quantity", number=True),
        Column(title="Before tax", number=True),
    )
    rows = [_charge(line, draft, writing, meters, number) for line in draft.invoice.lines]
    total = TableRow(
        cells=("Total before tax", "", writing.money(draft.invoice.net)), kind=RowKind.TOTAL
    )
    caption = f"Charges of {draft.invoice.title}"
    return panel(
        heading("What it is made of"), table(caption, columns, [*rows, total], hidden=True)
    )


def _charge(
    line: InvoiceLine,
    draft: Draft,
    writing: Format,
    meters: Mapping[str, Meter],
    number: str | None,
) -> TableRow:
    period = {state.PERIOD_PARAMETER: line.adjusts or draft.period.name}
    if line.meter is None:
        name, quantity = f"{line.name}, {service_in_words(line, writing)}", ""
        where = address("agreement")
    else:
        meter = meters[line.meter]
        corrects = f", adjustment of {service_in_words(line, writing)}" if line.adjusts else ""
        name = f"{line.name}{corrects}"
        quantity = writing.amount_of(line.quantity or Decimal(0), meter.unit, 1)
        where = address("consumption", **period | {state.METER_PARAMETER: meter.code})
    to = to_line(number, line.number, name) if number else Link(text=name, address=where)
    return TableRow(cells=(to, quantity, writing.money(line.amount)))
