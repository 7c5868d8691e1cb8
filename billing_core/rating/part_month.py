"""Part months: what is prorated by days, and by how many.

Included quantity, maximum, minimum and commitment are prorated; tier bounds are not.
"""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price


def term_in(agreement: Agreement, price: Price, period: BillingPeriod) -> tuple[date, date]:
    """Give the days of a period on which a version is in force: first (incl.), end (excl.)."""
    after = period.last_day + timedelta(days=1)
    starts = max(agreement.starts_on, price.starts_on, period.first_day)
    ends = min(agreement.ends_on or after, price.ends_on or after, after)
    return starts, max(starts, ends)


def days_in(agreement: Agreement, price: Price, period: BillingPeriod) -> int:
    """Count the days of a period on which a version is in force."""
    starts, ends = term_in(agreement, price, period)
    return (ends - starts).days


def agreement_days(agreement: Agreement, period: BillingPeriod) -> int:
    """Count the days of a period on which an agreement runs."""
    return sum(agreement.runs_on(day) for day in period.days())


def versions_in(agreement: Agreement, code: str, period: BillingPeriod) -> tuple[Price, ...]:
    """Give the versions of a price that are in force in a period, the oldest first."""
    versions = agreement.versions_of(code)
    return tuple(price for price in versions if days_in(agreement, price, period))


def share_of_period(agreement: Agreement, code: str, period: BillingPeriod) -> Fraction:
    """Give the part of a period's days on which a price is in force, in whatever version."""
    versions = agreement.versions_of(code)
    days = sum(days_in(agreement, price, period) for price in versions)
    return Fraction(days, period.day_count)


def price_in_period(agreement: Agreement, price: Price, period: BillingPeriod) -> Price:
    """Give a version as it rates in a period: its included quantity for the days of the price.

    310 included in a whole October are 170 when the agreement starts on 15 October (17 of 31 days).
    A first tier's flat fee that an earlier version charged at zero usage stays charged.
    """
    share = share_of_period(agreement, price.code, period)
    charged = price.model.is_tiered and _fee_was_due(agreement, price, period)
    if share == 1 and not charged:
        return price
    return replace(
        price,
        included_quantity=rounded_quantity(Fraction(price.included_quantity) * share),
        flat_on_zero=price.flat_on_zero or charged,
    )


def fee_falls_due(agreement: Agreement, price: Price, period: BillingPeriod) -> bool:
    """Say whether a flat fee due at zero usage falls due when a version comes into force.

    It does once in a period: in the first version that has it due.
    """
    return price.flat_on_zero and not _fee_was_due(agreement, price, period)


def _fee_was_due(agreement: Agreement, price: Price, period: BillingPeriod) -> bool:
    versions = versions_in(agreement, price.code, period)
    return any(each.flat_on_zero for each in versions if each.starts_on < price.starts_on)
