"""Adjustments: what an issued month comes to now, less what was billed for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing_core.invoicing.commitment import shortfall_line
from billing_core.invoicing.fees import fee_lines
from billing_core.invoicing.invoice import InvoiceLine
from billing_core.invoicing.one_offs import one_off_lines
from billing_core.invoicing.usage_lines import usage_lines
from billing_core.metering import MeterUsage
from billing_core.money import sum_of
from billing_core.numbers import EXACT
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.rating import DetailedLine, DetailKind
from billing_core.rating.charge import amount_of
from billing_core.rating.detail import Portion, detailed

_LIMITED: Final = frozenset({DetailKind.TOO_LATE, DetailKind.CREDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledAmount:
    """What one earlier document billed for a price in a period."""

    document: str  #: its number
    amount: Decimal  #: net


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedPeriod:
    """An issued period P, as it is known now, and what was billed for it."""

    agreement: Agreement  #: P's own stored rate card
    period: BillingPeriod  #: P
    #: Every metered meter of P, by code; checkpoints at `rating_instants(agreement, P, P.ends_at)`.
    usage: Mapping[str, MeterUsage]
    #: By price code and `SHORTFALL_CODE`: the original and all adjustments since.
    billed: Mapping[str, tuple[BilledAmount, ...]]
    #: Codes of meters whose late or superseding events are there: their lines stand even at zero.
    touched: frozenset[str]
    #: By price code and `SHORTFALL_CODE`: net, positive, what credit notes took off these lines.
    credited: Mapping[str, Decimal] = field(default_factory=dict)


def adjustment_lines(adjusted: AdjustedPeriod, period: BillingPeriod) -> Iterator[InvoiceLine]:
    """Give the lines that correct P on the document of N, in the order of P's rate card.

    Compute 259.65 was billed, with a late event it is 263.50: 1 × 263.50 + 1 × -259.65 = 3.85.
    P's shortfall is computed again on what then stands billed: a late charge that stays uncharged
    takes nothing off it.

    Args:
        adjusted: P.
        period: N.
    """
    agreement, own = adjusted.agreement, adjusted.period
    is_late = (period.last_day - own.last_day).days > agreement.back_billing_days
    metered = tuple(usage_lines(agreement, own, adjusted.usage, own.ends_at))
    lines = [_adjustment(adjusted, line, is_late=is_late) for line in metered]
    others = (*fee_lines(agreement, own), *one_off_lines(agreement, own))
    standing = {line.price_code: _standing(adjusted, line) for line in lines}
    shortfall = shortfall_line(agreement, own, (*others, *metered), standing)
    if shortfall is not None:
        lines.append(_adjustment(adjusted, shortfall, is_late=is_late))
    return (line for line in lines if _is_shown(adjusted, line))


def _adjustment(adjusted: AdjustedPeriod, line: InvoiceLine, *, is_late: bool) -> InvoiceLine:
    """Correct a line of P, given as it is known now."""
    billed = adjusted.billed.get(line.price_code, ())
    currency, month = adjusted.agreement.currency, f"{adjusted.period.month:%B %Y}"
    details = [
        _once(DetailKind.RECOMPUTED, f"{month} as it is known now", line.amount, currency),
        *(_billed_before(each, currency) for each in billed),
    ]
    difference = amount_of(details, currency)
    is_too_late = is_late and difference > 0
    given_back = _given_back_before(adjusted, line, difference)
    if is_too_late:
        uncharged = EXACT.minus(difference)
        details.append(_once(DetailKind.TOO_LATE, _too_late(adjusted), uncharged, currency))
    elif given_back:
        text = "Credit notes gave it back already"
        details.append(_once(DetailKind.CREDIT, text, given_back, currency))
    return replace(
        line,
        detailed_lines=tuple(details),
        amount=amount_of(details, currency),
        adjusts=adjusted.period.name,
        is_too_late=is_too_late,
        recomputed=line.detailed_lines,
        reason=_too_late(adjusted) if is_too_late else _reason(adjusted, line, month),
    )


def _once(kind: DetailKind, text: str, amount: Decimal, currency: str) -> DetailedLine:
    portion = Portion(kind=kind, text=text, quantity=Fraction(1), unit_price=amount)
    return detailed(portion, currency)


def _billed_before(billed: BilledAmount, currency: str) -> DetailedLine:
    text = f"Billed before: {billed.document}"
    return _once(DetailKind.BILLED_BEFORE, text, EXACT.minus(billed.amount), currency)


def _given_back_before(adjusted: AdjustedPeriod, line: InvoiceLine, difference: Decimal) -> Decimal:
    """Give the part of a credit that credit notes gave back already.

    Of 100.00 billed a credit note took 80.00 off; the line comes to 50.00 now. 20.00 remain, so of
    the credit of 50.00 only these are given: 30.00 were given back before. A line that is below
    zero itself may be credited so far.
    """
    before = EXACT.subtract(line.amount, difference)
    remaining = EXACT.subtract(before, adjusted.credited.get(line.price_code, Decimal(0)))
    most = EXACT.add(max(remaining, Decimal(0)), max(EXACT.minus(line.amount), Decimal(0)))
    return max(EXACT.minus(EXACT.add(difference, most)), Decimal(0))


def _too_late(adjusted: AdjustedPeriod) -> str:
    days, month = adjusted.agreement.back_billing_days, f"{adjusted.period.month:%B %Y}"
    return f"Too late: more than {days} days after {month}, so nothing is charged"


def _reason(adjusted: AdjustedPeriod, line: InvoiceLine, month: str) -> str:
    if line.meter in adjusted.touched:
        return f"Late or corrected records of {month}"
    if line.meter is None:
        return f"Follows from the adjusted lines of {month}"
    return f"Records of an earlier month carry another level into {month}"


def _standing(adjusted: AdjustedPeriod, line: InvoiceLine) -> Decimal:
    """Give what stands billed for a line of P after its adjustment."""
    billed = (each.amount for each in adjusted.billed.get(line.price_code, ()))
    return sum_of((*billed, line.amount), adjusted.agreement.currency)


def _is_shown(adjusted: AdjustedPeriod, line: InvoiceLine) -> bool:
    """Say whether a line is on the document.

    It is where its events are there, or where an amount is. A shortfall has no events of its own:
    what is left uncharged of it is shown all the same.
    """
    limited = any(each.kind in _LIMITED for each in line.detailed_lines)
    return bool(line.amount) or line.meter in adjusted.touched or (line.meter is None and limited)
