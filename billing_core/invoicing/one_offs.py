"""One-off charges and service credits, on the invoice of the month of their date."""

from collections.abc import Iterator
from fractions import Fraction

from billing_core.invoicing.invoice import InvoiceLine, LineKind, Timing
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, ChargeModel, Price
from billing_core.rating import charge_of_quantity


def one_off_lines(agreement: Agreement, period: BillingPeriod) -> Iterator[InvoiceLine]:
    """Give a line for each one-off price whose date lies in a period and in the term."""
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
        tax_code=agreement.tax_code_of(price),
        clause=price.clause,
        reference=price.reference,
        reason=price.reason,
    )
