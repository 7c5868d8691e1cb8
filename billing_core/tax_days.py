"""On which days an agreement names a tax code, and which of those days have a rate.

A line is taxed at the rate of its code on the last day of its service, and can't be issued where
there is none; so a code has a rate on every day on which a line may end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from billing_core.invoicing.fees import fee_at
from billing_core.prices import Agreement, ChargeModel, Price
from billing_core.taxes import TaxRate, TaxTreatment

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxUse:
    """A tax code as an agreement names it, or one version of a price for itself."""

    code: str
    price: str  #: code; "": the agreement names it
    starts_on: date  #: first day on which a line may be taxed by it, inclusive
    ends_on: date | None  #: exclusive; None: open

    def until(self, day: date) -> "TaxUse":
        """Give what of it lies before a day; may be none, with an end that isn't after its start.

        Args:
            day: exclusive.
        """
        ends_on = day if self.ends_on is None else min(self.ends_on, day)
        return TaxUse(code=self.code, price=self.price, starts_on=self.starts_on, ends_on=ends_on)


def tax_uses(agreement: Agreement) -> Iterator[TaxUse]:
    """Give the tax codes that an agreement and its prices name, each with its days."""
    if agreement.tax_code:
        yield TaxUse(
            code=agreement.tax_code,
            price="",
            starts_on=agreement.starts_on,
            ends_on=agreement.ends_on,
        )
    for price in agreement.prices:
        if price.tax_code:
            yield TaxUse(
                code=price.tax_code,
                price=price.code,
                starts_on=price.starts_on,
                ends_on=_taxed_to(agreement, price),
            )


def _taxed_to(agreement: Agreement, price: Price) -> date | None:
    """Give the day after the last that a line of a version of a price may end on.

    A fee that is paid in advance is taxed on the last day that it pays for, which may lie in the
    next version: of a fee by quarter from 1 October whose version ends on 1 December, 31 December.
    """
    if price.model is ChargeModel.ONE_OFF:
        return price.starts_on + _DAY
    ends = min((end for end in (price.ends_on, agreement.ends_on) if end), default=None)
    fee = ends and fee_at(agreement, price.code, ends - _DAY)
    if ends and fee and price.model is ChargeModel.FLAT:
        return fee.paid_to(ends - _DAY)
    return ends


def untaxed_day(use: TaxUse, rates: Iterable[TaxRate]) -> date | None:
    """Give the first day of a use on which its code has no rate; None where it always has one.

    A code with rates to 1 January 2027 and from 1 March on, used from 2026 on, has none on
    1 January 2027.
    """
    versions = [rate for rate in rates if rate.code == use.code]
    day = use.starts_on
    while use.ends_on is None or day < use.ends_on:
        version = next((each for each in versions if each.is_in_force(day)), None)
        if version is None:
            return day
        if version.ends_on is None:
            return None
        day = version.ends_on
    return None


def reverse_charged_day(use: TaxUse, rates: Iterable[TaxRate]) -> date | None:
    """Give the first day of a use on which the client accounts for the tax; None: there is none."""
    days = (
        max(use.starts_on, rate.starts_on)
        for rate in rates
        if rate.code == use.code and rate.treatment is TaxTreatment.REVERSE_CHARGE
        if rate.ends_on is None or use.starts_on < rate.ends_on
    )
    return min((day for day in days if use.ends_on is None or day < use.ends_on), default=None)


def other_day(use: TaxUse, before: Iterable[TaxRate], after: Iterable[TaxRate]) -> date | None:
    """Give the first day of a use on which other rates tax otherwise; None where they never do.

    A use from 1 January on, of 19 % to 1 March and then 21 %, is taxed otherwise from 1 March on
    by 19 % all along. What a rate is called and what is noted of it doesn't matter.

    Args:
        use: of a code, with an end.
        before: all rates, as they are.
        after: all rates, as they would be.
    """
    old = [rate for rate in before if rate.code == use.code]
    new = [rate for rate in after if rate.code == use.code]
    borders = chain.from_iterable((each.starts_on, each.ends_on) for each in (*old, *new))
    days = {use.starts_on, *(day for day in borders if day and day > use.starts_on)}
    within = (day for day in sorted(days) if use.ends_on is None or day < use.ends_on)
    return next((day for day in within if _taxed(old, day) != _taxed(new, day)), None)


def _taxed(versions: Iterable[TaxRate], day: date) -> tuple[TaxTreatment, Decimal] | None:
    found = (each for each in versions if each.is_in_force(day))
    return next(((each.treatment, each.rate) for each in found), None)
