"""Which instants a bill needs quantities at, and the stretches of a period between them."""

from collections.abc import Iterator
from datetime import datetime

from billing_core.metering import MeterUsage, ResourceQuantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating import Stretch, price_in_period
from billing_core.rating.part_month import fee_falls_due, term_in, versions_in


def horizon_of(period: BillingPeriod, as_of: datetime) -> datetime:
    """Give the instant up to which a period is counted: `as_of`, within the period."""
    return max(period.starts_at, min(as_of, period.ends_at))


def rating_instants(
    agreement: Agreement, period: BillingPeriod, as_of: datetime
) -> tuple[datetime, ...]:
    """Give the instants at which `build_invoice` needs each meter's checkpoint, in order.

    They are the starts and ends of price versions inside the period, and the horizon (`as_of` or
    the period's end).
    """
    horizon = horizon_of(period, as_of)
    instants = {
        instant
        for code in agreement.metered_codes()
        for price in versions_in(agreement, code, period)
        for instant in bounds_in(agreement, price, period)
        if period.starts_at < instant < horizon
    }
    return (*sorted(instants), horizon)


def bounds_in(
    agreement: Agreement, price: Price, period: BillingPeriod
) -> tuple[datetime, datetime]:
    """Give the instants of a period between which a version is in force."""
    starts, ends = term_in(agreement, price, period)
    return period.start_of(starts), period.start_of(ends)


def stretches_of(
    agreement: Agreement, code: str, usage: MeterUsage, as_of: datetime
) -> tuple[Stretch, ...]:
    """Give the stretches of a metered price in a period, one per version, up to `as_of`."""
    found = tuple(_stretches(agreement, code, usage, horizon_of(usage.period, as_of)))
    if found:
        return found
    price = price_in_period(agreement, versions_in(agreement, code, usage.period)[0], usage.period)
    return (Stretch(price=price, start=None, end=()),)


def _stretches(
    agreement: Agreement, code: str, usage: MeterUsage, horizon: datetime
) -> Iterator[Stretch]:
    period = usage.period
    for price in versions_in(agreement, code, period):
        starts_at, ends_at = bounds_in(agreement, price, period)
        if starts_at == period.starts_at or starts_at < horizon:
            yield Stretch(
                price=price_in_period(agreement, price, period),
                start=start_quantities(agreement, price, usage),
                end=usage.checkpoint_at(min(ends_at, horizon)).quantities,
                fee_falls_due=fee_falls_due(agreement, price, period),
            )


def start_quantities(
    agreement: Agreement, price: Price, usage: MeterUsage
) -> tuple[ResourceQuantity, ...] | None:
    """Give the quantities at which a version starts to count; None: from nothing.

    What was used before a price's first day is not billed. A level or a distinct value has no part
    before and after a day, so there the whole period's quantity counts.
    """
    starts_at, _ = bounds_in(agreement, price, usage.period)
    first = versions_in(agreement, price.code, usage.period)[0]
    begins = price is first and not usage.meter.aggregation.adds_up_over_time
    if begins or starts_at == usage.period.starts_at:
        return None
    return usage.checkpoint_at(starts_at).quantities
