"""What one more unit costs, and what it costs to enter a tier."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing_core.numbers import EXACT
from billing_core.prices import ChargeModel, Price, Tier
from billing_core.rating.included import rated_quantity
from billing_core.rating.tiers import lower_bound, tier_at


@dataclass(frozen=True, slots=True, kw_only=True)
class NextUnit:
    """The price of the next unit above a quantity."""

    unit_price: Decimal  #: less the discount; 0 while the unit is included or free
    applies_to_all: bool  #: volume: the price is that of all units, not only of those above
    tier: Tier | None  #: that the next unit falls in


def price_of_next_unit(price: Price, quantity: Fraction) -> NextUnit:
    """Give what the next unit above a meter's quantity costs.

    At the very bound of a tier the next unit belongs to the tier above. In a started package it
    costs nothing; where a package is full (or none is started) it costs a package.
    """
    tier = _tier_above(price, quantity)
    unit_price = EXACT.multiply(_list_price(price, quantity, tier), 1 - price.discount_rate)
    return NextUnit(
        unit_price=unit_price, applies_to_all=price.model is ChargeModel.VOLUME, tier=tier
    )


def cost_of_crossing(price: Price, entered: Tier) -> Fraction:
    """Give the amount just above a tier's lower bound less the amount at it.

    Graduated: the entered tier's flat fee. Volume: a cliff, often negative: with 2.00 up to 100 and
    1.00 above, passing 100 makes 200.00 into 100.00: -100. Less the discount.
    """
    lower = lower_bound(price, entered)
    cost = Fraction(entered.flat_fee)
    if price.model is ChargeModel.VOLUME and lower > 0:
        left = tier_at(price, Fraction(lower))
        cost += Fraction(lower) * (Fraction(entered.unit_price) - Fraction(left.unit_price))
        cost -= Fraction(left.flat_fee)
    return cost * (1 - Fraction(price.discount_rate))


def _tier_above(price: Price, quantity: Fraction) -> Tier | None:
    rated = rated_quantity(price, quantity)
    above = (tier for tier in price.tiers if tier.up_to is None or rated < tier.up_to)
    return next(above, None)


def _list_price(price: Price, quantity: Fraction, tier: Tier | None) -> Decimal:
    if 0 <= quantity < price.included_quantity:
        return Decimal(0)
    if tier is not None:
        return tier.unit_price
    match price.model:
        case ChargeModel.PACKAGE:
            return _package_price(price, rated_quantity(price, quantity))
        case ChargeModel.MARKUP:
            return EXACT.add(Decimal(1), price.markup_rate or Decimal(0))
        case _:
            return price.unit_price or price.fee or Decimal(0)


def _package_price(price: Price, rated: Fraction) -> Decimal:
    paid = rated - Fraction(price.free_quantity)
    is_full = paid >= 0 and paid % Fraction(price.package_size or 1) == 0
    return (price.package_price or Decimal(0)) if is_full else Decimal(0)
