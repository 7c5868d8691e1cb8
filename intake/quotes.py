"""Quote cases: prices and quantities from outside, to be rated by the same code as the bill.

A file is a JSON list of cases, in UTF-8. Every number is text; `flat_on_zero` is true or false::

    [{"id": "a", "currency": "EUR", "quantity": "120",
      "price": {"model": "graduated",
                "tiers": [{"up_to": "100", "unit_amount": "0.10", "flat_amount": "0"},
                          {"up_to": null, "unit_amount": "0.05", "flat_amount": "5"}],
                "minimum": "10"}}]

`id` is a text of its own for each case; `currency` an ISO 4217 code; `quantity` may be a fraction
and, for a credit, below zero. Fields of `price`:

=========== ========================================= ==========================================
model       needed                                    besides
=========== ========================================= ==========================================
flat        amount                                    days with period_days
one_off     amount
unit        unit_amount                               included_quantity
graduated   tiers                                     included_quantity, flat_on_zero
volume      tiers                                     included_quantity, flat_on_zero
package     package_size, package_amount              included_quantity, free_quantity
markup      markup_rate (0.15 is 15 %)                included_quantity
=========== ========================================= ==========================================

and for every model discount_rate (0.10 is 10 %), maximum, minimum. Tiers are the intervals
(up_to before, up_to]; a tier is up_to (null in the last, which is open), unit_amount, and
flat_amount (0 if left out). `days` of `period_days` prorate a flat amount, which is for each unit
of the quantity. Maximum and minimum are taken as given, for the period that is quoted.

A result is `id`, `exact` (before rounding, after maximum and minimum; a decimal, or n/d where there
is no finite one), `amount` (in the currency's minor unit, the sum of the detailed lines) and
`detailed_lines`; or `id` and `error`, a sentence that names every fault of the case. A case with an
id that an earlier one has is an error; so is anything that the form doesn't have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

from billing_core.faults import Fault, Faults, refuse
from billing_core.money import MINOR_UNITS
from billing_core.numbers import exact_text, plain
from billing_core.prices import ChargeModel, Price, Tier
from billing_core.rating import Charge, DetailedLine, FeeTerm, charge_of_quantity
from billing_core.rating.detail import sum_exact
from billing_core.rating.models import discounted
from intake.forms import Form
from intake.strict_json import UnreadableFile, read_json

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a case costs, or why it can't be said."""

    id: str | None  #: None where the case has none that can be read
    exact: Fraction = Fraction(0)
    amount: Decimal = Decimal(0)
    detailed_lines: tuple[DetailedLine, ...] = ()
    error: str | None = None

    def as_json(self) -> dict[str, object]:
        """Give the quote as JSON values, every number as text."""
        if self.error is not None:
            return {"id": self.id, "error": self.error}
        return {
            "id": self.id,
            "exact": exact_text(self.exact),
            "amount": f"{self.amount:f}",
            "detailed_lines": [_detail_json(detail) for detail in self.detailed_lines],
        }


def quotes_of(path: Path) -> tuple[Quote, ...]:
    """Read a file of cases and quote each.

    Raises:
        UnreadableFile: where there is no list of cases.
    """
    cases = read_json(path)
    if not isinstance(cases, list):
        raise UnreadableFile(f"{path.name} holds no list of cases")
    return tuple(_quotes(cases))


def _quotes(cases: list[object]) -> Iterator[Quote]:
    seen: set[str] = set()
    for number, case in enumerate(cases, start=1):
        name = case.get("id") if isinstance(case, dict) else None
        identity = name if isinstance(name, str) else None
        try:
            yield quote(checked(case, f"case {number}", seen))
        except Faults as error:
            yield Quote(id=identity, error="; ".join(map(_sentence, error.faults)))
        if identity is not None:
            seen.add(identity)


def quote(case: QuoteCase) -> Quote:
    """Rate a case, by the code that rates a bill."""
    quantity = Fraction(case.quantity)
    charge = charge_of_quantity(case.price, quantity, case.currency, case.term)
    return Quote(
        id=case.id,
        exact=_exact(case.price, charge),
        amount=charge.amount,
        detailed_lines=charge.detailed_lines,
    )


def _exact(price: Price, charge: Charge) -> Fraction:
    """Give the amount before rounding, within its maximum and minimum."""
    exact = discounted(price, sum_exact(charge.stretches[0].portions))
    if price.maximum is not None:
        exact = min(exact, Fraction(price.maximum))
    return exact if price.minimum is None else max(exact, Fraction(price.minimum))


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
    if name in earlier:
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
    is_open = not form.has("up_to") or form.is_null("up_to")
    return Tier(
        name=f"Tier {number}",
        up_to=None if is_open else form.number("up_to"),
        unit_price=form.number("unit_amount"),
        flat_fee=form.number("flat_amount") if form.has("flat_amount") else Decimal(0),
    )


def _term(form: Form, model: str) -> FeeTerm | None:
    """Read how many days of how many a flat amount is for."""
    if not any(form.has(name) for name in _DAYS):
        return None
    days, period_days = (form.number(name) for name in _DAYS)
    if model != ChargeModel.FLAT:
        form.fault("days", "belongs to a flat price only")
    elif days % 1 or period_days % 1 or not 0 <= days <= period_days or period_days < 1:
        form.fault("days", "days and period_days are whole days, at most all of the period")
    return FeeTerm(text="Fee", days=int(days), interval_days=int(period_days))


def _sentence(fault: Fault) -> str:
    path, _, last = fault.where.rpartition(".")
    name = _FORM_NAMES.get(last, last)
    return f"{path}.{name}: {fault.message}" if path else f"{name}: {fault.message}"


def _detail_json(detail: DetailedLine) -> dict[str, str | int | None]:
    return {
        "kind": detail.kind,
        "text": detail.text,
        "tier": detail.tier,
        "quantity": plain(detail.quantity),
        "unit_price": plain(detail.unit_price),
        "flat_fee": plain(detail.flat_fee),
        "days": detail.days,
        "period_days": detail.period_days,
        "amount": f"{detail.amount:f}",
    }
