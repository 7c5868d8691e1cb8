"""The quantities and prices of a charge in FOCUS: their product is its cost before rounding."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing_core.invoicing import DetailedLine, DetailKind, InvoiceLine
from billing_core.numbers import EXACT, rounded_quantity
from billing_core.prices import ChargeModel
from documents.csv_form import Cell
from documents.edition import Edition
from documents.focus.kinds import Category
from notation.format import plural

_UNITS: Final = "Units"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A part of a detailed line that is a quantity × a unit price."""

    category: Category
    quantity: Decimal
    unit: str
    unit_price: Decimal
    consumed: Decimal | None  #: of usage: how much was used
    billed: Decimal


def parts_of(
    edition: Edition, line: InvoiceLine, detail: DetailedLine, category: Category
) -> tuple[Priced, ...]:
    """Give a detailed line as parts that are each quantity × unit price.

    A tier's flat fee is a part of its own: bought, whatever is used. What is prorated has the
    quantity that its days come to: 3 seats for 17 of 31 days are 1.645161290322581 seats.
    """
    share = Fraction(detail.days or 0, detail.period_days) if detail.period_days else Fraction(1)
    used = Priced(
        category=category,
        quantity=rounded_quantity(Fraction(detail.quantity) * share),
        unit=_pricing_unit(edition, line, category),
        unit_price=detail.unit_price,
        consumed=_consumed(line, detail) if category is Category.USAGE else None,
        billed=EXACT.subtract(detail.amount, detail.flat_fee),
    )
    if not detail.flat_fee:
        return (used,)
    return (used, _fee(detail.flat_fee))


def _fee(fee: Decimal) -> Priced:
    return Priced(
        category=Category.PURCHASE if fee > 0 else Category.CREDIT,
        quantity=Decimal(1),
        unit=_UNITS,
        unit_price=fee,
        consumed=None,
        billed=fee,
    )


def _consumed(line: InvoiceLine, detail: DetailedLine) -> Decimal:
    """Give how much was used: what is priced, but of packages what they were opened for."""
    if line.model is ChargeModel.PACKAGE and detail.kind is DetailKind.USAGE:
        return line.quantity or Decimal(0)
    return detail.quantity


def _pricing_unit(edition: Edition, line: InvoiceLine, category: Category) -> str:
    if line.model is ChargeModel.PACKAGE:
        return "Packages"
    return focus_unit(edition.unit_of(line)) if category is Category.USAGE else _UNITS


def consumed_unit(edition: Edition, line: InvoiceLine) -> str:
    """Give the unit in which a line's meter counts."""
    return focus_unit(edition.unit_of(line))


def focus_unit(unit: str) -> str:
    """Write a unit as FOCUS writes units: capitalised, joined by hyphens, the last in the plural.

    >>> focus_unit("machine hour"), focus_unit("GB"), focus_unit("")
    ('Machine-Hours', 'GB', 'Units')
    """
    words = unit.split()
    if not words:
        return _UNITS
    written = [*words[:-1], plural(words[-1])]
    return "-".join(f"{word[:1].upper()}{word[1:]}" for word in written)


def price_cells(part: Priced) -> Mapping[str, Cell]:
    """Give the columns of a part that has a price: its costs are the product, before rounding."""
    cost = EXACT.multiply(part.quantity, part.unit_price)
    return {
        "ConsumedQuantity": part.consumed,
        "ContractedCost": cost,
        "ContractedUnitPrice": part.unit_price,
        "ListCost": cost,
        "ListUnitPrice": part.unit_price,
        "PricingQuantity": part.quantity,
        "PricingUnit": part.unit,
    }
