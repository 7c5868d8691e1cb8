"""The lines of an invoice as it is read: fixed, variable, adjustments, credits."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing_core.invoicing.invoice import Invoice, InvoiceLine, LineKind
from billing_core.money import sum_of


class Group(StrEnum):
    """What lines are on the document, in the order in which they are read."""

    FIXED = "fixed"
    VARIABLE = "variable"
    ADJUSTMENTS = "adjustments"  #: they correct earlier months
    CREDITS = "credits"  #: of a credit note: they take back lines of another document


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGroup:
    """The lines of one kind, and their sum."""

    group: Group
    lines: tuple[InvoiceLine, ...]
    amount: Decimal  #: net


def group_of(line: InvoiceLine) -> Group:
    """Say where a line is read."""
    if line.credits_line is not None:
        return Group.CREDITS
    if line.adjusts is not None:
        return Group.ADJUSTMENTS
    return Group.FIXED if line.kind is LineKind.FIXED else Group.VARIABLE


def groups_of(invoice: Invoice) -> tuple[LineGroup, ...]:
    """Give an invoice's lines in groups; the sums of the groups add up to its net total.

    Fees of 1,000.00 and 20.00, usage of 75.00, an adjustment of -5.00: 1,020.00 and 75.00 and
    -5.00 are 1,090.00.
    """
    found = ((group, _lines_of(invoice, group)) for group in Group)
    return tuple(
        LineGroup(
            group=group,
            lines=lines,
            amount=sum_of((line.amount for line in lines), invoice.currency),
        )
        for group, lines in found
        if lines
    )


def _lines_of(invoice: Invoice, group: Group) -> tuple[InvoiceLine, ...]:
    return tuple(line for line in invoice.lines if group_of(line) is group)
