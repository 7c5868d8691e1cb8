"""What made an adjustment: what its late events added, and what completes the column."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from billing_core.invoicing.invoice import InvoiceLine
from billing_core.rating import DetailKind


class AdjustingKind(StrEnum):
    """What is not a late event and yet part of an adjustment."""

    OTHERS = "others"  #: all other records and rules of the line, as they are known now
    BILLED_BEFORE = "billed_before"  #: less what an earlier document billed
    TOO_LATE = "too_late"  #: what the back-billing limit leaves uncharged
    CREDIT = "credit"  #: what credit notes gave back already


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustingRow:
    """A row that completes the column "added" to the adjustment's amount."""

    kind: AdjustingKind
    text: str
    amount: Fraction


def adjusting_rows(line: InvoiceLine, added_total: Fraction) -> tuple[AdjustingRow, ...]:
    """Give the rows that complete what late events added to an adjustment, exactly.

    A line of 41.45 comes to 67.99 now, and the late event added 26.53775: all others 41.45225,
    billed before -41.45, together 26.54. Its column by day or resource is that of `line_now`.
    """
    return tuple(_rows(line, added_total))


def line_now(line: InvoiceLine) -> InvoiceLine:
    """Give the line that an adjustment corrects, as it is known now: the sum of its figures."""
    amount = next(each.amount for each in line.detailed_lines if _is_recomputed(each.kind))
    return replace(
        line,
        detailed_lines=line.recomputed,
        amount=amount,
        reason="",
        adjusts=None,
        is_too_late=False,
        recomputed=(),
    )


def _rows(line: InvoiceLine, added_total: Fraction) -> Iterator[AdjustingRow]:
    for detail in line.detailed_lines:
        amount = Fraction(detail.amount)
        if _is_recomputed(detail.kind):
            text = "All other records, as they are known now"
            yield AdjustingRow(kind=AdjustingKind.OTHERS, text=text, amount=amount - added_total)
        else:
            kind = AdjustingKind(detail.kind.value)
            yield AdjustingRow(kind=kind, text=detail.text, amount=amount)


def _is_recomputed(kind: DetailKind) -> bool:
    return kind is DetailKind.RECOMPUTED
