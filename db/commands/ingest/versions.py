"""Price versions with bounds, as they are in force in a month."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating import Watch, bounds_of, price_in_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of a price of a meter, with its bounds in a month."""

    agreement: str  #: code
    price: str  #: code
    starts_on: date
    watches: tuple[Watch, ...]  #: its bounds


def versions_of(
    agreements: Iterable[Agreement], meter: Meter, period: BillingPeriod
) -> tuple[Version, ...]:
    """Give the versions of a meter's prices that have bounds and are in force in a month."""
    agreement = next((each for each in agreements if _runs_in(each, period)), None)
    return () if agreement is None else tuple(_versions(agreement, meter, period))


def _runs_in(agreement: Agreement, period: BillingPeriod) -> bool:
    ends_on = agreement.ends_on
    return agreement.starts_on <= period.last_day and (
        ends_on is None or ends_on > period.first_day
    )


def _versions(agreement: Agreement, meter: Meter, period: BillingPeriod) -> Iterator[Version]:
    for price in agreement.prices:
        if price.meter == meter.code and price.tiers:
            starts_at, ends_at = _bounds_in(price, period)
            if starts_at < ends_at:
                bounds = bounds_of(price_in_period(agreement, price, period))
                yield Version(
                    agreement=agreement.code,
                    price=price.code,
                    starts_on=price.starts_on,
                    watches=tuple(
                        Watch(bound=bound, starts_at=starts_at, ends_at=ends_at) for bound in bounds
                    ),
                )


def _bounds_in(price: Price, period: BillingPeriod) -> tuple[datetime, datetime]:
    starts_at = period.start_of(price.starts_on)
    if price.ends_on is None or price.ends_on > period.last_day:
        return starts_at, period.ends_at
    return starts_at, period.start_of(price.ends_on)
