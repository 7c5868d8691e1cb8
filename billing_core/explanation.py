"""What made a line: what each event, day and resource added, and what completes the column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import floor

from billing_core.invoicing.invoice import InvoiceLine
from billing_core.invoicing.stretches import start_quantities
from billing_core.metering import MeterUsage, ResourceQuantity
from billing_core.money import minor_units
from billing_core.numbers import rounded, rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating import DetailedLine, DetailKind, price_in_period
from billing_core.rating.charge import rounded_sum
from billing_core.rating.models import amount_between
from billing_core.rating.part_month import fee_falls_due


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAdded:
    """What a day added."""

    day: date
    quantity: Fraction  #: of the day; negative where a level fell
    added: Fraction  #: exact, before maximum and minimum


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceShare:
    """A resource's share of a line."""

    resource: str
    quantity: Fraction
    share: Decimal  #: in the currency's minor unit; the shares add up to the line


class CompletingKind(StrEnum):
    """What is not an event and yet part of a line's amount."""

    INCLUDED = "included"  #: nothing: it is in the events' amounts already
    HELD = "held"  #: levels carried in or held since the last event; a fee due at zero usage
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletingRow:
    """A row that completes the column "added" to the line's amount."""

    kind: CompletingKind
    text: str
    amount: Fraction


def added(
    agreement: Agreement,
    price_code: str,
    period: BillingPeriod,
    before: Fraction,
    after: Fraction,
    at: datetime,
) -> Fraction:
    """Give what an event added: rate(quantity with it) - rate(quantity before it), exact.

    With 0.10 up to 100 and 0.05 above, an event from 95 to 105 adds 5 × 0.10 + 5 × 0.05 = 0.75.

    Args:
        agreement: whose price it is.
        price_code: of a metered price.
        period: that the event is counted in.
        before: the meter's quantity after the event before.
        after: the meter's quantity after this event.
        at: when it occurred; decides the version. Zero where none was in force.
    """
    price = agreement.price_at(price_code, period.day_of(at))
    if price is None:
        return Fraction(0)
    rated = price_in_period(agreement, price, period)
    start, end = (Fraction(rounded_quantity(each)) for each in (before, after))
    return amount_between(rated, start, end)


def added_by_day(agreement: Agreement, price_code: str, usage: MeterUsage) -> tuple[DayAdded, ...]:
    """Give what each day added; the days add up to the line before maximum and minimum, exactly.

    `usage` needs a checkpoint at the end of each day (a local midnight) and at its last instant.
    """
    return tuple(_days(agreement, price_code, usage))


def _days(agreement: Agreement, code: str, usage: MeterUsage) -> Iterator[DayAdded]:
    period, last = usage.period, usage.checkpoints[-1].at
    bounds = pairwise((*period.day_starts(), period.ends_at))
    for day, (starts_at, ends_at) in zip(period.days(), bounds, strict=True):
        price = agreement.price_at(code, day)
        if price is not None and starts_at < last:
            yield _day(agreement, price, usage, day, starts_at, min(ends_at, last))


def _day(
    agreement: Agreement,
    price: Price,
    usage: MeterUsage,
    day: date,
    starts_at: datetime,
    ends_at: datetime,
) -> DayAdded:
    period = usage.period
    end = rounded_sum(usage.checkpoint_at(ends_at).quantities)
    is_first = day == max(price.starts_on, agreement.starts_on, period.first_day)
    start = _start(agreement, price, usage, None if is_first else starts_at)
    amount = amount_between(
        price_in_period(agreement, price, period),
        start,
        end,
        fee_falls_due=is_first and fee_falls_due(agreement, price, period),
    )
    return DayAdded(day=day, quantity=end - (start or 0), added=amount)


def _start(
    agreement: Agreement, price: Price, usage: MeterUsage, starts_at: datetime | None
) -> Fraction | None:
    """Give the quantity that a day starts from; `starts_at` None: the first day of a version."""
    if starts_at is not None:
        return rounded_sum(usage.checkpoint_at(starts_at).quantities)
    quantities = start_quantities(agreement, price, usage)
    return None if quantities is None else rounded_sum(quantities)


def shares_by_resource(
    line_amount: Decimal, quantities: Sequence[ResourceQuantity], currency: str
) -> tuple[ResourceShare, ...]:
    """Share a line among its resources by quantity, by largest remainder.

    10.00 over three equal resources: 3.34, 3.33, 3.33. Where the quantities add up to zero the
    resources have equal parts (a minimum is due at zero usage).
    """
    decimals = minor_units(currency)
    units = int(Fraction(line_amount) * 10**decimals)
    parts = _largest_remainder(units, [each.quantity for each in quantities])
    return tuple(
        ResourceShare(
            resource=each.resource,
            quantity=each.quantity,
            share=rounded(Fraction(part, 10**decimals), decimals),
        )
        for each, part in zip(quantities, parts, strict=True)
    )


def _largest_remainder(units: int, weights: Sequence[Fraction]) -> list[int]:
    whole = sum(weights, Fraction(0))
    exact = [units * (weight / whole if whole else Fraction(1, len(weights))) for weight in weights]
    parts = [floor(each) for each in exact]
    by_remainder = sorted(range(len(exact)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[: units - sum(parts)]:
        parts[index] += 1
    return parts


def completing_rows(line: InvoiceLine, added_total: Fraction) -> tuple[CompletingRow, ...]:
    """Give the rows that complete the added amounts to the line's amount, exactly.

    Events that added 44.995 on a line with a minimum of 50.00: minimum 5.00, rounding 0.005. An
    adjustment is completed by `adjusting_rows`.
    """
    rows = (
        *_rows_of_details(line.detailed_lines),
        _row(
            CompletingKind.HELD, "Held before, or since the last record", _exact(line) - added_total
        ),
        _row(CompletingKind.ROUNDING, "Rounding", _rounding(line)),
    )
    return tuple(row for row in rows if row.amount or row.kind is CompletingKind.INCLUDED)


def _row(kind: CompletingKind, text: str, amount: Fraction) -> CompletingRow:
    return CompletingRow(kind=kind, text=text, amount=amount)


_LIMITS = {
    DetailKind.INCLUDED: CompletingKind.INCLUDED,
    DetailKind.MAXIMUM: CompletingKind.MAXIMUM,
    DetailKind.MINIMUM: CompletingKind.MINIMUM,
}


def _rows_of_details(details: Sequence[DetailedLine]) -> Iterator[CompletingRow]:
    for detail in details:
        kind = _LIMITS.get(detail.kind)
        if kind is not None:
            yield _row(kind, detail.text, Fraction(detail.amount))


def _exact(line: InvoiceLine) -> Fraction:
    """Give the line's exact amount before maximum and minimum, from its shown figures."""
    total = undiscounted = Fraction(0)
    for detail in line.detailed_lines:
        if detail.kind is DetailKind.DISCOUNT:
            total += undiscounted * Fraction(detail.unit_price)
            undiscounted = Fraction(0)
        elif detail.kind not in _LIMITS:
            total += detail.portion.exact
            undiscounted += detail.portion.exact
    return total


def _rounding(line: InvoiceLine) -> Fraction:
    limits = (each.amount for each in line.detailed_lines if each.kind in _LIMITS)
    return Fraction(line.amount) - sum(map(Fraction, limits), Fraction(0)) - _exact(line)
