"""The one builder: agreement + quantities + period + as_of → invoice.

Nothing else adds up money.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from billing_core.invoicing.adjustments import AdjustedPeriod
from billing_core.invoicing.fees import fee_lines
from billing_core.invoicing.invoice import Invoice, InvoiceLine, LineKind, Timing
from billing_core.invoicing.stretches import stretches_of
from billing_core.metering import MeterUsage
from billing_core.money import sum_of
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, ChargeModel, Price
from billing_core.rating import (
    DetailKind,
    Stretch,
    charge_of,
    charge_of_quantity,
    limits_in,
)
from billing_core.rating.charge import limit_portion, rounded_sum
from billing_core.rating.detail import detailed
from billing_core.rating.limits import Limit, prorated_limit
from billing_core.rating.part_month import agreement_days, term_in, versions_in
from billing_core.taxes import TaxRate, tax_lines

SHORTFALL_CODE = "commitment-shortfall"


def build_invoice(
    *,
    agreement: Agreement,
    period: BillingPeriod,
    usage: Mapping[str, MeterUsage],
    as_of: datetime,
    adjusted: Sequence[AdjustedPeriod] = (),
    billed_fees: Sequence[InvoiceLine] = (),
    tax_rates: Sequence[TaxRate] = (),
) -> Invoice:
    """Build the invoice of a period N: variable charges of N, fixed fees of N+1.

    Args:
        agreement: with all its price versions.
        period: N.
        usage: by meter code; a checkpoint at each of `rating_instants`.
        as_of: what is known; before the period's end the invoice is a draft.
        adjusted: issued periods whose events N bills, as they are known now.
        billed_fees: fixed lines of earlier documents, credits among them, whose service lasts
            beyond the last day before N; what is paid and unused of them is credited.
        tax_rates: of the lines' tax codes; none: the totals are before tax, as a draft's may be.

    Raises:
        LookupError: where a meter's usage, or one of its checkpoints, is missing.
    """
    lines = [
        *fee_lines(agreement, period),
        *_usage_lines(agreement, period, usage, as_of),
        *_one_off_lines(agreement, period),
    ]
    lines.extend(_shortfall_lines(agreement, period, lines))
    if adjusted or billed_fees:
        raise NotImplementedError
    return Invoice(
        client=agreement.client,
        agreement=agreement.code,
        period=period,
        currency=agreement.currency,
        as_of=as_of,
        lines=tuple(replace(line, number=number) for number, line in enumerate(lines, start=1)),
        taxes=tax_lines(lines, tax_rates, agreement.currency) if tax_rates else (),
    )


def _usage_lines(
    agreement: Agreement,
    period: BillingPeriod,
    usage: Mapping[str, MeterUsage],
    as_of: datetime,
) -> Iterator[InvoiceLine]:
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
    )


def _quantity_of(stretches: Iterable[Stretch]) -> Decimal:
    parts = (rounded_sum(each.end) - rounded_sum(each.start or ()) for each in stretches)
    return rounded_quantity(sum(parts, Fraction(0)))


def _one_off_lines(agreement: Agreement, period: BillingPeriod) -> Iterator[InvoiceLine]:
    for price in agreement.prices:
        day = price.starts_on
        charged = period.first_day <= day <= period.last_day and agreement.runs_on(day)
        if price.model is ChargeModel.ONE_OFF and charged:
            yield _one_off_line(agreement, price)


def _one_off_line(agreement: Agreement, price: Price) -> InvoiceLine:
    charge = charge_of_quantity(price, Fraction(price.quantity), agreement.currency)
    return InvoiceLine(
        number=1,
        price_code=price.code,
        name=price.name,
        kind=LineKind.VARIABLE,
        model=price.model,
        timing=Timing.IN_ARREARS,
        service_from=price.starts_on,
        service_to=price.starts_on,
        quantity=price.quantity,
        detailed_lines=charge.detailed_lines,
        amount=charge.amount,
        counts_toward_commitment=price.counts,
    )


def _shortfall_lines(
    agreement: Agreement, period: BillingPeriod, lines: Iterable[InvoiceLine]
) -> Iterator[InvoiceLine]:
    """Charge what the lines that count leave of the minimum commitment of N.

    A fee counts in the period in which its service starts: the one charged in advance on the
    invoice before counts here, the one charged in advance here counts in the next.
    """
    days = agreement_days(agreement, period)
    if agreement.minimum_commitment is None or not days:
        return
    commitment = prorated_limit(
        [(agreement.minimum_commitment, days)], period.day_count, agreement.currency
    )
    counted = sum_of(_counted(agreement, period, lines), agreement.currency)
    if counted < commitment.amount:
        yield _shortfall_line(agreement, period, commitment, counted)


def _counted(
    agreement: Agreement, period: BillingPeriod, lines: Iterable[InvoiceLine]
) -> Iterator[Decimal]:
    for line in (*fee_lines(agreement, period.previous()), *lines):
        in_period = period.first_day <= line.service_from <= period.last_day
        if line.counts_toward_commitment and in_period:
            yield line.amount


def _shortfall_line(
    agreement: Agreement, period: BillingPeriod, commitment: Limit, counted: Decimal
) -> InvoiceLine:
    portion = limit_portion(DetailKind.COMMITMENT, "Minimum commitment", commitment, counted)
    detail = detailed(portion, agreement.currency)
    running = [day for day in period.days() if agreement.runs_on(day)]
    return InvoiceLine(
        number=1,
        price_code=SHORTFALL_CODE,
        name="Commitment shortfall",
        kind=LineKind.VARIABLE,
        model=None,
        timing=Timing.IN_ARREARS,
        service_from=running[0],
        service_to=running[-1],
        detailed_lines=(detail,),
        amount=detail.amount,
    )
