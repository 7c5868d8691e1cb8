"""A document in words: what its pages say, in its client's locale, currency and zone."""

from collections.abc import Iterator
from typing import Final

from billing_core.invoicing.document import Party
from documents.edition import Edition
from documents.pdf.table_words import HEAD, table_rows
from documents.pdf.words import PartyText, Words
from notation.format import Format
from notation.symbols import country_name

_STATEMENT: Final = (
    "This is a statement of what was computed, not an invoice: the legal invoice comes from the "
    "issuer's accounting system."
)


def words_of(edition: Edition) -> Words:
    """Give all that the pages of a document say."""
    document = edition.document
    invoice = document.invoice
    write = Format(locale=edition.locale, zone=invoice.period.zone, currency=invoice.currency)
    return Words(
        kind=edition.kind,
        number=document.number,
        about=invoice.title,
        issuer=_party("From", document.issuer, write),
        client=_party("Billed to", document.client, write),
        facts=tuple(_facts(edition, write)),
        remarks=tuple(_remarks(edition)),
        to_pay=_to_pay(edition, write),
        head=HEAD,
        rows=tuple(table_rows(edition, write)),
        closing=tuple(_closing(edition, write)),
        footer=f"{edition.kind} {document.number} · {document.issuer.name}",
    )


def _party(label: str, party: Party, write: Format) -> PartyText:
    lines = (
        *party.address.splitlines(),
        country_name(write.locale, party.country),
        f"Tax number {party.tax_number}" if party.tax_number else "",
        party.email,
    )
    return PartyText(label=label, name=party.name, lines=tuple(filter(None, lines)))


def _facts(edition: Edition, write: Format) -> Iterator[tuple[str, str]]:
    document = edition.document
    yield "Date", write.day(document.issued_on)
    if edition.is_legal and document.invoice.gross > 0:
        yield "To be paid by", write.day(document.due_on)
    yield "Billing period", write.days(document.invoice.period)
    if document.purchase_order:
        yield "Your purchase order", document.purchase_order
    yield "Agreement", document.invoice.agreement
    yield "Currency", document.invoice.currency


def _remarks(edition: Edition) -> Iterator[str]:
    document = edition.document
    if not edition.is_legal:
        yield _STATEMENT
    if document.corrects:
        yield f"Credit note for {document.corrects}."
    if document.replaces:
        yield f"This takes the place of {document.replaces}, which was credited."
    if document.reason:
        yield f"Reason: {document.reason}"


def _to_pay(edition: Edition, write: Format) -> tuple[str, str]:
    gross = edition.document.invoice.gross
    if not edition.is_legal:
        return "Total of the statement, tax included", write.money(gross)
    if gross < 0:
        return "Credited to you, tax included", write.money(-gross)
    by = f" by {write.day(edition.document.due_on)}" if gross else ""
    return f"To be paid{by}, tax included", write.money(gross)


def _closing(edition: Edition, write: Format) -> Iterator[tuple[str, tuple[str, ...]]]:
    details = edition.document.payment_details
    if details and edition.is_legal and edition.document.invoice.gross > 0:
        reference = f"Please name {edition.document.number}."
        yield "Payment", (*details.splitlines(), reference)
    if edition.manifest_hash:
        yield "How to verify this document", tuple(_verification(edition, write))


def _verification(edition: Edition, write: Format) -> Iterator[str]:
    records = sum(each.event_count for each in edition.evidence)
    if records:
        yield f"{write.count(records)} records stand behind it; the portal shows them by line."
    page = f"{edition.portal_url}/invoices" if edition.portal_url else "the portal, page Invoices"
    yield (
        f"Its bundle ({page}) holds the document, its rate card and its records. Anybody can "
        "check it without us, on a machine without a network:"
    )
    yield "python -m jobs verify BUNDLE.zip --key KEY"
    yield f"Fingerprint of its manifest (SHA-256): {(edition.manifest_hash or b'').hex()}"
    yield (
        "What this proves, what it does not, and the format of the bundle: docs/verify.md, which "
        "comes with the program."
    )
