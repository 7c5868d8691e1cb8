"""Portions and detailed lines: the figures that an amount is the sum of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing_core.faults import Fault, refuse
from billing_core.money import round_amount
from billing_core.numbers import rounded_quantity


class DetailKind(StrEnum):
    """What a detailed line does to its line."""

    USAGE = "usage"
    FEE = "fee"
    INCLUDED = "included"
    DISCOUNT = "discount"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    COMMITMENT = "commitment"
    CHANGE_CHARGE = "change_charge"
    CHANGE_CREDIT = "change_credit"
    ONE_OFF = "one_off"
    RECOMPUTED = "recomputed"  #: of an adjustment: the line as it is known now
    BILLED_BEFORE = "billed_before"  #: of an adjustment: less what an earlier document billed
    TOO_LATE = "too_late"  #: of an adjustment: what the back-billing limit leaves uncharged
    CREDIT = "credit"  #: of a credit note; of an adjustment: what a credit note gave back already


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """A part of a charge, exact: what a charge model makes of a quantity."""

    kind: DetailKind = DetailKind.USAGE
    text: str  #: what it is for, in plain words
    tier: str | None = None  #: name
    quantity: Fraction
    unit_price: Decimal  #: with all its digits
    flat_fee: Decimal = Decimal(0)
    days: int | None = None  #: prorated: days served
    period_days: int | None = None  #: prorated: days of the whole

    @property
    def exact(self) -> Fraction:
        """Quantity × unit price (× days ÷ days of the whole) + flat fee, unrounded."""
        share = Fraction(self.days or 0, self.period_days) if self.period_days else Fraction(1)
        return self.quantity * Fraction(self.unit_price) * share + Fraction(self.flat_fee)


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedLine:
    """quantity × unit price (× days ÷ days of the whole) + flat fee = amount, rounded once.

    17 of 31 days of 3 seats at 20.00 are 3 × 20.00 × 17 ÷ 31 = 32.903…, so 32.90.
    """

    kind: DetailKind
    text: str  #: what it is for, in plain words
    tier: str | None = None  #: name
    quantity: Decimal  #: at most 15 decimals
    unit_price: Decimal  #: with all its digits
    flat_fee: Decimal = Decimal(0)
    days: int | None = None  #: prorated: days served
    period_days: int | None = None  #: prorated: days of the whole
    amount: Decimal  #: in the currency's minor unit

    def __post_init__(self) -> None:
        refuse(_faults_of(self))

    @property
    def portion(self) -> Portion:
        """The same figures, before rounding."""
        return Portion(
            kind=self.kind,
            text=self.text,
            tier=self.tier,
            quantity=Fraction(self.quantity),
            unit_price=self.unit_price,
            flat_fee=self.flat_fee,
            days=self.days,
            period_days=self.period_days,
        )


def detailed(portion: Portion, currency: str) -> DetailedLine:
    """Make the detailed line of a portion: the one place where an amount is rounded.

    The portion's quantity has at most 15 decimals already, so that what is shown is what was
    multiplied.
    """
    return DetailedLine(
        kind=portion.kind,
        text=portion.text,
        tier=portion.tier,
        quantity=rounded_quantity(portion.quantity),
        unit_price=portion.unit_price,
        flat_fee=portion.flat_fee,
        days=portion.days,
        period_days=portion.period_days,
        amount=round_amount(portion.exact, currency),
    )


def sum_exact(portions: Iterable[Portion]) -> Fraction:
    """Add up portions, unrounded."""
    return sum((portion.exact for portion in portions), Fraction(0))


def _faults_of(detail: DetailedLine) -> Iterator[Fault]:
    if (detail.days is None) != (detail.period_days is None):
        yield Fault(where="days", message="days and period_days are given together or not at all")
    if detail.period_days is not None and detail.period_days <= 0:
        yield Fault(where="period_days", message="is not above zero")
