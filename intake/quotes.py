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
flat_amount (0 if left out). Null leaves an optional field out. `days` of `period_days` prorate a
flat amount, which is for each unit of the quantity. Maximum and minimum are taken as given, for
the period that is quoted.

A result is `id`, `exact` (before rounding, after maximum and minimum; a decimal, or n/d where there
is no finite one), `amount` (in the currency's minor unit, the sum of the detailed lines) and
`detailed_lines`; or `id` and `error`, a sentence that names every fault of the case. A case with an
id that an earlier one has is an error; so is anything that the form doesn't have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from billing_core.faults import Faults
from billing_core.numbers import exact_text, plain
from billing_core.prices import Price
from billing_core.rating import Charge, DetailedLine, charge_of_quantity
from billing_core.rating.detail import sum_exact
from billing_core.rating.models import discounted
from intake.quote_form import QuoteCase, checked, sentence
from intake.strict_json import UnreadableFile, read_json


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
            yield Quote(id=identity, error="; ".join(map(sentence, error.faults)))
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
