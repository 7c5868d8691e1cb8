"""The issued document that a page shows, and what all of its parts are drawn from."""

from dataclasses import dataclass

from billing_core.invoicing import Invoice, InvoiceLine
from billing_core.invoicing.document import Document
from components import issued, state
from components.filters import asked, not_found, one_of
from components.format import Format
from components.issued import InvoiceHead, IssuedDocument
from components.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShown:
    """A document, for a viewer."""

    viewer: Viewer
    head: InvoiceHead
    full: IssuedDocument
    writing: Format

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.full.document

    @property
    def invoice(self) -> Invoice:
        """Its lines and totals."""
        return self.full.document.invoice

    def unit_of(self, line: InvoiceLine) -> str:
        """Give the unit of a line's meter; "" without one."""
        meter = self.full.meters.get(line.meter or "")
        return meter.unit if meter else ""


def document_shown(viewer: Viewer) -> DocumentShown | None:
    """Give the document in the address; None without one, which asks for the list."""
    number = asked(state.INVOICE_PARAMETER)
    if number is None:
        return None
    head = issued.head(viewer, number) or not_found()
    full = issued.document(viewer, head)
    writing = Format(
        locale=viewer.client.locale,
        zone=full.document.invoice.period.zone,
        currency=head.currency,
    )
    return DocumentShown(viewer=viewer, head=head, full=full, writing=writing)


def line_shown(shown: DocumentShown) -> InvoiceLine | None:
    """Give the line in the address; None without one, which asks for the whole document."""
    lines = {str(line.number): line for line in shown.invoice.lines}
    return one_of(state.LINE_PARAMETER, lines, None)
