"""What kind of charge a detailed line is in the words of FOCUS."""

from enum import StrEnum
from typing import Final

from billing_core.invoicing import DetailedLine, DetailKind, InvoiceLine
from billing_core.invoicing.document import Document


class Category(StrEnum):
    """ChargeCategory: what a charge is for."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    TAX = "Tax"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


class Frequency(StrEnum):
    """ChargeFrequency: how a charge comes again."""

    ONE_TIME = "One-Time"
    RECURRING = "Recurring"
    USAGE_BASED = "Usage-Based"


#: They change what a line comes to, and are neither used nor bought.
_ADJUSTING: Final = frozenset(
    {DetailKind.DISCOUNT, DetailKind.MAXIMUM, DetailKind.MINIMUM, DetailKind.COMMITMENT}
)
_RECURRING: Final = frozenset({DetailKind.FEE, DetailKind.CHANGE_CHARGE, DetailKind.CHANGE_CREDIT})


def is_correction(document: Document, line: InvoiceLine) -> bool:
    """Say whether a line corrects what an earlier document billed (ChargeClass)."""
    return document.corrects is not None or line.adjusts is not None


def category_of(line: InvoiceLine, detail: DetailedLine) -> Category:
    """Give what a detailed line is for.

    What is given at a price below zero is a credit. What an adjustment or a credit note gives back
    of usage or of a purchase is a refund, which FOCUS counts to them.
    """
    if line.model is None or detail.kind in _ADJUSTING:
        return Category.ADJUSTMENT
    refunds = detail.kind in {DetailKind.BILLED_BEFORE, DetailKind.CREDIT, DetailKind.TOO_LATE}
    if detail.unit_price < 0 and not refunds:
        return Category.CREDIT
    return Category.USAGE if line.model.is_metered else Category.PURCHASE


def frequency_of(category: Category, detail: DetailedLine) -> Frequency:
    """Give how a charge comes again."""
    if category is Category.USAGE:
        return Frequency.USAGE_BASED
    return Frequency.RECURRING if detail.kind in _RECURRING else Frequency.ONE_TIME
