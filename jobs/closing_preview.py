"""A month as its document would be, in lines of text: what `jobs close --dry-run` prints."""

from collections.abc import Iterator

from billing_core.invoicing import Invoice, InvoiceLine
from db.queries.month_preview import MonthPreview

NAMES = ("", "price", "what", "amount")


def heading(slug: str, preview: MonthPreview) -> str:
    """Name the document."""
    period = preview.readiness.period.name
    if preview.number is not None:
        return f"{slug} {period}: {preview.number}, issued."
    if preview.invoice is None:
        return f"{slug} {period}: not to be drafted."
    return f"{slug} {period}: {preview.invoice.title}, draft."


def rows(invoice: Invoice) -> Iterator[tuple[str, str, str, str]]:
    """Give a row for each line, and one for each total."""
    for line in invoice.lines:
        yield str(line.number), line.price_code, _what(line), f"{line.amount:f}"
    yield "", "", "net", f"{invoice.net:f}"
    for each in invoice.taxes:
        yield "", "", f"{each.name} on {each.net:f}", f"{each.tax:f}"
    yield "", "", f"gross, {invoice.currency}", f"{invoice.gross:f}"


def findings(preview: MonthPreview) -> Iterator[str]:
    """Give what stands in the way of issuing it, or that nothing does."""
    if preview.number is not None:
        return
    obstacles, doubts = [*preview.readiness.obstacles()], preview.readiness.doubts()
    if preview.fault and not preview.readiness.untaxed:
        obstacles.append(preview.fault)
    found = [*obstacles, *(f"{doubt} (--override REASON)" for doubt in doubts)]
    yield from found or ["Ready to be issued."]


def _what(line: InvoiceLine) -> str:
    adjusts = f", adjusts {line.adjusts}" if line.adjusts else ""
    return f"{line.name}, {line.service_from} to {line.service_to}{adjusts}"
