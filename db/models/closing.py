"""What goes on around an issued document: approval, the other system's number, questions, keys."""

from typing import Final

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
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
    Key,
    Rate,
    Words,
    code_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

TAX_TREATMENTS: Final = ("standard", "reverse_charge", "exempt")
QUESTION_KINDS: Final = ("question", "dispute")
QUESTION_STATES: Final = ("open", "answered", "agreed", "rejected")


class TaxRate(Base):
    """What a tax code means from one day to another."""

    __tablename__ = "tax_rate"
    __table_args__ = table(
        ExcludeConstraint(
            ("code", "="),
            (text("daterange(starts_on, ends_on)"), "&&"),
            name="ex_tax_rate_versions_apart",
            using="gist",
        ),
        one_of("treatment", TAX_TREATMENTS),
        CheckConstraint("starts_on < ends_on", name="starts_before_it_ends"),
        CheckConstraint("rate BETWEEN 0 AND 1", name="rate_share"),
        CheckConstraint("treatment = 'standard' OR rate = 0", name="rate_of_standard"),
        *finite("rate"),
        *code_checks("code"),
        *code_checks("name", longest=200),
        comment="Tax codes with their dated rates. Shared by all clients; versions never overlap.",
    )

    code: Mapped[Code] = mapped_column(primary_key=True, comment="Tax code, like NL-21.")
    starts_on: Mapped[Day] = mapped_column(primary_key=True, comment="First day of this version.")
    ends_on: Mapped[Day | None] = mapped_column(
        comment="Day after the last; null while no end is known."
    )
    name: Mapped[Words] = mapped_column(comment="Name as on the invoice.")
    treatment: Mapped[Code] = mapped_column(comment="standard, reverse_charge or exempt.")
    rate: Mapped[Rate] = mapped_column(comment="Share: 0.21 is 21 %.")
    note: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="What the law asks to be said; may be empty."
    )


class PeriodApproval(Base):
    """Somebody of the MSP lets a month be issued."""

    __tablename__ = "period_approval"
    __table_args__ = table(
        reference("client_id, billing_period", "billing.billing_period"),
        Index("period_approval_of_month", "billing_period"),
        CheckConstraint("(failed_at IS NULL) = (fault IS NULL)", name="fault_whole"),
        CheckConstraint(
            "override_reason !~ '[[:cntrl:]]' AND length(override_reason) BETWEEN 10 AND 500",
            name="override_reason_said",
        ),
        comment=(
            "Months that may be issued: the worker closes them once their grace time is over, or "
            "at once where that is overridden with a reason."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="The month, by its first day."
    )
    approved_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was approved."
    )
    approved_by: Mapped[Words] = mapped_column(comment="Address of who approved it.")
    override_reason: Mapped[Words | None] = mapped_column(
        comment="Why it is issued in spite of what is not ready; null: only once all is ready."
    )
    failed_at: Mapped[Instant | None] = mapped_column(
        comment="When closing it failed last; null while it did not."
    )
    fault: Mapped[Words | None] = mapped_column(comment="Why it failed, as a sentence.")


class LegalInvoice(Base):
    """A month's invoice as another system issued it."""

    __tablename__ = "legal_invoice"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        first_of_month("billing_period"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        *code_checks("number", longest=80),
        *finite("net", "gross"),
        comment=(
            "Invoices that an accounting system issued for a month, to compare with what is "
            "computed here; append-only."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="The month, by its first day."
    )
    number: Mapped[Code] = mapped_column(primary_key=True, comment="Number in that system.")
    issued_on: Mapped[Day] = mapped_column(comment="Its date.")
    currency: Mapped[Code] = mapped_column(comment="Currency, ISO 4217.")
    net: Mapped[Amount] = mapped_column(comment="Its total before tax.")
    gross: Mapped[Amount] = mapped_column(comment="Its total with tax.")
    recorded_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was taken back here."
    )
    recorded_by: Mapped[Words] = mapped_column(comment="Who took it back.")


