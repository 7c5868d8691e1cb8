"""The rate card: versions of prices and their tiers."""

from decimal import Decimal
from typing import Final

from sqlalchemy import ARRAY, CheckConstraint, Identity, Numeric, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Amount,
    Base,
    Code,
    Day,
    Identifier,
    Quantity,
    Rate,
    Words,
    code_checks,
    finite,
    one_of,
    reference,
    table,
)

CHARGE_MODELS: Final = ("flat", "one_off", "unit", "graduated", "volume", "package", "markup")
FEE_INTERVALS: Final = ("month", "quarter", "year")


class Price(Base):
    """One version of one component of the rate card."""

    __tablename__ = "price"
    __table_args__ = table(
        reference("client_id, agreement_id", "billing.agreement"),
        reference("meter_id", "billing.meter"),
        ExcludeConstraint(
            ("client_id", "="),
            ("agreement_id", "="),
            ("code", "="),
            (text("daterange(starts_on, ends_on)"), "&&"),
            name="ex_price_versions_apart",
            using="gist",
        ),
        one_of("charge_model", CHARGE_MODELS),
        one_of("fee_interval", FEE_INTERVALS),
        CheckConstraint("starts_on < ends_on", name="starts_before_it_ends"),
        CheckConstraint("anchor_month BETWEEN 1 AND 12", name="anchor_month_of_year"),
        CheckConstraint(
            "charge_model NOT IN ('flat', 'one_off') OR fee IS NOT NULL", name="fee_of_fixed"
        ),
        CheckConstraint(
            "charge_model <> 'unit' OR unit_price IS NOT NULL", name="unit_price_of_unit"
        ),
        CheckConstraint(
            "charge_model <> 'package' OR (package_size > 0 AND package_price IS NOT NULL)",
            name="package_whole",
        ),
        CheckConstraint(
            "charge_model <> 'markup' OR markup_rate IS NOT NULL", name="markup_rate_of_markup"
        ),
        CheckConstraint(
            "(charge_model IN ('flat', 'one_off')) = (meter_id IS NULL)", name="meter_of_usage"
        ),
        CheckConstraint(
            "included_quantity >= 0 AND free_quantity >= 0", name="quantities_not_negative"
        ),
        CheckConstraint("discount_rate BETWEEN 0 AND 1", name="discount_rate_share"),
        CheckConstraint("minimum <= maximum", name="minimum_below_maximum"),
        CheckConstraint(
            "0 < ALL (thresholds) AND 10 >= ALL (thresholds) "
            "AND array_position(thresholds, NULL) IS NULL",
            name="thresholds_shares",
        ),
        *code_checks("code"),
        *code_checks("name", longest=200),
        *finite(
            "fee",
            "unit_price",
            "package_size",
            "package_price",
            "free_quantity",
            "markup_rate",
            "included_quantity",
            "discount_rate",
            "maximum",
            "maximum_per_resource",
            "minimum",
            "quantity",
        ),
        comment=(
            "One version of one component of the rate card. "
            "Versions of a code in an agreement never overlap."
        ),
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    price_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The version of the price."
    )
    agreement_id: Mapped[Identifier] = mapped_column(comment="The agreement it belongs to.")
    code: Mapped[Code] = mapped_column(
        comment="Name of the component, the same for all its versions."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    charge_model: Mapped[Code] = mapped_column(comment="How the amount follows from the quantity.")
    meter_id: Mapped[Identifier | None] = mapped_column(
        comment="What is counted; null for fixed fees."
    )
    starts_on: Mapped[Day] = mapped_column(comment="First day of this version.")
    ends_on: Mapped[Day | None] = mapped_column(
        comment="Day after the last; null while no end is known."
    )
    fee: Mapped[Amount | None] = mapped_column(
        comment="Fee of flat and one_off, whole or per unit."
    )
    fee_interval: Mapped[Code] = mapped_column(
        server_default=text("'month'"), comment="What one fee covers."
    )
    anchor_month: Mapped[Identifier] = mapped_column(
        server_default=text("1"),
        comment="Month of the year in which a quarter or year begins, 1 to 12.",
    )
    per_agreement_quantity: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether the fee is multiplied by the agreement quantity.",
    )
    unit_price: Mapped[Amount | None] = mapped_column(comment="Price of one unit, of unit.")
    package_size: Mapped[Quantity | None] = mapped_column(comment="Units in one package.")
    package_price: Mapped[Amount | None] = mapped_column(comment="Price of one package.")
    free_quantity: Mapped[Quantity] = mapped_column(
        server_default=text("0"), comment="Units before the first package is charged."
    )
    markup_rate: Mapped[Rate | None] = mapped_column(
        comment="Share added to the vendor's cost: 0.15 is 15 %."
    )
    included_quantity: Mapped[Quantity] = mapped_column(
        server_default=text("0"),
        comment="Units a month that cost nothing, taken off before rating.",
    )
    discount_rate: Mapped[Rate] = mapped_column(
        server_default=text("0"), comment="Share taken off: 0.10 is 10 %."
    )
    maximum: Mapped[Amount | None] = mapped_column(
        comment="Most that the line may cost in a month."
    )
    maximum_per_resource: Mapped[Amount | None] = mapped_column(
        comment="Most that one resource may cost in a month."
    )
    minimum: Mapped[Amount | None] = mapped_column(comment="Least that the line costs in a month.")
    flat_on_zero: Mapped[bool] = mapped_column(
        server_default=text("false"),
        comment="Whether the first tier's flat fee is due without usage.",
    )
    counts_toward_commitment: Mapped[bool | None] = mapped_column(
        comment="Whether the line counts for the commitment; null: usage does, fixed fees do not."
    )
    thresholds: Mapped[list[Decimal]] = mapped_column(
        ARRAY(Numeric(20, 15)),
        server_default=text("'{0.8,1}'"),
        comment="Shares of the way to a tier's bound at which to warn.",
    )
    clause: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Clause of the signed agreement."
    )
    reference: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Reference and approver of a one_off charge."
    )
    quantity: Mapped[Quantity] = mapped_column(
        server_default=text("1"), comment="Units of a one_off charge."
    )
    tax_code: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Tax code; empty: the agreement's."
    )
    reason: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="Reason of a discount or a service credit."
    )


class PriceTier(Base):
    """A named range of quantity with its price."""

    __tablename__ = "price_tier"
    __table_args__ = table(
        reference("client_id, price_id", "billing.price", cascades=True),
        CheckConstraint("ordinal >= 1", name="ordinal_from_one"),
        CheckConstraint("up_to > 0", name="up_to_positive"),
        *code_checks("name", longest=200),
        *finite("up_to", "unit_price", "flat_fee"),
        comment="A range of quantity with its price: (previous up_to, up_to], the last one open.",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    price_id: Mapped[Identifier] = mapped_column(
        primary_key=True, comment="The version of the price."
    )
    ordinal: Mapped[Identifier] = mapped_column(
        primary_key=True, comment="Place in the order of tiers, from 1."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    up_to: Mapped[Quantity | None] = mapped_column(
        comment="Upper bound, inclusive; null for the last tier."
    )
    unit_price: Mapped[Amount] = mapped_column(comment="Price of one unit in this tier.")
    flat_fee: Mapped[Amount] = mapped_column(
        server_default=text("0"), comment="Fee due once the quantity passes the tier's lower bound."
    )
    burst: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether entering it is the burst trigger."
    )
    milestone: Mapped[Words] = mapped_column(
        server_default=text("''"),
        comment="Milestone of the infrastructure that the tier is tied to.",
    )
