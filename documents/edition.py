"""A document as it goes to its client: with its locale and the units of its meters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from billing_core.invoicing import InvoiceLine
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.metering import Meter
from billing_core.proof import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What is written, and what its reader needs beside it."""

    document: Document
    locale: str  #: the client's, such as nl_NL
    is_legal: bool = True  #: False: a statement; the legal invoice comes from another system
    meters: Mapping[str, Meter] = field(
        default_factory=lambda: MappingProxyType({})
    )  #: by code; a meter that isn't there is called by its code, without a unit
    evidence: tuple[Evidence, ...] = ()  #: the sets of records behind the document
    manifest_hash: bytes | None = None  #: SHA-256 of the signed manifest's text; None: no proof yet
    portal_url: str = ""  #: where the portal is found; "": not said

    @property
    def kind(self) -> str:
        """What the document is, in a reader's words: Invoice, Credit note, Statement."""
        if not self.is_legal:
            return "Statement"
        credited = self.document.kind is DocumentKind.CREDIT_NOTE
        return "Credit note" if credited else "Invoice"

    def unit_of(self, line: InvoiceLine) -> str:
        """Give the unit of a line's meter; empty without one."""
        meter = self.meters.get(line.meter or "")
        return meter.unit if meter else ""

    def meter_name_of(self, line: InvoiceLine) -> str:
        """Give the name of a line's meter, its code where the name isn't known, or nothing."""
        meter = self.meters.get(line.meter or "")
        return meter.name if meter else line.meter or ""