class InvoiceQuestion(Base):
    """A question about an issued document, or a dispute of an amount."""

    __tablename__ = "invoice_question"
    __table_args__ = table(
        reference("client_id, invoice_id", "billing.invoice"),
        Index("invoice_question_of_invoice", "client_id", "invoice_id"),
        one_of("kind", QUESTION_KINDS),
        one_of("state", QUESTION_STATES),
        CheckConstraint(
            "(kind = 'dispute') = (disputed_amount IS NOT NULL)", name="dispute_has_amount"
        ),
        CheckConstraint("disputed_amount > 0", name="disputed_amount_positive"),
        CheckConstraint(
            "(state = 'agreed') = (agreed_amount IS NOT NULL)", name="agreed_has_amount"
        ),
        CheckConstraint("agreed_amount > 0", name="agreed_amount_positive"),
        CheckConstraint("state <> 'agreed' OR kind = 'dispute'", name="only_disputes_are_agreed"),
        *finite("disputed_amount", "agreed_amount"),
        comment="Questions about issued documents and disputes of amounts; the words stand apart.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    question_id: Mapped[Count] = mapped_column(
        Identity(), primary_key=True, comment="The question."
    )
    invoice_id: Mapped[Count] = mapped_column(comment="The document.")
    line_number: Mapped[Identifier | None] = mapped_column(
        comment="The line; null: the whole document."
    )
    kind: Mapped[Code] = mapped_column(comment="question, or dispute of an amount.")
    state: Mapped[Code] = mapped_column(comment="open, answered, agreed or rejected.")
    disputed_amount: Mapped[Amount | None] = mapped_column(
        comment="Of a dispute: the amount before tax that is thought too much."
    )
    agreed_amount: Mapped[Amount | None] = mapped_column(
        comment="The amount before tax that is credited."
    )
    credit_invoice_id: Mapped[Count | None] = mapped_column(
        comment="The credit note that credits it; null until it is issued."
    )
    opened_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was asked."
    )
    opened_by: Mapped[Words] = mapped_column(comment="Address of who asked.")


class QuestionMessage(Base):
    """What was said about a question."""

    __tablename__ = "question_message"
    __table_args__ = table(
        reference("client_id, question_id", "billing.invoice_question"),
        UniqueConstraint("client_id", "submission"),
        one_of("state", QUESTION_STATES),
        CheckConstraint("message_number >= 1", name="message_number_from_one"),
        CheckConstraint("length(message) BETWEEN 1 AND 4000", name="message_length"),
        comment="The thread of a question, append-only; each message with the state it led to.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    question_id: Mapped[Count] = mapped_column(primary_key=True, comment="The question.")
    message_number: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place in the thread, from 1."
    )
    said_at: Mapped[Instant] = mapped_column(server_default=text("now()"), comment="When.")
    author: Mapped[Words] = mapped_column(comment="Address of who said it.")
    author_name: Mapped[Words] = mapped_column(comment="Name of who said it.")
    is_of_msp: Mapped[bool] = mapped_column(comment="Whether the author works for the MSP.")
    message: Mapped[Words] = mapped_column(comment="What was said.")
    state: Mapped[Code] = mapped_column(comment="State of the question from then on.")
    submission: Mapped[Key] = mapped_column(
        server_default=text("gen_random_uuid()"),
        comment="What a form was sent under: sent twice, it is one message.",
    )


class SigningKey(Base):
    """A public key with which documents are signed."""

    __tablename__ = "signing_key"
    __table_args__ = table(
        UniqueConstraint("verifier"),
        CheckConstraint("octet_length(public_key) = 32", name="public_key_32_bytes"),
        CheckConstraint("introduced_at <= retired_at", name="introduced_before_retired"),
        *code_checks("key_id"),
        comment=(
            "Public keys (Ed25519) with which documents are signed. "
            "The private ones are never here."
        ),
    )

    key_id: Mapped[Code] = mapped_column(
        primary_key=True, comment="First bytes of the C2SP key hash, in hexadecimal."
    )
    verifier: Mapped[Words] = mapped_column(comment="The verifier key as C2SP writes it.")
    public_key: Mapped[Digest] = mapped_column(comment="The key, 32 bytes.")
    introduced_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When it was introduced."
    )
    retired_at: Mapped[Instant | None] = mapped_column(
        comment="When another took its place; null for the one in use."
    )
    endorsement: Mapped[Words | None] = mapped_column(
        comment="The key before it says that this one follows, as a signed note; null: the first."
    )
