"""What a client signed: agreements, prices, tiers, agreement quantities, billing periods."""

from decimal import Decimal
from typing import Final

from sqlalchemy import ARRAY, CheckConstraint, Identity, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Amount,
    Base,
    Code,
    Day,
    Identifier,
    Instant,
    Quantity,
    Rate,
    Words,
    code_checks,
    finite,
    first_of_month,
    one_of,
    reference,
    table,
)

CHARGE_MODELS: Final = ("flat", "one_off", "unit", "graduated", "volume", "package", "markup")
FEE_INTERVALS: Final = ("month", "quarter", "year")
PERIOD_STATES: Final = ("open", "closing", "issued")
DAYS: Final = "daterange(starts_on, ends_on)"


class Agreement(Base):
    """What a client signed; one at any instant."""

    __tablename__ = "agreement"
    __table_args__ = table(
        UniqueConstraint("client_id", "code"),
        reference("client_id", "billing.client"),
        ExcludeConstraint(
            ("client_id", "="), (text(DAYS), "&&"), name="ex_agreement_one_at_a_time", using="gist"
        ),
        CheckConstraint("starts_on < ends_on", name="starts_before_it_ends"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_iso_4217"),
        CheckConstraint("minimum_commitment >= 0", name="minimum_commitment_not_negative"),
        CheckConstraint("grace_hours BETWEEN 0 AND 8784", name="grace_hours_bounded"),
        CheckConstraint("back_billing_days BETWEEN 0 AND 36600", name="back_billing_days_bounded"),
        *code_checks("code"),
        *finite("minimum_commitment"),
        comment="What a client signed: term, currency, commitment, deadlines. One per client at any instant.",
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
            (text(DAYS), "&&"),
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
            "0 < ALL (thresholds) AND 10 >= ALL (thresholds) AND array_position(thresholds, NULL) IS NULL",
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
        comment="One version of one component of the rate card. Versions of a code in an agreement never overlap.",
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
        comment="Whether the line counts for the minimum commitment; null: usage does, fixed fees do not."
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


class PriceTier(Base):
    """A named range of quantity with its price."""

    __tablename__ = "price_tier"
    __table_args__ = table(
        reference("client_id, price_id", "billing.price", cascades=True),
        CheckConstraint("ordinal >= 1", name="ordinal_from_one"),
        CheckConstraint("up_to > 0", name="up_to_positive"),
        *code_checks("name", longest=200),
        *finite("up_to", "unit_price", "flat_fee"),
        comment="A named range of quantity with its price: (previous up_to, up_to], the last one open.",
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
        comment="A client's month with its bounds, stored once. Half-open; it starts where the last one ended.",
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
