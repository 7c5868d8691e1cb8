"""Fixed fees: in advance for the next period, from a start in mid-period, and changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing_core.invoicing.invoice import InvoiceLine, LineKind, Timing
from billing_core.metering import ResourceQuantity
from billing_core.period import BillingPeriod, month_after
from billing_core.prices import Agreement, ChargeModel, Price
from billing_core.rating import DetailKind, FeeTerm, Limits, Stretch, charge_of

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A flat price as it stands on a day: which version, and for how many."""

    price: Price
    quantity: Decimal
    runs_to: date | None  #: exclusive; first day on which neither it nor a successor is in force

    def interval_at(self, day: date) -> tuple[date, date]:
        """Give the interval that a day lies in: first day, and first day of the next.

        A quarter anchored in February runs from 1 February to 1 May.
        """
        months = self.price.interval.months
        start = month_after(day, -((day.month - self.price.anchor_month) % months))
        return start, month_after(start, months)

    def paid_to(self, day: date) -> date:
        """Give the first day not paid for, when it is charged from a day on."""
        _, end = self.interval_at(day)
        return min(self.runs_to or end, end)

    def is_billed_like(self, other: "Fee") -> bool:
        """Say whether nothing that is charged differs."""
        return self.billed == other.billed

    @property
    def billed(self) -> tuple[object, ...]:
        """All that the charge depends on, but the days."""
        price = self.price
        return price.fee, price.interval, price.anchor_month, price.discount_rate, self.quantity


def fee_at(agreement: Agreement, code: str, day: date) -> Fee | None:
    """Give a flat price as it stands on a day, or None."""
    price = agreement.price_at(code, day)
    if price is None:
        return None
    counted = price.per_agreement_quantity
    quantity = agreement.quantity_at(code, day) if counted else Decimal(1)
    return Fee(price=price, quantity=quantity, runs_to=runs_to(agreement, price))


def runs_to(agreement: Agreement, price: Price) -> date | None:
    """Give the first day on which neither a version nor a successor of it is in force, if known."""
    ends = price.ends_on
    for later in agreement.versions_of(price.code):
        if later.starts_on == ends:
            ends = later.ends_on
    known = [end for end in (ends, agreement.ends_on) if end is not None]
    return min(known, default=None)


def fee_lines(agreement: Agreement, period: BillingPeriod) -> Iterator[InvoiceLine]:
    """Give the fixed lines of the invoice of a period."""
    if agreement.starts_on > period.last_day:
        return
    for code in flat_codes(agreement):
        for charge in _charges_of(agreement, code, period):
            yield _line(charge, agreement, period)


def flat_codes(agreement: Agreement) -> tuple[str, ...]:
    """Give the codes of the flat prices, in the order of the rate card."""
    flat = (price.code for price in agreement.prices if price.model is ChargeModel.FLAT)
    return tuple(dict.fromkeys(flat))


@dataclass(frozen=True, slots=True, kw_only=True)
class _FeeCharge:
    """What is charged, and credited, from a day on."""

    fee: Fee
    day: date
    paid_to: date  #: exclusive; of a change: the later end of the old and the new
    stretches: tuple[Stretch, ...]


def _charges_of(agreement: Agreement, code: str, period: BillingPeriod) -> Iterator[_FeeCharge]:
    """Walk over the days after the period's first, to the first of the next.

    The first day itself was charged on the invoice before, unless the agreement starts on it.
    """
    first = period.first_day
    if agreement.starts_on == first:
        yield from _started(fee_at(agreement, code, first), first)
    for day in _days_of_change(agreement, code, period):
        before, now = fee_at(agreement, code, day - _DAY), fee_at(agreement, code, day)
        if before is None:
            yield from _started(now, day)
        elif now is not None:
            yield from _changed(before, now, day)
            yield from _renewed(now, day)


