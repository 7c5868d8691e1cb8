"""Taxes: dated rates, and the tax of an invoice's lines, one sum per rate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from billing_core.event import LONGEST_CODE, text_faults
from billing_core.faults import Fault, refuse
from billing_core.money import round_amount, sum_of
from billing_core.numbers import size_fault
from billing_core.prices.faults import dates_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing_core.invoicing.invoice import InvoiceLine


class TaxTreatment(StrEnum):
    """Who pays the tax, if there is one."""

    STANDARD = "standard"  #: the issuer adds it and pays it on
    REVERSE_CHARGE = "reverse_charge"  #: the client accounts for it; none is added
    EXEMPT = "exempt"  #: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """What a tax code means from one day to another; its versions never overlap."""

    code: str  #: such as "NL-21"
    name: str  #: as on the invoice: "VAT 21 %"
    treatment: TaxTreatment
    rate: Decimal  #: 0 to 1; 0.21 is 21 %; 0 unless the treatment is standard
    starts_on: date  #: inclusive
    ends_on: date | None = None  #: exclusive; None: open
    note: str = ""  #: what the law asks to be said: "VAT reverse charged, Article 196 …"

    def __post_init__(self) -> None:
        refuse(_faults_of(self))

    def is_in_force(self, day: date) -> bool:
        """Say whether the version is valid on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """The tax of one rate on the sum of its lines, rounded once.

    21 % on lines of 10.10 and 20.15: 30.25 × 0.21 = 6.3525, so 6.35.
    """

    code: str
    name: str
    treatment: TaxTreatment
    rate: Decimal
    note: str
    net: Decimal  #: sum of the lines
    tax: Decimal


def tax_on(code: str, day: date, rates: Iterable[TaxRate]) -> TaxRate:
    """Give the version of a tax code in force on a day.

    Raises:
        LookupError: where none is; a line without its rate can't be issued.
    """
    for rate in rates:
        if rate.code == code and rate.is_in_force(day):
            return rate
    raise LookupError(f"tax code {code} has no rate on {day}")


def tax_lines(
    lines: Iterable["InvoiceLine"], rates: Iterable[TaxRate], currency: str
) -> tuple[TaxLine, ...]:
    """Give the taxes of lines, in the order in which their rates first appear.

    A service is taxed at the rate in force on its last day (Article 64 of the EU's VAT directive:
    continuous services are supplied when the period that they are billed for ends). Lines without a
    tax code bear none and stand in no tax line.

    Raises:
        LookupError: where a code has no rate on a line's last day.
    """
    known = tuple(rates)
    sums: dict[TaxRate, list[Decimal]] = {}
    for line in lines:
        if line.tax_code:
            rate = tax_on(line.tax_code, line.service_to, known)
            sums.setdefault(rate, []).append(line.amount)
    return tuple(_tax_line(rate, amounts, currency) for rate, amounts in sums.items())


def _tax_line(rate: TaxRate, amounts: Iterable[Decimal], currency: str) -> TaxLine:
    net = sum_of(amounts, currency)
    return TaxLine(
        code=rate.code,
        name=rate.name,
        treatment=rate.treatment,
        rate=rate.rate,
        note=rate.note,
        net=net,
        tax=round_amount(Fraction(net) * Fraction(rate.rate), currency),
    )


def _faults_of(rate: TaxRate) -> "Iterator[Fault]":
    yield from text_faults("code", rate.code, longest=LONGEST_CODE)
    yield from text_faults("name", rate.name)
    yield from dates_faults(rate.starts_on, rate.ends_on)
    fault = size_fault(rate.rate)
    if fault:
        yield Fault(where="rate", message=fault)
    elif not 0 <= rate.rate <= 1:
        yield Fault(where="rate", message="is not a share from 0 to 1: write 0.21 for 21 %")
    elif rate.rate and rate.treatment is not TaxTreatment.STANDARD:
        message = f"is not 0, but a {rate.treatment} tax adds nothing"
        yield Fault(where="rate", message=message)
