"""A worked example for each price of the rate card, for the client to follow."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing_core.numbers import rounded_quantity
from billing_core.prices import ChargeModel, Price, Tier
from billing_core.rating import DetailedLine, charge_of_quantity, lower_bound

_ROUND_NUMBER = Fraction(100)
_SMALL = 10  #: bounds from here on get examples in whole units


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedExample:
    """A quantity and what it costs in a whole month."""

    quantity: Decimal
    detailed_lines: tuple[DetailedLine, ...]
    amount: Decimal


def worked_example(price: Price, currency: str) -> WorkedExample:
    """Work a price out for a quantity that shows how it works.

    Tiers: well inside the burst tier, or the second, or the only one. With tiers that meet at 100
    and 200 and no burst: 150. Included or free quantity: half as much again. Packages: two and a
    half.
    """
    quantity = _telling_quantity(price)
    charge = charge_of_quantity(price, quantity, currency)
    return WorkedExample(
        quantity=rounded_quantity(quantity),
        detailed_lines=charge.detailed_lines,
        amount=charge.amount,
    )


def _telling_quantity(price: Price) -> Fraction:
    if price.tiers:
        return Fraction(price.included_quantity) + _inside(price, _telling_tier(price))
    match price.model:
        case ChargeModel.FLAT:
            return Fraction(_SMALL if price.per_agreement_quantity else 1)
        case ChargeModel.ONE_OFF:
            return Fraction(price.quantity)
        case ChargeModel.PACKAGE:
            free = price.free_quantity + price.included_quantity
            return Fraction(free) + Fraction(price.package_size or 1) * Fraction(5, 2)
        case _:
            return Fraction(price.included_quantity) * Fraction(3, 2) or _ROUND_NUMBER


def _telling_tier(price: Price) -> Tier:
    burst = (tier for tier in price.tiers if tier.burst)
    return next(burst, price.tiers[:2][-1])


def _inside(price: Price, tier: Tier) -> Fraction:
    lower = Fraction(lower_bound(price, tier))
    upper = Fraction(tier.up_to) if tier.up_to is not None else lower * Fraction(3, 2)
    middle = (lower + upper) / 2 or _ROUND_NUMBER
    whole = Fraction(int(middle))
    return whole if lower >= _SMALL and whole > lower else middle
