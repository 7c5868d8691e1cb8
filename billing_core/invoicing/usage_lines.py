"""Usage in arrears: one line for each metered price of a period."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from billing_core.invoicing.invoice import InvoiceLine, LineKind, Timing
from billing_core.invoicing.stretches import stretches_of
from billing_core.metering import MeterUsage
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating import Stretch, charge_of, limits_in
from billing_core.rating.charge import rounded_sum
from billing_core.rating.part_month import term_in, versions_in


def usage_lines(
    agreement: Agreement,
    period: BillingPeriod,
    usage: Mapping[str, MeterUsage],
    as_of: datetime,
) -> Iterator[InvoiceLine]:
    """Give the line of each metered price that is in force in a period, used or not.

    Raises:
        LookupError: where a meter's usage, or one of its checkpoints, is missing.
    """
    for code in agreement.metered_codes():
        versions = versions_in(agreement, code, period)
        if versions:
            metered = usage_for(versions[0], usage)
            stretches = stretches_of(agreement, code, metered, as_of)
            yield _usage_line(agreement, period, versions, stretches)


def usage_for(price: Price, usage: Mapping[str, MeterUsage]) -> MeterUsage:
    """Give the usage of a price's meter.

    Raises:
        LookupError: where it isn't given; that nothing was used is a quantity, too.
    """
    metered = usage.get(price.meter or "")
    if metered is None:
        raise LookupError(f"{price.code} needs the usage of meter {price.meter}")
    return metered


def _usage_line(
    agreement: Agreement,
    period: BillingPeriod,
    versions: tuple[Price, ...],
    stretches: tuple[Stretch, ...],
) -> InvoiceLine:
    latest = versions[-1]
    charge = charge_of(stretches, limits_in(agreement, latest.code, period), agreement.currency)
    return InvoiceLine(
        number=1,
        price_code=latest.code,
        name=latest.name,
        kind=LineKind.VARIABLE,
        model=latest.model,
        timing=Timing.IN_ARREARS,
        service_from=term_in(agreement, versions[0], period)[0],
        service_to=term_in(agreement, latest, period)[1] - timedelta(days=1),
        meter=latest.meter,
        quantity=_quantity_of(stretches),
        detailed_lines=charge.detailed_lines,
        amount=charge.amount,
        counts_toward_commitment=latest.counts,
        tax_code=agreement.tax_code_of(latest),
        clause=_each_once(price.clause for price in versions),
        reason=_each_once(price.reason for price in versions),
    )


def _quantity_of(stretches: Iterable[Stretch]) -> Decimal:
    parts = (rounded_sum(each.end) - rounded_sum(each.start or ()) for each in stretches)
    return rounded_quantity(sum(parts, Fraction(0)))


def _each_once(texts: Iterable[str]) -> str:
    """Join what the versions of a price say; most of the time they say the same."""
    return "; ".join(dict.fromkeys(text for text in texts if text))
