"""The lines of issued documents, and the figures that each is the sum of."""

from typing import Final

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from db.models.base import (
    Amount,
    Base,
    Code,
    Count,
    Day,
    Exact,
    Identifier,
    Quantity,
    Words,
    code_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)
from db.models.prices import CHARGE_MODELS

DETAIL_KINDS: Final = (
    "usage",
    "fee",
    "included",
    "discount",
    "maximum",
    "minimum",
    "commitment",
    "change_charge",
    "change_credit",
    "one_off",
    "recomputed",
    "billed_before",
    "too_late",
    "credit",
)


class InvoiceLine(Base):
    """One price's charge for one service period."""

    __tablename__ = "invoice_line"
    __table_args__ = table(
        reference("client_id, invoice_id", "billing.invoice"),
        reference("meter_id", "billing.meter"),
        one_of("kind", ("fixed", "variable")),
        one_of("timing", ("in advance", "in arrears")),
        one_of("charge_model", CHARGE_MODELS),
        CheckConstraint("line_number >= 1", name="line_number_from_one"),
        CheckConstraint("service_from <= service_to", name="service_from_before_to"),
        CheckConstraint(
            "NOT is_too_late OR (adjusts_period IS NOT NULL AND amount = 0)",
            name="too_late_charges_nothing",
        ),
        first_of_month("adjusts_period"),
        *code_checks("price_code"),
        *code_checks("name", longest=200),
        *finite("quantity", "amount"),
        comment="Lines of issued documents; each is the sum of its detailed lines.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    invoice_id: Mapped[Count] = mapped_column(primary_key=True, comment="The document.")
    line_number: Mapped[Identifier] = mapped_column(
        primary_key=True, autoincrement=False, comment="Place on the document, from 1."
    )
    price_code: Mapped[Code] = mapped_column(comment="The component of the rate card.")
    name: Mapped[Words] = mapped_column(comment="Name as on the document.")
    kind: Mapped[Code] = mapped_column(comment="fixed or variable.")
    timing: Mapped[Code] = mapped_column(comment="in advance or in arrears.")
    charge_model: Mapped[Code | None] = mapped_column(
        comment="How the amount follows from the quantity; null: commitment shortfall."
    )
    service_from: Mapped[Day] = mapped_column(comment="First day of the service.")
    service_to: Mapped[Day] = mapped_column(comment="Last day of the service.")
    meter_id: Mapped[Identifier | None] = mapped_column(comment="What was counted.")
    quantity: Mapped[Quantity | None] = mapped_column(comment="Of the meter, or agreed.")
    amount: Mapped[Amount] = mapped_column(comment="Sum of the detailed lines; before tax.")
    counts_toward_commitment: Mapped[bool] = mapped_column(
        comment="Whether it counts for the minimum commitment."
    )
    tax_code: Mapped[Code] = mapped_column(comment="Tax code; empty where no tax is charged.")
    adjusts_period: Mapped[Day | None] = mapped_column(
        comment="The earlier month that it corrects, by its first day."
    )
    is_too_late: Mapped[bool] = mapped_column(
        comment="Whether it is past the back-billing limit: shown and charged nothing."
    )
    credits_line: Mapped[Identifier | None] = mapped_column(
        comment="Of a credit note: the line of the credited document."
    )
    clause: Mapped[Words] = mapped_column(comment="Clause of the signed agreement; may be empty.")
    reference: Mapped[Words] = mapped_column(
        comment="Reference and approver of a one-off charge; may be empty."
    )
    reason: Mapped[Words] = mapped_column(comment="Why it is there; may be empty.")


class _Details:
    """The columns that detailed lines share."""

    @declared_attr
    @classmethod
    def client_id(cls) -> Mapped[Identifier]:
        return mapped_column(primary_key=True, comment="The client.")

    @declared_attr
    @classmethod
    def invoice_id(cls) -> Mapped[Count]:
        return mapped_column(primary_key=True, comment="The document.")

    @declared_attr
    @classmethod
    def line_number(cls) -> Mapped[Identifier]:
        return mapped_column(primary_key=True, autoincrement=False, comment="The line.")

    @declared_attr
    @classmethod
    def ordinal(cls) -> Mapped[Identifier]:
        return mapped_column(
            primary_key=True, autoincrement=False, comment="Place within the line, from 1."
        )

    @declared_attr
    @classmethod
    def kind(cls) -> Mapped[Code]:
        return mapped_column(comment="What it does to its line.")

    @declared_attr
    @classmethod
    def text(cls) -> Mapped[Words]:
        return mapped_column(comment="What it is for, in words.")

    @declared_attr
    @classmethod
    def tier(cls) -> Mapped[Words | None]:
        return mapped_column(comment="Name of the tier.")

    @declared_attr
    @classmethod
    def quantity(cls) -> Mapped[Quantity]:
        return mapped_column(comment="Units.")

    @declared_attr
    @classmethod
    def unit_price(cls) -> Mapped[Exact]:
        return mapped_column(comment="Price of one unit, with all its digits.")

    @declared_attr
    @classmethod
    def flat_fee(cls) -> Mapped[Exact]:
        return mapped_column(comment="Added once.")

    @declared_attr
    @classmethod
    def days(cls) -> Mapped[Identifier | None]:
        return mapped_column(comment="Days served, where it is prorated.")

    @declared_attr
    @classmethod
    def period_days(cls) -> Mapped[Identifier | None]:
        return mapped_column(comment="Days of the whole, where it is prorated.")

    @declared_attr
    @classmethod
    def amount(cls) -> Mapped[Amount]:
        return mapped_column(
            comment="quantity × unit_price (× days ÷ period_days) + flat_fee, rounded once."
        )


def _detail_parts() -> tuple[CheckConstraint, ...]:
    return (
        one_of("kind", DETAIL_KINDS),
        CheckConstraint("ordinal >= 1", name="ordinal_from_one"),
        CheckConstraint("(days IS NULL) = (period_days IS NULL)", name="days_whole"),
        CheckConstraint("days >= 0 AND period_days > 0", name="days_possible"),
        *finite("quantity", "unit_price", "flat_fee", "amount"),
    )


class DetailedLine(_Details, Base):
    """A figure that a line is the sum of."""

    __tablename__ = "detailed_line"
    __table_args__ = table(
        reference("client_id, invoice_id, line_number", "billing.invoice_line"),
        *_detail_parts(),
        comment="The figures that a line is the sum of.",
    )


class RecomputedLine(_Details, Base):
    """A figure of the line as it is known now, behind an adjustment."""

    __tablename__ = "recomputed_line"
    __table_args__ = table(
        reference("client_id, invoice_id, line_number", "billing.invoice_line"),
        *_detail_parts(),
        comment=(
            "Behind an adjustment: the corrected line as it is known now. "
            "Its sum less what was billed before is the adjustment."
        ),
    )
