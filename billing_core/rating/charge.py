"""The charge of a metered line: rated stretch by stretch, then adjusted, in one order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing_core.metering import ResourceQuantity
from billing_core.money import round_amount, sum_of
from billing_core.numbers import EXACT, plain, rounded_quantity
from billing_core.prices import Price
from billing_core.rating.detail import DetailedLine, DetailKind, Portion, detailed, sum_exact
from billing_core.rating.included import rated_quantity
from billing_core.rating.limits import Limit, Limits, whole_limits
from billing_core.rating.models import discounted, portions_between, portions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTerm:
    """The days that a fee is for, and what they are called on the invoice."""

    kind: DetailKind = DetailKind.FEE
    text: str
    days: int | None = None  #: None: all of the interval
    interval_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The part of a period that one version of a price rates."""

    price: Price  #: as it rates in the period (see `price_in_period`)
    start: tuple[ResourceQuantity, ...] | None  #: cumulative; None: from zero, the period's start
    end: tuple[ResourceQuantity, ...]  #: cumulative
    fee_term: FeeTerm | None = None  #: flat
    fee_falls_due: bool = False  #: the flat fee due at zero usage, at the start; if there is one

    @property
    def portions(self) -> tuple[Portion, ...]:
        """What the stretch adds, before discount."""
        if self.fee_term is not None:
            return _fee_portions(self.price, rounded_sum(self.end), self.fee_term)
        if self.start is None:
            return portions_of(self.price, rounded_sum(self.end))
        start, end = rounded_sum(self.start), rounded_sum(self.end)
        return portions_between(self.price, start, end, fee_falls_due=self.fee_falls_due)

    @property
    def included(self) -> Fraction:
        """How much of the included quantity is used up in the stretch."""
        quantities = (rounded_sum(self.start or ()), rounded_sum(self.end))
        before, after = (each - rated_quantity(self.price, each) for each in quantities)
        return after - before


def _fee_portions(price: Price, quantity: Fraction, term: FeeTerm) -> tuple[Portion, ...]:
    return tuple(
        replace(
            portion,
            kind=term.kind,
            text=term.text,
            days=term.days,
            period_days=term.interval_days,
        )
        for portion in portions_of(price, quantity)
    )


