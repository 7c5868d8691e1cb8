"""An invoice as a value: lines, and the detailed lines that each is the sum of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing_core.faults import Fault, refuse
from billing_core.money import round_amount, sum_of
from billing_core.period import BillingPeriod
from billing_core.prices import ChargeModel
from billing_core.rating import DetailedLine, DetailKind
from billing_core.taxes import TaxLine


class LineKind(StrEnum):
    """The two halves of the hybrid invoice."""

    FIXED = "fixed"  #: the core: fees that are known
    VARIABLE = "variable"  #: usage, one-off charges, commitment shortfall


class Timing(StrEnum):
    """Whether a line's service is yet to be given or was given."""

    IN_ADVANCE = "in advance"
    IN_ARREARS = "in arrears"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One price's charge for one service period: the sum of its detailed lines."""

    number: int  #: from 1
    price_code: str
    name: str
    kind: LineKind
    model: ChargeModel | None  #: None: commitment shortfall
    timing: Timing
    service_from: date  #: inclusive
    service_to: date  #: inclusive
    meter: str | None = None  #: code
    quantity: Decimal | None = None  #: of the meter, in the service period
    detailed_lines: tuple[DetailedLine, ...]
    amount: Decimal  #: net, in the currency's minor unit
    counts_toward_commitment: bool = False
    tax_code: str = ""  #: "": none is charged
    clause: str = ""  #: of the agreement, where a price has one
    reference: str = ""  #: of a one-off charge: the client's order, and who approved it
    reason: str = ""  #: of a discount, a service credit, an adjustment, a credit note's line
    adjusts: str | None = None  #: name of the earlier period that the line corrects
    is_too_late: bool = False  #: an adjustment past the back-billing limit: shown, charged nothing
    recomputed: tuple[DetailedLine, ...] = ()  #: of an adjustment: the line as it is known now
    credits_line: int | None = None  #: of a credit note: which line of the credited document

    def __post_init__(self) -> None:
        refuse(_line_faults(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """What a client pays for a period: variable charges of N, fixed fees of N+1."""

    client: str  #: slug
    agreement: str  #: code
    period: BillingPeriod  #: N
    currency: str
    as_of: datetime  #: UTC; what was known
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxLine, ...] = ()  #: one for each rate; none where no tax is set up
    is_final: bool = False  #: the agreement's last day lies in its period

    def __post_init__(self) -> None:
        refuse(_invoice_faults(self))

    @property
    def issue_date(self) -> date:
        """First day of the period after."""
        return self.period.next().first_day

    @property
    def is_draft(self) -> bool:
        """Whether its period still ran."""
        return self.as_of < self.period.ends_at

    @property
    def fixed(self) -> Decimal:
        """Sum of the fixed lines."""
        return self._sum_of(LineKind.FIXED)

    @property
    def variable(self) -> Decimal:
        """Sum of the variable lines."""
        return self._sum_of(LineKind.VARIABLE)

    @property
    def net(self) -> Decimal:
        """Sum of the lines; tax is not in it."""
        return sum_of((line.amount for line in self.lines), self.currency)

    @property
    def tax(self) -> Decimal:
        """Sum of the taxes."""
        return sum_of((each.tax for each in self.taxes), self.currency)

    @property
    def gross(self) -> Decimal:
        """What is to be paid: net + tax; negative where the client gets money back."""
        return sum_of((self.net, self.tax), self.currency)

    @property
    def title(self) -> str:
        """What it holds, in words: "November usage + December fee"."""
        months = dict.fromkeys(line.adjusts for line in self.lines if line.adjusts)
        corrected = " and ".join(f"{date.fromisoformat(f'{each}-01'):%B %Y}" for each in months)
        if any(line.credits_line for line in self.lines):
            return f"Credit for {self.period.month:%B %Y}"
        if months and all(line.adjusts for line in self.lines):
            return f"Adjustments of {corrected}"
        added = f" + adjustments of {corrected}" if months else ""
        return f"{self._own_title}{added}{', final invoice' if self.is_final else ''}"

    @property
    def _own_title(self) -> str:
        """What it holds of its own period and of the next."""
        usage = f"{self.period.month:%B} usage"
        fees = [line for line in self.lines if line.kind is LineKind.FIXED]
        if any(line.service_from <= self.period.last_day or self.is_final for line in fees):
            usage += " and fee"
        if any(line.service_from > self.period.last_day for line in fees) and not self.is_final:
            return f"{usage} + {self.issue_date:%B} fee"
        return usage

    def _sum_of(self, kind: LineKind) -> Decimal:
        return sum_of((line.amount for line in self.lines if line.kind is kind), self.currency)


def _line_faults(line: InvoiceLine) -> Iterator[Fault]:
    where = f"lines[{line.number}]"
    if _total(line.detailed_lines) != line.amount:
        yield Fault(where=f"{where}.amount", message="is not the sum of its detailed lines")
    if line.service_to < line.service_from:
        yield Fault(where=f"{where}.service_to", message="is before service_from")
    yield from _adjustment_faults(line, where)


def _adjustment_faults(line: InvoiceLine, where: str) -> Iterator[Fault]:
    now = (each for each in line.detailed_lines if each.kind is DetailKind.RECOMPUTED)
    if _total(line.recomputed) != _total(now):
        message = "do not add up to the detailed line that names their sum"
        yield Fault(where=f"{where}.recomputed", message=message)
    if line.is_too_late and (line.amount or not line.adjusts):
        message = "is only said of an adjustment that charges nothing"
        yield Fault(where=f"{where}.is_too_late", message=message)


def _total(details: Iterable[DetailedLine]) -> Fraction:
    return sum((Fraction(each.amount) for each in details), Fraction(0))


def _invoice_faults(invoice: Invoice) -> Iterator[Fault]:
    numbers = [line.number for line in invoice.lines]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Fault(where="lines", message="are not numbered 1, 2, 3 in order")
    for line in invoice.lines:
        for name in ("detailed_lines", "recomputed"):
            where = f"lines[{line.number}].{name}"
            yield from _amount_faults(where, getattr(line, name), invoice.currency)
    yield from _tax_faults(invoice)


def _tax_faults(invoice: Invoice) -> Iterator[Fault]:
    for index, each in enumerate(invoice.taxes):
        if each.tax != round_amount(Fraction(each.net) * Fraction(each.rate), invoice.currency):
            yield Fault(where=f"taxes[{index}].tax", message="is not net × rate, rounded")
    taxed = (line.amount for line in invoice.lines if line.tax_code)
    if invoice.taxes and sum_of((each.net for each in invoice.taxes), invoice.currency) != sum_of(
        taxed, invoice.currency
    ):
        yield Fault(where="taxes", message="are not on the sum of the lines that bear tax")


def _amount_faults(where: str, details: Iterable[DetailedLine], currency: str) -> Iterator[Fault]:
    for index, detail in enumerate(details):
        if detail.amount != round_amount(detail.portion.exact, currency):
            message = "is not quantity × unit price + flat fee, rounded"
            yield Fault(where=f"{where}[{index}].amount", message=message)
