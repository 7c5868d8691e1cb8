"""A month's invoice as an accounting system issued it, and how it differs from what is computed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing_core.event import LONGEST_CODE, text_faults
from billing_core.faults import Fault, refuse
from billing_core.invoicing.document import LONGEST_NUMBER
from billing_core.money import MINOR_UNITS, minor_units
from billing_core.numbers import size_fault


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalInvoice:
    """What the other system says of a client's month. A month may have several."""

    client: str  #: slug
    period: str  #: "2026-10": the month whose usage it bills
    number: str  #: in that system
    issued_on: date
    currency: str  #: ISO 4217
    net: Decimal  #: tax is not in it
    gross: Decimal  #: tax is in it

    def __post_init__(self) -> None:
        refuse(_faults_of(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalDifference:
    """By how much the other system's totals are above those computed here; below: negative."""

    net: Decimal
    gross: Decimal


def _faults_of(legal: LegalInvoice) -> Iterator[Fault]:
    yield from text_faults("client", legal.client, longest=LONGEST_CODE)
    yield from text_faults("number", legal.number, longest=LONGEST_NUMBER)
    if legal.currency not in MINOR_UNITS:
        message = f"{legal.currency!r} is not an ISO 4217 code with a minor unit, like EUR"
        yield Fault(where="currency", message=message)
        return
    for where in ("net", "gross"):
        fault = size_fault(getattr(legal, where), decimals=minor_units(legal.currency))
        if fault:
            yield Fault(where=where, message=fault)
