"""The commitment shortfall: what the lines that count leave of the minimum commitment."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from billing_core.invoicing.fees import fee_lines
from billing_core.invoicing.invoice import InvoiceLine, LineKind, Timing
from billing_core.money import sum_of
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.rating import DetailedLine, DetailKind, Limit
from billing_core.rating.charge import amount_of, limit_portion
from billing_core.rating.detail import detailed
from billing_core.rating.limits import prorated_limit
from billing_core.rating.part_month import agreement_days

SHORTFALL_CODE = "commitment-shortfall"
_AS_THEY_ARE: Final[Mapping[str, Decimal]] = MappingProxyType({})


def shortfall_line(
    agreement: Agreement,
    period: BillingPeriod,
    lines: Iterable[InvoiceLine],
    standing: Mapping[str, Decimal] = _AS_THEY_ARE,
) -> InvoiceLine | None:
    """Give what the lines that count leave of the minimum commitment of N.

    Of 250.00 committed, 180.00 of usage leaves 70.00. A commitment that is met has a line of 0
    without detailed lines; None: there is no commitment in the period. A fee counts in the period
    in which its service starts: the one charged in advance on the invoice before counts here, the
    one charged in advance here counts in the next.

    Args:
        agreement: that commits.
        period: N.
        lines: the fixed, metered and one-off lines of N.
        standing: by code, metered lines only: what a line counts for instead of its amount.
    """
    days = agreement_days(agreement, period)
    if agreement.minimum_commitment is None or not days:
        return None
    commitment = prorated_limit(
        [(agreement.minimum_commitment, days)], period.day_count, agreement.currency
    )
    amounts = _counted(agreement, period, lines, standing)
    counted = sum_of(amounts, agreement.currency)
    return _line(agreement, period, _details(commitment, counted, agreement.currency))


def _counted(
    agreement: Agreement,
    period: BillingPeriod,
    lines: Iterable[InvoiceLine],
    standing: Mapping[str, Decimal],
) -> Iterator[Decimal]:
    for line in (*fee_lines(agreement, period.previous()), *lines):
        in_period = period.first_day <= line.service_from <= period.last_day
        if line.counts_toward_commitment and in_period:
            yield standing.get(line.price_code, line.amount)


def _details(commitment: Limit, counted: Decimal, currency: str) -> tuple[DetailedLine, ...]:
    if counted >= commitment.amount:
        return ()
    portion = limit_portion(DetailKind.COMMITMENT, "Minimum commitment", commitment, counted)
    return (detailed(portion, currency),)


def _line(
    agreement: Agreement, period: BillingPeriod, details: tuple[DetailedLine, ...]
) -> InvoiceLine:
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
        detailed_lines=details,
        amount=amount_of(details, agreement.currency),
        tax_code=agreement.tax_code,
    )
