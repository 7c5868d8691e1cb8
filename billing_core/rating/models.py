"""The charge models: which function makes portions of a quantity, and the exact rate of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from billing_core.numbers import EXACT
from billing_core.prices import ChargeModel, Price
from billing_core.rating import flat, graduated, markup, package, unit, volume
from billing_core.rating.detail import Portion, sum_exact
from billing_core.rating.included import rated_quantity

if TYPE_CHECKING:
    from decimal import Decimal

MODELS: Final[Mapping[ChargeModel, Callable[[Price, Fraction], tuple[Portion, ...]]]] = {
    ChargeModel.FLAT: flat.portions,
    ChargeModel.ONE_OFF: flat.one_off_portions,
    ChargeModel.UNIT: unit.portions,
    ChargeModel.GRADUATED: graduated.portions,
    ChargeModel.VOLUME: volume.portions,
    ChargeModel.PACKAGE: package.portions,
    ChargeModel.MARKUP: markup.portions,
}


def portions_of(price: Price, quantity: Fraction) -> tuple[Portion, ...]:
    """Give the portions of a quantity from zero, the included quantity taken off first."""
    return MODELS[price.model](price, rated_quantity(price, quantity))


def rate(price: Price, quantity: Fraction) -> Fraction:
    """Give the exact amount of a quantity, before maximum and minimum.

    The included quantity is off, the discount applied: 120 with 20 included at 0.50, less 10 %,
    are 100 × 0.50 × 0.9 = 45.
    """
    return discounted(price, sum_exact(portions_of(price, quantity)))


def discounted(price: Price, amount: Fraction) -> Fraction:
    """Give an amount less the price's discount."""
    return amount * (1 - Fraction(price.discount_rate))


def portions_between(
    price: Price, start: Fraction, end: Fraction, *, fee_falls_due: bool = False
) -> tuple[Portion, ...]:
    """Give what a quantity's way from start to end adds; it may be negative.

    rate(end) - rate(start), portion by portion: with 0.10 up to 100 and 0.05 above, from 80 to 120
    are 20 × 0.10 + 20 × 0.05. A flat fee is added where its tier is entered on the way, one due at
    zero usage where it falls due at the start.
    """
    before = replace(price, flat_on_zero=False) if fee_falls_due else price
    merged: dict[tuple[str, Decimal], Portion] = {}
    for portion in (*map(_negative, portions_of(before, start)), *portions_of(price, end)):
        key = (portion.text, portion.unit_price)
        merged[key] = _joined(merged[key], portion) if key in merged else portion
    return tuple(each for each in merged.values() if each.quantity or each.flat_fee)


def _negative(portion: Portion) -> Portion:
    return replace(portion, quantity=-portion.quantity, flat_fee=EXACT.minus(portion.flat_fee))


def _joined(one: Portion, other: Portion) -> Portion:
    flat_fee = EXACT.add(one.flat_fee, other.flat_fee)
    return replace(one, quantity=one.quantity + other.quantity, flat_fee=flat_fee)


def amount_between(
    price: Price, start: Fraction | None, end: Fraction, *, fee_falls_due: bool = False
) -> Fraction:
    """Give the exact amount of a quantity's way: rate(end) - rate(start); None: from nothing.

    From nothing also counts a flat fee that is due at zero usage; from zero only counts it where it
    falls due at the start.
    """
    if start is None:
        return rate(price, end)
    portions = portions_between(price, start, end, fee_falls_due=fee_falls_due)
    return discounted(price, sum_exact(portions))
