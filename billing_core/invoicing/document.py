"""An invoice or a credit note as it is issued: numbered, dated, between two parties, for good."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from billing_core.event import text_faults
from billing_core.faults import Fault, refuse
from billing_core.invoicing.invoice import Invoice
from billing_core.period import is_utc

LONGEST_NUMBER: Final = 80


class DocumentKind(StrEnum):
    """What a document is to a bookkeeper."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"  #: its total is negative, or it corrects an issued document


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who issues, or who is billed, as the document says it."""

    name: str  #: as registered
    address: str = ""  #: may have line breaks
    country: str  #: ISO 3166, two letters
    tax_number: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What was issued. Nothing of it ever changes; another document corrects it."""

    number: str  #: "HARB-2026-0007"; one series for each client, without a gap
    kind: DocumentKind
    issuer: Party
    client: Party
    issued_at: datetime  #: UTC
    issued_on: date  #: in the client's zone
    due_on: date
    purchase_order: str = ""
    payment_details: str = ""  #: may have line breaks
    invoice: Invoice
    corrects: str | None = None  #: number of the document that a credit note credits
    replaces: str | None = None  #: number of the credited document that is billed again here
    reason: str = ""  #: why it corrects, replaces, or was issued in spite of something

    def __post_init__(self) -> None:
        refuse(_faults_of(self))


def _faults_of(document: Document) -> Iterator[Fault]:
    yield from text_faults("number", document.number, longest=LONGEST_NUMBER)
    if not is_utc(document.issued_at):
        yield Fault(where="issued_at", message="is not an instant in UTC")
    if document.due_on < document.issued_on:
        yield Fault(where="due_on", message="is before issued_on")
    untaxed = not document.invoice.taxes
    if untaxed and any(line.tax_code for line in document.invoice.lines):
        yield Fault(where="invoice.taxes", message="are missing, though lines have a tax code")
    negative = document.invoice.gross < 0
    if negative and document.kind is DocumentKind.INVOICE:
        yield Fault(where="kind", message="is invoice, but a negative total is a credit note")
    if document.corrects and document.kind is DocumentKind.INVOICE:
        yield Fault(where="corrects", message="only a credit note corrects")
    if document.corrects and not document.reason:
        yield Fault(where="reason", message="is missing: say what was wrong")
