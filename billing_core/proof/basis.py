"""What else a document was built from, besides its rate card and its events."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from billing_core.faults import Fault, refuse
from billing_core.metering import Meter
from billing_core.taxes import TaxRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the builder was given besides rate card and quantities, as it was when it built.

    It is kept with the document: a tax rate or a meter's name may be changed later.
    """

    meters: tuple[Meter, ...]  #: of all its sets and metered prices, by code
    tax_rates: tuple[TaxRate, ...] = ()  #: of all its tax codes, by code and first day

    def __post_init__(self) -> None:
        refuse(_faults_of(self))


def _faults_of(basis: Basis) -> Iterator[Fault]:
    if any(later.code <= earlier.code for earlier, later in pairwise(basis.meters)):
        yield Fault(where="meters", message="are not in order, each once")
    versions = [(rate.code, rate.starts_on) for rate in basis.tax_rates]
    if any(later <= earlier for earlier, later in pairwise(versions)):
        yield Fault(where="tax_rates", message="are not in order, each once")
