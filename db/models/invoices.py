"""What was issued: invoices and credit notes, their taxes, the series of their numbers."""

from typing import Final

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Amount,
    Base,
    Code,
    Count,
    Day,
    Digest,
    Identifier,
    Instant,
    Rate,
    Words,
    code_checks,
    digest_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

DOCUMENT_KINDS: Final = ("invoice", "credit_note")


class InvoiceCounter(Base):
    """The last number of a series; its row lock leaves no gap."""

    __tablename__ = "invoice_counter"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        CheckConstraint("last_number >= 0", name="last_number_not_negative"),
        comment=(
            "Last number of a client's series of a year, credit notes in it. "
            "A locked row leaves no gap, where a sequence would."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    series_year: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="Year of issue, in the client's zone."
    )
    last_number: Mapped[Count] = mapped_column(comment="The number given last; 0 before the first.")


class Invoice(Base):
    """An issued document. Nothing of it ever changes."""

    __tablename__ = "invoice"
    __table_args__ = table(
        UniqueConstraint("client_id", "number"),
        UniqueConstraint("client_id", "chain_position"),
        reference("client_id, agreement_id", "billing.agreement"),
        reference("client_id, billing_period", "billing.billing_period"),
        Index(
            "invoice_of_period",
            "client_id",
            "billing_period",
            unique=True,
            postgresql_where=text("corrects_invoice_id IS NULL AND replaces_invoice_id IS NULL"),
        ),
        Index(
            "invoice_replaced_once",
            "client_id",
            "replaces_invoice_id",
            unique=True,
            postgresql_where=text("replaces_invoice_id IS NOT NULL"),
        ),
        Index("invoice_corrections", "client_id", "corrects_invoice_id"),
        one_of("kind", DOCUMENT_KINDS),
        first_of_month("billing_period"),
        CheckConstraint("net + tax = gross", name="net_and_tax_are_gross"),
        CheckConstraint("kind = 'credit_note' OR gross >= 0", name="negative_is_credit_note"),
        CheckConstraint(
            "corrects_invoice_id IS NULL OR kind = 'credit_note'", name="credit_note_corrects"
        ),
        CheckConstraint(
            "(corrects_invoice_id IS NULL AND replaces_invoice_id IS NULL) OR reason <> ''",
            name="correction_has_reason",
        ),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("chain_position >= 1", name="chain_position_from_one"),
        CheckConstraint(
            "(chain_position = 1) = (previous_hash IS NULL)", name="first_has_no_previous"
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        *code_checks("number", longest=80),
        *digest_checks("manifest_hash", "previous_hash"),
        *finite("net", "tax", "gross"),
        comment=(
            "Issued invoices and credit notes, append-only. What is wrong in one is mended by "
            "another document. A trigger checks that lines, taxes and totals add up."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(
        Identity(), primary_key=True, comment="The document; its number is what people call it."
    )
    number: Mapped[Code] = mapped_column(comment="Number, like HARB-2026-0007.")
    kind: Mapped[Code] = mapped_column(
        comment="invoice, or credit_note: its total is negative or it corrects another."
    )
    is_legal: Mapped[bool] = mapped_column(
        comment="Whether this is the legal document; else another system issues that."
    )
    billing_period: Mapped[Day] = mapped_column(
        comment="The month whose usage it bills, by its first day."
    )
    agreement_id: Mapped[Identifier] = mapped_column(comment="The agreement it follows.")
    currency: Mapped[Code] = mapped_column(comment="Currency, ISO 4217.")
    as_of: Mapped[Instant] = mapped_column(
        comment="What was recorded before this instant is in it: the cut."
    )
    issued_at: Mapped[Instant] = mapped_column(comment="When it was issued.")
    issued_on: Mapped[Day] = mapped_column(comment="That day, in the client's zone.")
    due_on: Mapped[Day] = mapped_column(comment="Day by which it is to be paid.")
    net: Mapped[Amount] = mapped_column(comment="Sum of the lines; tax is not in it.")
    tax: Mapped[Amount] = mapped_column(comment="Sum of the taxes.")
    gross: Mapped[Amount] = mapped_column(comment="net + tax.")
    corrects_invoice_id: Mapped[Count | None] = mapped_column(
        comment="The document that a credit note credits."
    )
    replaces_invoice_id: Mapped[Count | None] = mapped_column(
        comment="The credited document that is billed again by this one."
    )
    reason: Mapped[Words] = mapped_column(
        server_default=text("''"),
        comment="Why it corrects or replaces, or was issued in spite of what was not ready.",
    )
    document: Mapped[Words] = mapped_column(
        comment="The whole document as canonical JSON (RFC 8785): the bytes that are signed."
    )
    rate_card: Mapped[Words] = mapped_column(
        comment="The agreement that it was built from, as canonical JSON."
    )
    basis: Mapped[Words] = mapped_column(
        comment="What else it was built from (meters, tax rates), as canonical JSON."
    )
    chain_position: Mapped[Count] = mapped_column(
        comment="Place in the client's chain of documents, from 1."
    )
    manifest: Mapped[Words] = mapped_column(
        comment="The signed note (C2SP): what it was made from, by its hashes, and the signature."
    )
    manifest_hash: Mapped[Digest] = mapped_column(comment="SHA-256 of the manifest's text.")
    previous_hash: Mapped[Digest | None] = mapped_column(
        comment="manifest_hash of the document before it; null for the first."
    )


class InvoiceTax(Base):
    """The tax of one rate on its lines."""

    __tablename__ = "invoice_tax"
    __table_args__ = table(
        reference("client_id, invoice_id", "billing.invoice"),
        one_of("treatment", ("standard", "reverse_charge", "exempt")),
        CheckConstraint("rate BETWEEN 0 AND 1", name="rate_share"),
        *code_checks("tax_code"),
        *code_checks("name", longest=200),
        *finite("rate", "net", "tax"),
        comment="Taxes of issued documents, one row for each rate; each is rounded once.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(primary_key=True, comment="The document.")
    ordinal: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place on the document, from 1."
    )
    tax_code: Mapped[Code] = mapped_column(comment="Tax code.")
    name: Mapped[Words] = mapped_column(comment="Name as on the document.")
    treatment: Mapped[Code] = mapped_column(comment="standard, reverse_charge or exempt.")
    rate: Mapped[Rate] = mapped_column(comment="Share: 0.21 is 21 %.")
    note: Mapped[Words] = mapped_column(comment="What the law asks to be said; may be empty.")
    net: Mapped[Amount] = mapped_column(comment="Sum of its lines.")
    tax: Mapped[Amount] = mapped_column(comment="net × rate, rounded once.")
