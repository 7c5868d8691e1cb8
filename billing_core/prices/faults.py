"""What can be wrong with a price, every fault named; `price.py` raises them at once."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from billing_core.event import LONGEST_CODE, text_faults
from billing_core.faults import Fault
from billing_core.numbers import plain, size_fault

if TYPE_CHECKING:
    from billing_core.prices.price import Price, Tier

_NONE: Final[frozenset[str]] = frozenset()

#: Fields that a model can't do without.
NEEDED: Final = {
    "flat": frozenset({"fee"}),
    "one_off": frozenset({"fee"}),
    "unit": frozenset({"meter", "unit_price"}),
    "graduated": frozenset({"meter", "tiers"}),
    "volume": frozenset({"meter", "tiers"}),
    "package": frozenset({"meter", "package_size", "package_price"}),
    "markup": frozenset({"meter", "markup_rate"}),
}
#: Fields that a model may have besides.
ALLOWED: Final = {
    "flat": frozenset({"interval", "anchor_month", "per_agreement_quantity"}),
    "one_off": frozenset({"quantity"}),
    "unit": frozenset({"included_quantity", "maximum_per_resource"}),
    "graduated": frozenset({"included_quantity", "flat_on_zero"}),
    "volume": frozenset({"included_quantity", "flat_on_zero"}),
    "package": frozenset({"included_quantity", "free_quantity"}),
    "markup": frozenset({"included_quantity"}),
}
#: Fields of one model or a few; all other fields belong to every model.
OF_SOME: Final = _NONE.union(*NEEDED.values(), *ALLOWED.values())

#: A rebate is a fee below zero; a negative price per unit of usage is a slip.
_MAY_BE_NEGATIVE: Final = {"flat": frozenset({"fee"}), "one_off": frozenset({"fee"})}
_NUMBERS: Final = (
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
)


def faults_of(price: "Price") -> Iterator[Fault]:
    """Give every fault of a price, in the order of its fields."""
    yield from text_faults("code", price.code, longest=LONGEST_CODE)
    yield from text_faults("name", price.name)
    yield from dates_faults(price.starts_on, price.ends_on)
    yield from _fields_of_the_model(price)
    yield from _numbers(price)
    yield from _tiers(price.tiers)
    yield from _limits(price)
    yield from _thresholds(price.thresholds)
    yield from _service_credit(price)


def dates_faults(starts_on: date, ends_on: date | None) -> Iterator[Fault]:
    """Give the fault of a term that ends before it begins."""
    if ends_on is not None and ends_on <= starts_on:
        message = f"{ends_on} is not after {starts_on}; the end is the first day no longer valid"
        yield Fault(where="ends_on", message=message)


def amount_faults(where: str, number: Decimal | None, *, negative: bool = False) -> Iterator[Fault]:
    """Give what is wrong with the size or the sign of a number, if there is one."""
    if number is None:
        return
    fault = size_fault(number)
    if fault:
        yield Fault(where=where, message=fault)
    elif number < 0 and not negative:
        yield Fault(where=where, message=f"{plain(number)} is below zero")


def _fields_of_the_model(price: "Price") -> Iterator[Fault]:
    needed, allowed = NEEDED[price.model], ALLOWED[price.model]
    for where in sorted(needed):
        if getattr(price, where) in (None, ()):
            yield Fault(where=where, message=f"is missing; a {price.model} price needs it")
    for field in fields(price):
        foreign = field.name in OF_SOME - needed - allowed
        if foreign and field.default is not MISSING and getattr(price, field.name) != field.default:
            yield Fault(where=field.name, message=f"does not belong to a {price.model} price")


def _numbers(price: "Price") -> Iterator[Fault]:
    may_be_negative = _MAY_BE_NEGATIVE.get(price.model, _NONE)
    for where in _NUMBERS:
        number = getattr(price, where)
        yield from amount_faults(where, number, negative=where in may_be_negative)
    if price.package_size == 0:
        yield Fault(where="package_size", message="is zero; a package holds something")
    if price.discount_rate > 1:
        yield Fault(where="discount_rate", message="is above 1, which is 100 %")
    if price.anchor_month not in range(1, 13):
        yield Fault(where="anchor_month", message=f"{price.anchor_month} is not a month, 1 to 12")


def _tiers(tiers: "tuple[Tier, ...]") -> Iterator[Fault]:
    for index, tier in enumerate(tiers):
        where = f"tiers[{index}]"
        yield from text_faults(f"{where}.name", tier.name)
        yield from amount_faults(f"{where}.unit_price", tier.unit_price)
        yield from amount_faults(f"{where}.flat_fee", tier.flat_fee)
        yield from amount_faults(f"{where}.up_to", tier.up_to)
    yield from _bounds(tiers)
    names = [tier.name for tier in tiers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(where="tiers", message=f"{name!r} names more than one tier")


def _bounds(tiers: "tuple[Tier, ...]") -> Iterator[Fault]:
    if tiers and tiers[-1].up_to is not None:
        message = "the last tier must be open: leave its bound out"
        yield Fault(where=f"tiers[{len(tiers) - 1}].up_to", message=message)
    for index, tier in enumerate(tiers[:-1]):
        if tier.up_to is None:
            message = "only the last tier is open; this one needs its bound"
            yield Fault(where=f"tiers[{index}].up_to", message=message)
    bounds = [(i, tier.up_to) for i, tier in enumerate(tiers) if _is_comparable(tier.up_to)]
    for (_, lower), (index, upper) in pairwise([(-1, Decimal(0)), *bounds]):
        if upper is not None and lower is not None and upper <= lower:
            message = f"{plain(upper)} is not above the bound before it, {plain(lower)}"
            yield Fault(where=f"tiers[{index}].up_to", message=message)


def _is_comparable(bound: Decimal | None) -> bool:
    return bound is not None and not bound.is_nan()


def _limits(price: "Price") -> Iterator[Fault]:
    low, high = price.minimum, price.maximum
    if low is not None and high is not None and low > high:
        yield Fault(where="minimum", message=f"{plain(low)} is above the maximum, {plain(high)}")


def _thresholds(thresholds: tuple[Decimal, ...]) -> Iterator[Fault]:
    if not all(0 < threshold <= 1 for threshold in thresholds):
        yield Fault(where="thresholds", message="a threshold is a share above 0, at most 1")
    if any(later <= earlier for earlier, later in pairwise(thresholds)):
        yield Fault(where="thresholds", message="are not in ascending order")


def _service_credit(price: "Price") -> Iterator[Fault]:
    fee = price.fee
    gives = price.model == "one_off" and fee is not None and fee.is_finite() and fee < 0
    if gives and not (price.reason.strip() or price.reference.strip()):
        message = "is missing: a service credit says why it is given, or names a reference"
        yield Fault(where="reason", message=message)