def _days_of_change(agreement: Agreement, code: str, period: BillingPeriod) -> list[date]:
    """Give the days on which a fee may be charged: all others are as the day before.

    Intervals start with a month, and all else with a date that is agreed.
    """
    versions = agreement.versions_of(code)
    agreed = {each.starts_on for each in agreement.quantities if each.price_code == code}
    agreed |= {each.starts_on for each in versions}
    ends = {each.ends_on for each in versions} | {agreement.ends_on}
    agreed |= {each for each in ends if each is not None} | {agreement.starts_on}
    following = period.first_day + period.day_count * _DAY
    return sorted(day for day in {*agreed, following} if period.first_day < day <= following)


def _started(fee: Fee | None, day: date) -> Iterator[_FeeCharge]:
    """Charge a fee from the day it starts to the end of its interval."""
    if fee is not None:
        yield from _charge(fee, day, [(fee, DetailKind.FEE)])


def _renewed(fee: Fee, day: date) -> Iterator[_FeeCharge]:
    """Charge a fee for the interval that starts on the day."""
    if fee.interval_at(day)[0] == day:
        yield from _charge(fee, day, [(fee, DetailKind.FEE)])


def _changed(before: Fee, now: Fee, day: date) -> Iterator[_FeeCharge]:
    """Credit what is paid and unused of the old, charge the new; not where an interval starts."""
    if now.is_billed_like(before):
        return
    pair = ((before, DetailKind.CHANGE_CREDIT), (now, DetailKind.CHANGE_CHARGE))
    yield from _charge(now, day, [each for each in pair if each[0].interval_at(day)[0] != day])


def _charge(fee: Fee, day: date, parts: list[tuple[Fee, DetailKind]]) -> Iterator[_FeeCharge]:
    charged = [(each, kind) for each, kind in parts if each.quantity]
    if charged:
        yield _FeeCharge(
            fee=fee,
            day=day,
            paid_to=max(each.paid_to(day) for each, _ in charged),
            stretches=tuple(_stretch(each, day, kind) for each, kind in charged),
        )


def _stretch(fee: Fee, day: date, kind: DetailKind) -> Stretch:
    start, end = fee.interval_at(day)
    days, interval_days = (fee.paid_to(day) - day).days, (end - start).days
    sign = -1 if kind is DetailKind.CHANGE_CREDIT else 1
    prorated = days != interval_days
    term = FeeTerm(
        kind=kind,
        text=_text(fee, day, kind),
        days=days if prorated else None,
        interval_days=interval_days if prorated else None,
    )
    quantity = ResourceQuantity(resource="", quantity=sign * Fraction(fee.quantity))
    return Stretch(price=fee.price, start=None, end=(quantity,), fee_term=term)


def _text(fee: Fee, day: date, kind: DetailKind) -> str:
    span = f"{day} to {fee.paid_to(day) - _DAY}"
    match kind:
        case DetailKind.CHANGE_CREDIT:
            return f"{fee.price.name}: unused from {span}, credited"
        case DetailKind.CHANGE_CHARGE:
            return f"{fee.price.name}: changed, {span}"
        case _:
            return f"{fee.price.name}: {span}"


def _line(charged: _FeeCharge, agreement: Agreement, period: BillingPeriod) -> InvoiceLine:
    fee, day = charged.fee, charged.day
    charge = charge_of(charged.stretches, Limits(), agreement.currency)
    return InvoiceLine(
        number=1,
        price_code=fee.price.code,
        name=fee.price.name,
        kind=LineKind.FIXED,
        model=fee.price.model,
        timing=Timing.IN_ADVANCE if day > period.last_day else Timing.IN_ARREARS,
        service_from=day,
        service_to=charged.paid_to - _DAY,
        quantity=fee.quantity,
        detailed_lines=charge.detailed_lines,
        amount=charge.amount,
        counts_toward_commitment=fee.price.counts,
        tax_code=agreement.tax_code_of(fee.price),
        clause=fee.price.clause,
        reason=fee.price.reason,
    )
