"""Prices: charge models, tiers, and the versions of a price."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_core.faults import refuse
from billing_core.prices import faults


class ChargeModel(StrEnum):
    """How a quantity becomes an amount."""

    FLAT = "flat"  #: a fee per month, quarter or year
    ONE_OFF = "one_off"  #: a dated charge
    UNIT = "unit"  #: quantity × unit price
    GRADUATED = "graduated"  #: each tier's share of the quantity × its price
    VOLUME = "volume"  #: all of the quantity × the price of the tier it falls in
    PACKAGE = "package"  #: whole packages × price
    MARKUP = "markup"  #: vendor cost × (1 + rate), open book

    @property
    def is_metered(self) -> bool:
        """Whether a meter gives the quantity."""
        return self not in {ChargeModel.FLAT, ChargeModel.ONE_OFF}

    @property
    def is_tiered(self) -> bool:
        """Whether the price has tiers."""
        return self in {ChargeModel.GRADUATED, ChargeModel.VOLUME}


class Interval(StrEnum):
    """How long a flat fee pays for."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months in the interval."""
        return {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A named range of quantity, from the tier before (exclusive) to its bound (inclusive)."""

    name: str
    up_to: Decimal | None  #: inclusive, after the included quantity; None: open
    unit_price: Decimal
    flat_fee: Decimal = Decimal(0)  #: due once the quantity passes the tier's lower bound
    burst: bool = False  #: entering it is the burst trigger
    milestone: str = ""  #: what of the infrastructure the bound stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One version of a price: valid in [starts_on, ends_on), in the currency of its agreement."""

    code: str  #: the versions of a price share it
    name: str
    model: ChargeModel
    starts_on: date  #: inclusive, in the client's zone; of a one-off charge: its date
    ends_on: date | None = None  #: exclusive; None: open
    meter: str | None = None  #: code; metered models only
    fee: Decimal | None = None  #: flat: per interval (and unit); one_off: per unit; a credit is < 0
    interval: Interval = Interval.MONTH  #: flat
    anchor_month: int = 1  #: flat: a month in which an interval starts, 1 to 12
    per_agreement_quantity: bool = False  #: flat: × the agreement quantity (seats, devices)
    unit_price: Decimal | None = None  #: unit
    tiers: tuple[Tier, ...] = ()  #: graduated, volume; ascending, the last open
    package_size: Decimal | None = None  #: package
    package_price: Decimal | None = None  #: package
    free_quantity: Decimal = Decimal(0)  #: package
    markup_rate: Decimal | None = None  #: markup; 0.15 is 15 %
    included_quantity: Decimal = Decimal(0)  #: metered; taken off before rating
    discount_rate: Decimal = Decimal(0)  #: 0 to 1; 0.10 is 10 %
    maximum: Decimal | None = None  #: the line's highest amount in a whole month
    maximum_per_resource: Decimal | None = None  #: unit
    minimum: Decimal | None = None  #: the line's lowest amount in a whole month, at zero usage too
    flat_on_zero: bool = False  #: tiered: the first tier's flat fee is due at zero usage too
    counts_toward_commitment: bool | None = None  #: None: metered yes, others no
    thresholds: tuple[Decimal, ...] = (Decimal("0.8"), Decimal(1))  #: shares of the way to a bound
    clause: str = ""  #: where the agreement says so
    reference: str = ""  #: one_off: the client's order, and who approved it
    quantity: Decimal = Decimal(1)  #: one_off
    tax_code: str = ""  #: "": the agreement's
    reason: str = ""  #: of a discount or a service credit, as the invoice says it

    def __post_init__(self) -> None:
        refuse(faults.faults_of(self))

    @property
    def counts(self) -> bool:
        """Whether its charges count toward the minimum commitment."""
        if self.counts_toward_commitment is None:
            return self.model.is_metered
        return self.counts_toward_commitment

    def is_in_force(self, day: date) -> bool:
        """Say whether the version is valid on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)
