"""What changed from one month's invoice to the next: price, volume, mix, and what came or went.

All amounts are before tax and add up: last month's total and the effects are this month's total.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing_core.faults import Fault, refuse
from billing_core.invoicing.invoice import Invoice, InvoiceLine, Timing
from billing_core.money import CurrencyMismatch, round_amount, sum_of
from billing_core.numbers import EXACT
from billing_core.prices import Agreement, Price
from billing_core.rating import charge_of_quantity

_DAY = timedelta(days=1)


class Effect(StrEnum):
    """Why a charge differs from last month's, in the order in which it is told."""

    PRICE = "price"  #: last month's quantity at this month's price
    VOLUME = "volume"  #: the difference of the quantities at last month's average price
    MIX = "mix"  #: the rest: tiers, included quantity, limits, both price and quantity at once
    NEW = "new"  #: charged now and not last month
    GONE = "gone"  #: charged last month and not now
    ADJUSTMENTS = "adjustments"  #: of earlier months, now less last month's


class Occurrence(StrEnum):
    """When a charge is to be expected; the same price may have one of each."""

    MONTHLY = "monthly"  #: by use, in advance, a shortfall
    ONCE = "once"  #: a one-off, or a fee from a change or a start inside a month
    ADJUSTMENT = "adjustment"  #: of an earlier month


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """An invoice, and the agreement that it was built from."""

    invoice: Invoice
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """One charge in both months; `before` and the effects add up to `now`."""

    price_code: str
    name: str
    occurrence: Occurrence
    before: Decimal  #: zero where it was not charged
    now: Decimal  #: zero where it is not charged any more
    effects: Mapping[Effect, Decimal] = field(default_factory=dict)  #: those that are not zero

    @property
    def difference(self) -> Decimal:
        """Give by how much it is more now; less is negative."""
        return EXACT.subtract(self.now, self.before)

    def __post_init__(self) -> None:
        parts = sum(map(Fraction, self.effects.values()), Fraction(self.before))
        if parts != self.now:
            where = f"lines[{self.price_code}].effects"
            refuse([Fault(where=where, message="do not lead from before to now")])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the way from last month's total to this month's."""

    effect: Effect
    amount: Decimal
    reached: Decimal  #: the total with it


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two months' invoices side by side."""

    before: Invoice
    now: Invoice
    lines: tuple[LineChange, ...]  #: in the order of this month's, then what is gone

    @property
    def extent(self) -> tuple[Decimal, Decimal]:
        """Give the lowest and the highest total on the way, zero among them."""
        totals = [Decimal(0), self.before.net, *(each.reached for each in self.steps)]
        return min(totals), max(totals)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Give the way from last month's total to this month's; effects of zero are left out."""
        steps, reached, currency = [], self.before.net, self.now.currency
        for effect in Effect:
            amount = sum_of((each.effects.get(effect, Decimal(0)) for each in self.lines), currency)
            if amount:
                reached = EXACT.add(reached, amount)
                steps.append(Step(effect=effect, amount=amount, reached=reached))
        return tuple(steps)


def compare(before: Billed, now: Billed) -> Comparison:
    """Say what changed from one month's invoice to the next.

    October: 500 hours at 0.10 are 50.00. November: 600 hours at 0.12 are 72.00. Price: 500 × 0.12
    less 500 × 0.10 is 10.00. Volume: 100 more at October's average of 0.10 is 10.00. Mix: the rest,
    72.00 - 50.00 - 20.00 = 2.00 (the 100 more cost 0.02 more each). 50 + 10 + 10 + 2 = 72.

    Where last month charged nothing for it there is no average price, and the rest is volume.
    Compared are metered charges, and fees charged in advance. Fees from a change or a start inside
    a month, and one-off charges, come and go.

    Raises:
        CurrencyMismatch: where the two are not in one currency.
    """
    if before.invoice.currency != now.invoice.currency:
        message = f"{before.invoice.currency} and {now.invoice.currency} can't be compared"
        raise CurrencyMismatch(message)
    former, latter = (_by_charge(each.invoice.lines) for each in (before, now))
    keys = dict.fromkeys((*latter, *former))
    changes = (
        _change(_Pair(before, now, former.get(key, ()), latter.get(key, ()))) for key in keys
    )
    return Comparison(before=before.invoice, now=now.invoice, lines=tuple(changes))


_Key = tuple[str, Occurrence]


def _by_charge(lines: Iterable[InvoiceLine]) -> dict[_Key, tuple[InvoiceLine, ...]]:
    """Group the lines that are one charge of one kind."""
    groups: dict[_Key, tuple[InvoiceLine, ...]] = {}
    for line in lines:
        key = (line.price_code, _occurrence_of(line))
        groups[key] = (*groups.get(key, ()), line)
    return groups


def _occurrence_of(line: InvoiceLine) -> Occurrence:
    if line.adjusts is not None or line.credits_line is not None:
        return Occurrence.ADJUSTMENT
    return Occurrence.MONTHLY if _recurs(line) else Occurrence.ONCE


def _recurs(line: InvoiceLine) -> bool:
    """Say whether the same charge is to be expected each month: by use, in advance, a shortfall."""
    return line.meter is not None or line.timing is Timing.IN_ADVANCE or line.model is None


@dataclass(frozen=True, slots=True)
class _Pair:
    """The lines of one charge in both months."""

    before: Billed
    now: Billed
    former: tuple[InvoiceLine, ...]
    latter: tuple[InvoiceLine, ...]

    @property
    def first(self) -> InvoiceLine:
        return (*self.latter, *self.former)[0]

    @property
    def occurrence(self) -> Occurrence:
        return _occurrence_of(self.first)

    @property
    def amounts(self) -> tuple[Decimal, Decimal]:
        currency = self.now.invoice.currency
        before, now = (
            sum_of((each.amount for each in lines), currency)
            for lines in (self.former, self.latter)
        )
        return before, now


def _change(pair: _Pair) -> LineChange:
    before, now = pair.amounts
    parts = _parts(pair, before, now)
    return LineChange(
        price_code=pair.first.price_code,
        name=pair.first.name,
        occurrence=pair.occurrence,
        before=before,
        now=now,
        effects={effect: amount for effect, amount in parts if amount},
    )


def _parts(pair: _Pair, before: Decimal, now: Decimal) -> Iterable[tuple[Effect, Decimal]]:
    if pair.occurrence is Occurrence.ADJUSTMENT:
        return [(Effect.ADJUSTMENTS, EXACT.subtract(now, before))]
    if pair.occurrence is Occurrence.ONCE or not pair.former or not pair.latter:
        return [(Effect.NEW, now), (Effect.GONE, EXACT.minus(before))]
    return _split(pair, before, now)


def _split(pair: _Pair, before: Decimal, now: Decimal) -> Iterator[tuple[Effect, Decimal]]:
    """Split the difference of a charge that both months have."""
    former, latter = pair.former[-1], pair.latter[-1]
    currency, difference = pair.now.invoice.currency, EXACT.subtract(now, before)
    if former.quantity is None or latter.quantity is None:
        yield Effect.MIX, difference
        return
    quantity = Fraction(former.quantity)
    price = round_amount(
        _priced(pair.now.agreement, latter, quantity, currency)
        - _priced(pair.before.agreement, former, quantity, currency),
        currency,
    )
    left = EXACT.subtract(difference, price)
    more = Fraction(latter.quantity) - quantity
    average = Fraction(before) / quantity if quantity else Fraction(0)
    volume = round_amount(more * average, currency) if average else left
    yield Effect.PRICE, price
    yield Effect.VOLUME, volume
    yield Effect.MIX, EXACT.subtract(left, volume)


def _priced(agreement: Agreement, line: InvoiceLine, quantity: Fraction, currency: str) -> Fraction:
    """Give what a whole month of a quantity comes to at a line's prices.

    A price that changes within the line's days counts by its days: 1.00 for 10 of 30 days and 1.30
    for 20 are 1.20 for each unit. Without any, nothing.
    """
    versions = [
        (price, days)
        for price in agreement.versions_of(line.price_code)
        if (days := _days_of(price, line)) > 0
    ]
    amounts = (days * _whole(price, quantity, currency) for price, days in versions)
    return sum(amounts, Fraction(0)) / max(sum(days for _, days in versions), 1)


def _whole(price: Price, quantity: Fraction, currency: str) -> Fraction:
    return Fraction(charge_of_quantity(price, quantity, currency).amount)


def _days_of(price: Price, line: InvoiceLine) -> int:
    after = line.service_to + _DAY
    starts = max(price.starts_on, line.service_from)
    return (min(price.ends_on or after, after) - starts).days
