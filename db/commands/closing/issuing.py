"""Issuing a document: numbered, dated, hashed, signed, chained and stored, in one transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from billing_core.canonical import canonical_text
from billing_core.invoicing import Invoice
from billing_core.invoicing.document import Document, DocumentKind
from billing_core.invoicing.parties import billed_party, issuing_party
from billing_core.period import zone_of
from billing_core.prices import Agreement
from billing_core.proof import (
    Basis,
    CarriedLevels,
    Evidence,
    Exclusion,
    Manifest,
    manifest_text,
)
from billing_core.proof.note import Note
from billing_core.setup import Books, Client, Issuer
from db.commands.closing.numbers import Place, next_place
from db.commands.closing.rows import Sealed, Texts, store
from db.commands.closing.signer import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a document is made of, before it has a number."""

    invoice: Invoice
    agreement: Agreement  #: the rate card
    basis: Basis
    evidence: tuple[Evidence, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    carried: tuple[CarriedLevels, ...] = ()
    reason: str = ""
    corrects: str | None = None  #: number
    replaces: str | None = None  #: number
    is_legal: bool | None = None  #: as the document that it corrects; None: as the issuer's books


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A document that was just issued."""

    invoice_id: int
    document: Document
    note: Note  #: its signed manifest: the new head of the client's chain


def issue_document(
    connection: Connection,
    client_id: int,
    parties: tuple[Issuer, Client],
    built: Built,
    signer: Signer,
    at: datetime,
) -> Issued:
    """Give a document its number and its place in the chain, sign and store it.

    Args:
        connection: the transaction; either all of it is there afterwards, or nothing.
        client_id: whose document.
        parties: as the document names them.
        built: what it is made of.
        signer: signs its manifest.
        at: the instant of issue.
    """
    issued_on = at.astimezone(zone_of(built.invoice.period.zone)).date()
    place = next_place(connection, client_id, parties[1].number_prefix, issued_on)
    document = _document(place, parties, built, at, issued_on)
    texts = Texts(
        document=canonical_text(document),
        rate_card=canonical_text(built.agreement),
        basis=canonical_text(built.basis),
    )
    manifest = _manifest(place, document, texts, built)
    sealed = Sealed(
        document=document,
        texts=texts,
        manifest=manifest,
        note=signer.sign(manifest_text(manifest)),
        is_legal=parties[0].books is Books.HERE if built.is_legal is None else built.is_legal,
    )
    invoice_id = store(connection, client_id, sealed)
    return Issued(invoice_id=invoice_id, document=document, note=sealed.note)


def _document(
    place: Place, parties: tuple[Issuer, Client], built: Built, at: datetime, issued_on: date
) -> Document:
    issuer, client = parties
    is_credit = built.corrects is not None or built.invoice.gross < 0
    days = 0 if is_credit else built.agreement.payment_days
    return Document(
        number=place.number,
        kind=DocumentKind.CREDIT_NOTE if is_credit else DocumentKind.INVOICE,
        issuer=issuing_party(issuer),
        client=billed_party(client),
        issued_at=at,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=days),
        purchase_order=built.agreement.purchase_order,
        payment_details=issuer.payment_details,
        invoice=built.invoice,
        corrects=built.corrects,
        replaces=built.replaces,
        reason=built.reason,
    )


def _manifest(place: Place, document: Document, texts: Texts, built: Built) -> Manifest:
    invoice = document.invoice
    return Manifest(
        issuer=document.issuer.name,
        client=invoice.client,
        number=document.number,
        kind=document.kind,
        billing_period=invoice.period.name,
        issued_at=document.issued_at,
        currency=invoice.currency,
        gross=invoice.gross,
        position=place.position,
        previous=place.previous,
        document_hash=_hashed(texts.document),
        rate_card_hash=_hashed(texts.rate_card),
        basis_hash=_hashed(texts.basis),
        evidence=built.evidence,
        exclusions=built.exclusions,
        carried=built.carried,
    )


def _hashed(text_of_it: str) -> bytes:
    return sha256(text_of_it.encode()).digest()
