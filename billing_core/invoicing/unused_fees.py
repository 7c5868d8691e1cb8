"""Fixed fees beyond an end that was learnt later: what is paid and unused is credited."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from billing_core.invoicing.fees import runs_to
from billing_core.invoicing.invoice import InvoiceLine, LineKind, Timing
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.rating import DetailedLine, DetailKind
from billing_core.rating.charge import amount_of
from billing_core.rating.detail import Portion, detailed

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """The days of a price's service that nobody uses any more."""

    price_code: str
    tax_code: str
    starts_on: date  #: inclusive
    ends_on: date  #: exclusive


def unused_fee_lines(
    agreement: Agreement, period: BillingPeriod, billed_fees: Sequence[InvoiceLine]
) -> Iterator[InvoiceLine]:
    """Give a credit for each fee that was billed beyond the end of its price or of the agreement.

    November's 310.00 was billed in October; that the agreement ends with the 20th is learnt after:
    10 of 30 days are unused, -310.00 × 10 ÷ 30 = -103.33. What was credited before is among the
    billed lines, so that nothing is credited twice. An end in a later period waits for its invoice.
    It counts toward no commitment, which counts a fee for the days known to be served.
    """
    spans: dict[_Span, list[InvoiceLine]] = {}
    for line in billed_fees:
        starts_on = _first_unused(agreement, line)
        if starts_on is not None and starts_on <= line.service_to:
            span = _Span(
                price_code=line.price_code,
                tax_code=line.tax_code,
                starts_on=starts_on,
                ends_on=line.service_to + _DAY,
            )
            spans.setdefault(span, []).append(line)
    for span, lines in spans.items():
        if span.starts_on <= period.last_day + _DAY:
            yield from _credit(agreement, period, span, lines)


def _first_unused(agreement: Agreement, line: InvoiceLine) -> date | None:
    """Give the first day of a line's service that its price no longer serves, if an end is known.

    A line from before the price began is none of this agreement.
    """
    versions = agreement.versions_of(line.price_code)
    begun = [each for each in versions if each.starts_on <= line.service_from]
    ends_on = runs_to(agreement, begun[-1]) if begun else None
    return None if ends_on is None else max(ends_on, line.service_from)


def _credit(
    agreement: Agreement, period: BillingPeriod, span: _Span, lines: Sequence[InvoiceLine]
) -> Iterator[InvoiceLine]:
    details = tuple(
        detailed(portion, agreement.currency)
        for line in lines
        for portion in _unused(line, span.starts_on)
    )
    amount = amount_of(details, agreement.currency)
    if amount:
        latest = lines[-1]
        yield InvoiceLine(
            number=1,
            price_code=span.price_code,
            name=latest.name,
            kind=LineKind.FIXED,
            model=latest.model,
            timing=Timing.IN_ADVANCE if span.starts_on > period.last_day else Timing.IN_ARREARS,
            service_from=span.starts_on,
            service_to=span.ends_on - _DAY,
            detailed_lines=details,
            amount=amount,
            tax_code=span.tax_code,
            clause=latest.clause,
            reason=f"Paid in advance, not served from {span.starts_on}",
        )


def _unused(line: InvoiceLine, starts_on: date) -> Iterator[Portion]:
    """Take back each detailed line for the days from a day on.

    A discount is for the days of the fee before it.
    """
    whole = (line.service_to - line.service_from).days + 1
    served = whole
    for detail in line.detailed_lines:
        if detail.kind is not DetailKind.DISCOUNT:
            served = detail.days or whole
        unused = (line.service_from - starts_on).days + served
        if unused > 0:
            yield _taken_back(detail, starts_on, unused, served)


def _taken_back(detail: DetailedLine, starts_on: date, unused: int, served: int) -> Portion:
    prorated = unused != served or detail.days is not None
    span = f"{starts_on} to {starts_on + (unused - 1) * _DAY}"
    was_charged = detail.amount > 0
    kind = DetailKind.CHANGE_CREDIT if was_charged else DetailKind.CHANGE_CHARGE
    return Portion(
        kind=DetailKind.DISCOUNT if detail.kind is DetailKind.DISCOUNT else kind,
        text=f"Unused from {span}, {'credited' if was_charged else 'taken back'}: {detail.text}",
        quantity=-Fraction(detail.quantity),
        unit_price=detail.unit_price,
        days=unused if prorated else None,
        period_days=(detail.period_days or served) if prorated else None,
    )
