"""What a client signed, and the months in which it is billed."""

from typing import Final

from sqlalchemy import ARRAY, CheckConstraint, Identity, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Amount,
    Base,
    Code,
    Day,
    Identifier,
    Instant,
    Key,
    Quantity,
    Words,
    code_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

PERIOD_STATES: Final = ("open", "closing", "issued")


class Agreement(Base):
    """What a client signed; one at any instant."""

    __tablename__ = "agreement"
    __table_args__ = table(
        UniqueConstraint("client_id", "code"),
        reference("client_id", "billing.client"),
        ExcludeConstraint(
            ("client_id", "="),
            (text("daterange(starts_on, ends_on)"), "&&"),
            name="ex_agreement_one_at_a_time",
            using="gist",
        ),
        CheckConstraint("starts_on < ends_on", name="starts_before_it_ends"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        CheckConstraint("minimum_commitment >= 0", name="minimum_commitment_not_negative"),
        CheckConstraint("grace_hours BETWEEN 0 AND 8784", name="grace_hours_bounded"),
        CheckConstraint("payment_days BETWEEN 0 AND 3660", name="payment_days_bounded"),
        CheckConstraint("back_billing_days BETWEEN 0 AND 36600", name="back_billing_days_bounded"),
        *code_checks("code"),
        *finite("minimum_commitment"),
        comment="What a client signed: term, currency, deadlines. One per client at any instant.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    agreement_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The agreement."
    )
    code: Mapped[Code] = mapped_column(comment="Name of the agreement, unique for the client.")
    currency: Mapped[Code] = mapped_column(comment="Currency, ISO 4217.")
    starts_on: Mapped[Day] = mapped_column(comment="First day.")
    ends_on: Mapped[Day | None] = mapped_column(
        comment="Day after the last; null while no end is known."
    )
    minimum_commitment: Mapped[Amount | None] = mapped_column(
        comment="Least net amount of counting lines per month."
    )
    grace_hours: Mapped[Identifier] = mapped_column(
        server_default=text("72"),
        comment="Hours after a period's end in which its records still arrive.",
    )
    back_billing_days: Mapped[Identifier] = mapped_column(
        server_default=text("90"), comment="Days after which a late record is charged nothing."
    )
    renews_on: Mapped[Day | None] = mapped_column(comment="Day on which the agreement renews.")
    notice_by: Mapped[Day | None] = mapped_column(comment="Last day to give notice.")
    purchase_order: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="The client's purchase order, as invoices name it."
    )
    payment_days: Mapped[Identifier] = mapped_column(
        server_default=text("30"), comment="Days from an invoice's date until it is to be paid."
    )
    tax_code: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Tax code of prices that name none; empty: no tax."
    )


class AgreementQuantity(Base):
    """How many units a per-unit fee is charged for, from a day on."""

    __tablename__ = "agreement_quantity"
    __table_args__ = table(
        reference("client_id, agreement_id", "billing.agreement"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        *code_checks("price_code"),
        *finite("quantity"),
        comment="How many units (seats, devices) a per-unit fee is charged for, from a day on.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    agreement_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The agreement.")
    price_code: Mapped[Code] = mapped_column(
        primary_key=True, comment="The component of the rate card."
    )
    starts_on: Mapped[Day] = mapped_column(
        primary_key=True, comment="First day of this quantity; until the next row's."
    )
    quantity: Mapped[Quantity] = mapped_column(comment="Units.")


class BillingPeriod(Base):
    """A client's month, stored once."""

    __tablename__ = "billing_period"
    __table_args__ = table(
        reference("client_id, agreement_id", "billing.agreement"),
        ExcludeConstraint(
            ("client_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            name="ex_billing_period_apart",
            using="gist",
        ),
        first_of_month("billing_period"),
        one_of("state", PERIOD_STATES),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        *code_checks("zone"),
        comment="A client's month, stored once. Half-open; it starts where the last one ended.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    billing_period: Mapped[Day] = mapped_column(
        primary_key=True, comment="The month, by its first day."
    )
    starts_at: Mapped[Instant] = mapped_column(comment="Start, inclusive.")
    ends_at: Mapped[Instant] = mapped_column(comment="End, exclusive.")
    zone: Mapped[Code] = mapped_column(comment="IANA time zone in which the month was cut.")
    agreement_id: Mapped[Identifier] = mapped_column(comment="The agreement in force.")
    state: Mapped[Code] = mapped_column(
        server_default=text("'open'"), comment="open, closing or issued."
    )
    cut_at: Mapped[Instant | None] = mapped_column(
        comment="When it was closed for records: later ones are billed in the next open month."
    )
    cut_reason: Mapped[Words] = mapped_column(
        server_default=text("''"),
        comment="Why it was closed in spite of what was not ready; empty: all was.",
    )
    known_corrections: Mapped[list[Key]] = mapped_column(
        ARRAY(Uuid),
        server_default=text("'{}'"),
        comment=(
            "Events of later months that superseded some of its own before it was closed for "
            "records: what they superseded is not billed."
        ),
    )
