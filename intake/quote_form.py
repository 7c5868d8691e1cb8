"""The form of a quote case: which fields it has, and how they become a price of ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from billing_core.faults import Fault, Faults, refuse
from billing_core.money import MINOR_UNITS
from billing_core.prices import ChargeModel, Price, Tier
from billing_core.rating import FeeTerm
from intake.forms import Form

_CASE_FIELDS: Final = ("id", "currency", "quantity", "price")
_TIER_FIELDS: Final = ("up_to", "unit_amount", "flat_amount")
#: The form's name of a field, and ours.
_NUMBERS: Final = {
    "amount": "fee",
    "unit_amount": "unit_price",
    "package_size": "package_size",
    "package_amount": "package_price",
    "free_quantity": "free_quantity",
    "markup_rate": "markup_rate",
    "included_quantity": "included_quantity",
    "discount_rate": "discount_rate",
    "maximum": "maximum",
    "minimum": "minimum",
}
_FORM_NAMES: Final = {ours: theirs for theirs, ours in _NUMBERS.items()} | {
    "flat_fee": "flat_amount"
}
_DAYS: Final = ("days", "period_days")
_PRICE_FIELDS: Final = ("model", *_NUMBERS, "tiers", "flat_on_zero", *_DAYS)
_ANY_DAY: Final = date(2000, 1, 1)  #: a quote has no term; a price needs a start


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCase:
    """One case, checked."""

    id: str
    currency: str
    quantity: Decimal
    price: Price
    term: FeeTerm | None  #: of a flat amount that is prorated


def checked(case: object, where: str, earlier: set[str]) -> QuoteCase:
    """Check a case against the form.

    Args:
        case: as JSON has it.
        where: what to call it while it has no id.
        earlier: ids that are taken.

    Raises:
        Faults: with every fault found.
    """
    is_object = isinstance(case, dict)
    form = Form(case, "" if is_object else where, _CASE_FIELDS)
    if not is_object:
        refuse(form.faults)
    name, currency = form.text("id"), form.text("currency")
    if name and name in earlier:
        form.fault("id", f"{name!a} is the id of an earlier case")
    if currency and currency not in MINOR_UNITS:
        form.fault("currency", f"{currency!a} is not an ISO 4217 code like EUR")
    quantity = form.number("quantity")
    price, term = _priced(form.inner("price", _PRICE_FIELDS))
    refuse(form.faults)
    return QuoteCase(id=name, currency=currency, quantity=quantity, price=price, term=term)


_NOT_YET: Final = Price(
    code="quote", name="Fee", model=ChargeModel.FLAT, starts_on=_ANY_DAY, fee=Decimal(0)
)


def _priced(form: Form) -> tuple[Price, FeeTerm | None]:
    """Read the price of a case; while there are faults, what it gives is not used."""
    model = form.text("model")
    if model and model not in set(ChargeModel):
        known = ", ".join(ChargeModel)
        form.fault("model", f"{model!a} is not a charge model: {known}")
    numbers = {ours: form.number(name) for name, ours in _NUMBERS.items() if form.has(name)}
    tiers = tuple(_tier(each, number) for number, each in enumerate(_tier_forms(form), start=1))
    flat_on_zero = form.truth("flat_on_zero")
    term = _term(form, model)
    if form.faults:
        return _NOT_YET, None
    return _price(form, ChargeModel(model), numbers, tiers, flat_on_zero=flat_on_zero), term


def _price(
    form: Form,
    model: ChargeModel,
    numbers: Mapping[str, Decimal],
    tiers: tuple[Tier, ...],
    *,
    flat_on_zero: bool,
) -> Price:
    price = _NOT_YET
    try:
        price = Price(
            code="quote",
            name="Usage" if model.is_metered else "Fee",
            model=model,
            starts_on=_ANY_DAY,
            meter="quantity" if model.is_metered else None,
            tiers=tiers,
            flat_on_zero=flat_on_zero,
            fee=numbers.get("fee"),
            unit_price=numbers.get("unit_price"),
            package_size=numbers.get("package_size"),
            package_price=numbers.get("package_price"),
            free_quantity=numbers.get("free_quantity", Decimal(0)),
            markup_rate=numbers.get("markup_rate"),
            included_quantity=numbers.get("included_quantity", Decimal(0)),
            discount_rate=numbers.get("discount_rate", Decimal(0)),
            maximum=numbers.get("maximum"),
            minimum=numbers.get("minimum"),
        )
    except Faults as error:
        form.faults.extend(
            Fault(where=f"price.{fault.where}", message=fault.message) for fault in error.faults
        )
    return price


def _tier_forms(form: Form) -> Iterator[Form]:
    if form.has("tiers"):
        yield from form.list("tiers", _TIER_FIELDS)


def _tier(form: Form, number: int) -> Tier:
    return Tier(
        name=f"Tier {number}",
        up_to=form.number("up_to") if form.has("up_to") else None,
        unit_price=form.number("unit_amount"),
        flat_fee=form.number("flat_amount") if form.has("flat_amount") else Decimal(0),
    )


def _term(form: Form, model: str) -> FeeTerm | None:
    """Read how many days of how many a flat amount is for."""
    if not any(form.has(name) for name in _DAYS):
        return None
    known = len(form.faults)
    days, period_days = (form.number(name) for name in _DAYS)
    if len(form.faults) > known:
        return None
    if model != ChargeModel.FLAT:
        form.fault("days", "belongs to a flat price only")
    elif days % 1 or period_days % 1 or not 0 <= days <= period_days or period_days < 1:
        form.fault("days", "days and period_days are whole days, at most all of the period")
    return FeeTerm(text="Fee", days=int(days), interval_days=int(period_days))


def sentence(fault: Fault) -> str:
    """Give a fault as a sentence, in the words of the form."""
    path, _, last = fault.where.rpartition(".")
    name = _FORM_NAMES.get(last, last)
    return f"{path}.{name}: {fault.message}" if path else f"{name}: {fault.message}"
