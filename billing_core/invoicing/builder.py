"""The one builder: agreement + quantities + period + as_of → invoice.

Nothing else adds up money.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from billing_core.invoicing.adjustments import AdjustedPeriod, adjustment_lines
from billing_core.invoicing.commitment import shortfall_line
from billing_core.invoicing.fees import fee_lines
from billing_core.invoicing.invoice import Invoice, InvoiceLine
from billing_core.invoicing.one_offs import one_off_lines
from billing_core.invoicing.unused_fees import unused_fee_lines
from billing_core.invoicing.usage_lines import usage_lines
from billing_core.metering import MeterUsage
from billing_core.money import CurrencyMismatch
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate, tax_lines


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
        adjusted: issued periods before N whose events N bills; after the agreement all there is.
        billed_fees: fixed lines of the agreement's earlier documents with service in N or later,
            credits and credit notes among them (see `unused_fee_lines`).
        tax_rates: all versions of the lines' tax codes; none: the totals are before tax.

    Raises:
        LookupError: where a meter's usage, one of its checkpoints or a tax rate is missing.
        CurrencyMismatch, ValueError: for an adjusted period in another currency, or not before N.
    """
    lines = [
        *_own_lines(agreement, period, usage, as_of, billed_fees),
        *_adjustments(agreement, period, adjusted),
    ]
    return Invoice(
        client=agreement.client,
        agreement=agreement.code,
        period=period,
        currency=agreement.currency,
        as_of=as_of,
        lines=tuple(replace(line, number=place) for place, line in enumerate(lines, start=1)),
        taxes=tax_lines(lines, tax_rates, agreement.currency) if tax_rates else (),
        is_final=_is_last(agreement, period),
    )


def _own_lines(
    agreement: Agreement,
    period: BillingPeriod,
    usage: Mapping[str, MeterUsage],
    as_of: datetime,
    billed_fees: Sequence[InvoiceLine],
) -> Iterator[InvoiceLine]:
    fees = tuple(fee_lines(agreement, period))
    variable = (
        *usage_lines(agreement, period, usage, as_of),
        *one_off_lines(agreement, period),
    )
    yield from fees
    yield from unused_fee_lines(agreement, period, billed_fees)
    yield from variable
    shortfall = shortfall_line(agreement, period, (*fees, *variable))
    if shortfall is not None and shortfall.amount:
        yield shortfall


def _adjustments(
    agreement: Agreement, period: BillingPeriod, adjusted: Sequence[AdjustedPeriod]
) -> Iterator[InvoiceLine]:
    for each in adjusted:
        if each.agreement.currency != agreement.currency:
            message = f"{each.period.name} was billed in {each.agreement.currency}, so it can't be"
            raise CurrencyMismatch(f"{message} adjusted on a document in {agreement.currency}")
        if each.period.month >= period.month:
            message = f"{each.period.name} can't be adjusted on a document of {period.name}"
            raise ValueError(message)
        yield from adjustment_lines(each, period)


def _is_last(agreement: Agreement, period: BillingPeriod) -> bool:
    if agreement.ends_on is None:
        return False
    return period.first_day <= agreement.ends_on - timedelta(days=1) <= period.last_day
