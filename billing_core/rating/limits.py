"""Maximum and minimum of a line in a period, prorated by the days of each version."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing_core.money import round_amount
from billing_core.numbers import plain
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating.part_month import days_in, versions_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """An amount that a line does not pass."""

    amount: Decimal  #: in the currency's minor unit
    text: str  #: how it came about: "310 × 17 ÷ 31 days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a line; None: not limited."""

    maximum_per_resource: Limit | None = None
    maximum: Limit | None = None
    minimum: Limit | None = None


def prorated_limit(parts: Sequence[tuple[Decimal, int]], period_days: int, currency: str) -> Limit:
    """Give the limit of (amount in a whole month, days of it).

    310.00 for 17 of 31 days are 170.00; a minimum that rises from 31 to 62 after 10 of 31 days is
    31 × 10 ÷ 31 + 62 × 21 ÷ 31 = 52.
    """
    exact = sum((Fraction(amount) * days for amount, days in parts), Fraction(0)) / period_days
    words = " + ".join(
        plain(amount) if days == period_days else f"{plain(amount)} × {days} ÷ {period_days} days"
        for amount, days in parts
    )
    return Limit(amount=round_amount(exact, currency), text=words)


def whole_limits(price: Price, currency: str) -> Limits:
    """Give the limits of a price's line in a whole month."""
    return _limits([(price, 1)], 1, currency)


def limits_in(agreement: Agreement, code: str, period: BillingPeriod) -> Limits:
    """Give the limits of a price's line in a period.

    A maximum holds only where every version in force has one: without, that part has no upper end.
    A version without a minimum adds nothing to it.
    """
    in_force = versions_in(agreement, code, period)
    versions = [(price, days_in(agreement, price, period)) for price in in_force]
    return _limits(versions, period.day_count, agreement.currency)


def _limits(versions: Sequence[tuple[Price, int]], period_days: int, currency: str) -> Limits:
    def limit(where: str) -> Limit | None:
        return _limit(where, versions, period_days, currency)

    return Limits(
        maximum_per_resource=limit("maximum_per_resource"),
        maximum=limit("maximum"),
        minimum=limit("minimum"),
    )


def _limit(
    where: str, versions: Sequence[tuple[Price, int]], period_days: int, currency: str
) -> Limit | None:
    amounts: list[tuple[Decimal | None, int]] = [
        (getattr(price, where), days) for price, days in versions
    ]
    parts = [(amount, days) for amount, days in amounts if amount is not None]
    if not parts or (where != "minimum" and len(parts) < len(amounts)):
        return None
    return prorated_limit(parts, period_days, currency)