def rounded_sum(quantities: Iterable[ResourceQuantity]) -> Fraction:
    """Add resources up and round once to the 15 decimals that a line shows and rates."""
    return Fraction(rounded_quantity(sum((each.quantity for each in quantities), Fraction(0))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A line in the making."""

    stretches: tuple[Stretch, ...]
    limits: Limits
    currency: str
    of_stretches: tuple[tuple[DetailedLine, ...], ...]  #: one tuple for each stretch
    of_line: tuple[DetailedLine, ...] = ()  #: what adjusts the line as a whole

    @property
    def detailed_lines(self) -> tuple[DetailedLine, ...]:
        """All detailed lines, in the order in which they were added."""
        return (*(detail for details in self.of_stretches for detail in details), *self.of_line)

    @property
    def amount(self) -> Decimal:
        """The sum of the detailed lines so far."""
        return amount_of(self.detailed_lines, self.currency)

    def with_line(self, portion: Portion) -> "Charge":
        """Add a detailed line that adjusts the line as a whole."""
        return replace(self, of_line=(*self.of_line, detailed(portion, self.currency)))


def amount_of(details: Iterable[DetailedLine], currency: str) -> Decimal:
    """Add up detailed lines."""
    return sum_of((detail.amount for detail in details), currency)


def charge_of_quantity(
    price: Price, quantity: Fraction, currency: str, fee_term: FeeTerm | None = None
) -> Charge:
    """Charge a quantity by itself, with the price's limits for a whole month."""
    whole = (ResourceQuantity(resource="", quantity=quantity),)
    stretch = Stretch(price=price, start=None, end=whole, fee_term=fee_term)
    return charge_of([stretch], whole_limits(price, currency), currency)


def charge_of(stretches: Iterable[Stretch], limits: Limits, currency: str) -> Charge:
    """Rate the stretches of a line and adjust them."""
    parts = tuple(stretches)
    charge = Charge(
        stretches=parts, limits=limits, currency=currency, of_stretches=tuple(() for _ in parts)
    )
    for step in STEPS:
        charge = step(charge)
    return charge


def _each(charge: Charge, make: Callable[[Stretch], Iterable[Portion]]) -> Charge:
    added = (
        (*details, *(detailed(portion, charge.currency) for portion in make(stretch)))
        for stretch, details in zip(charge.stretches, charge.of_stretches, strict=True)
    )
    return replace(charge, of_stretches=tuple(added))


def _include(charge: Charge) -> Charge:
    return _each(charge, _included_portions)


def _included_portions(stretch: Stretch) -> Iterable[Portion]:
    included = stretch.price.included_quantity
    if included:
        yield Portion(
            kind=DetailKind.INCLUDED,
            text=f"Included: {plain(included)}",
            quantity=stretch.included,
            unit_price=Decimal(0),
        )


def _rate(charge: Charge) -> Charge:
    return _each(charge, lambda stretch: stretch.portions)


def _discount(charge: Charge) -> Charge:
    if not any(stretch.price.discount_rate for stretch in charge.stretches):
        return charge
    added = (
        (
            *details,
            detailed(discount_portion(stretch.price, details, charge.currency), charge.currency),
        )
        for stretch, details in zip(charge.stretches, charge.of_stretches, strict=True)
    )
    return replace(charge, of_stretches=tuple(added))


def discount_portion(price: Price, details: Iterable[DetailedLine], currency: str) -> Portion:
    """Give the discount on the detailed lines before it, with its reason: 10 % of 45.00: -4.50."""
    percent = plain(EXACT.multiply(price.discount_rate, Decimal(100)))
    reason = f": {price.reason}" if price.reason else ""
    return Portion(
        kind=DetailKind.DISCOUNT,
        text=f"Discount of {percent} %{reason}",
        quantity=Fraction(amount_of(details, currency)),
        unit_price=EXACT.minus(price.discount_rate),
    )


def _limit_each_resource(charge: Charge) -> Charge:
    limit = charge.limits.maximum_per_resource
    if limit is None:
        return charge
    above = [part for part in _parts_by_resource(charge.stretches).values() if part > limit.amount]
    if not above:
        return charge
    uncapped = round_amount(sum(above, Fraction(0)), charge.currency)
    text = f"Maximum per resource of {limit.text}: {len(above)} above it"
    return charge.with_line(
        Portion(
            kind=DetailKind.MAXIMUM,
            text=text,
            quantity=Fraction(len(above)),
            unit_price=limit.amount,
            flat_fee=EXACT.minus(uncapped),
        )
    )


def _parts_by_resource(stretches: Iterable[Stretch]) -> dict[str, Fraction]:
    """Share the exact amount of each stretch among the resources by what each added to it."""
    parts: dict[str, Fraction] = {}
    for stretch in stretches:
        added = {each.resource: each.quantity for each in stretch.end}
        for each in stretch.start or ():
            added[each.resource] = added.get(each.resource, Fraction(0)) - each.quantity
        whole = sum(added.values(), Fraction(0))
        amount = discounted(stretch.price, sum_exact(stretch.portions))
        for resource, quantity in added.items():
            part = amount * quantity / whole if whole else Fraction(0)
            parts[resource] = parts.get(resource, Fraction(0)) + part
    return parts


def _limit_above(charge: Charge) -> Charge:
    limit = charge.limits.maximum
    if limit is None or charge.amount <= limit.amount:
        return charge
    return charge.with_line(limit_portion(DetailKind.MAXIMUM, "Maximum", limit, charge.amount))


def _limit_below(charge: Charge) -> Charge:
    limit = charge.limits.minimum
    if limit is None or charge.amount >= limit.amount:
        return charge
    return charge.with_line(limit_portion(DetailKind.MINIMUM, "Minimum", limit, charge.amount))


def limit_portion(kind: DetailKind, name: str, limit: Limit, amount: Decimal) -> Portion:
    """Give what brings an amount to its limit: a minimum of 100.00 adds 100.00 - 70.00 = 30.00."""
    return Portion(
        kind=kind,
        text=f"{name} of {limit.text}",
        quantity=Fraction(1),
        unit_price=limit.amount,
        flat_fee=EXACT.minus(amount),
    )


#: The order of the adjustments, each with its reason. Nothing else adjusts a line.
STEPS: Final[tuple[Callable[[Charge], Charge], ...]] = (
    _include,  # first: what is included never reaches a tier, so tier bounds count paid quantity
    _rate,
    _discount,  # on list prices, as it is agreed ("10 % off"); limits are agreed as net amounts
    _limit_each_resource,  # before the line's: each resource keeps to its own before they add up
    _limit_above,  # after every reduction, so that it never cuts what a discount takes off anyway
    _limit_below,  # last: it is due whatever the others leave, at zero usage too
)
