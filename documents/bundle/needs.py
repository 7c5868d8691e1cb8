"""What belongs in a document's bundle: which earlier documents, which sets of events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from billing_core.invoicing.document import Document
from billing_core.invoicing.fees import flat_codes, runs_to
from billing_core.period import BillingPeriod, month_after
from billing_core.prices import Agreement
from billing_core.proof import Disposition, Evidence, Manifest
from documents.bundle.value import CarriedKey, SetKey

#: A fee is paid a year ahead at most, on the document of the month before that year.
_MONTHS_OF_FEES: Final = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """An issued document, read."""

    manifest: Manifest
    document: Document
    agreement: Agreement  #: its rate card

    @property
    def month(self) -> str:
        """The month that it bills."""
        return self.manifest.billing_period

    @property
    def period(self) -> BillingPeriod:
        """The same with its bounds."""
        return self.document.invoice.period


def adjusted_months(issued: Issued) -> tuple[str, ...]:
    """Give the earlier months that a document builds again, the earliest first."""
    manifest = issued.manifest
    late = {each.usage_period for each in manifest.evidence if _is_priced(each)}
    lines = {line.adjusts for line in issued.document.invoice.lines if line.adjusts}
    carried = {each.into for each in manifest.carried}
    return tuple(sorted(month for month in late | lines | carried if month < issued.month))


def unpriced_months(issued: Issued) -> frozenset[str]:
    """Give the earlier months of which a document says that no price asks for some late records."""
    return frozenset(
        each.usage_period
        for each in issued.manifest.evidence
        if each.usage_period < issued.month and not _is_priced(each)
    )


def earlier_needed(issued: Issued, chain: Mapping[int, Manifest]) -> range:
    """Give the places in the chain of the earlier documents that a bundle holds, without a gap.

    Args:
        issued: the bundle's own document.
        chain: all manifests before it, by their place.
    """
    own = issued.manifest.position
    numbers = {issued.document.corrects, issued.document.replaces}
    months = {*adjusted_months(issued), *unpriced_months(issued), *_fee_months(issued)}
    needed = (
        position
        for position, manifest in chain.items()
        if position < own and (manifest.number in numbers or manifest.billing_period in months)
    )
    return range(min(needed, default=own), own)


def _fee_months(issued: Issued) -> tuple[str, ...]:
    """Give the months that may have billed fees beyond an end that was learnt later."""
    first, after = issued.period.month, issued.period.next().first_day
    agreement = issued.agreement
    ends = (
        runs_to(agreement, price)
        for code in flat_codes(agreement)
        for price in agreement.versions_of(code)
    )
    longest_ago = month_after(first, 1 - _MONTHS_OF_FEES)
    if not any(end is not None and longest_ago <= end <= after for end in ends):
        return ()
    months = (month_after(first, -count) for count in range(1, _MONTHS_OF_FEES + 1))
    return tuple(f"{month:%Y-%m}" for month in months)


def sets_needed(issued: Issued, earlier: Iterable[Issued]) -> tuple[SetKey, ...]:
    """Give the sets of events that a bundle holds.

    They are the document's own, and of earlier documents those from which the months that it
    adjusts are computed again.

    Args:
        issued: the bundle's own document.
        earlier: those that `earlier_needed` names.
    """
    months = adjusted_months(issued)
    keys = {_key(issued.month, each) for each in issued.manifest.evidence}
    for document in earlier:
        if document.month < issued.month:
            keys |= {
                _key(document.month, each)
                for each in document.manifest.evidence
                if _concerns(each, document, months)
            }
    return tuple(sorted(keys, key=lambda key: (key.meter, key.billing_period, key.usage_period)))


def carried_needed(issued: Issued) -> tuple[CarriedKey, ...]:
    """Give the carried levels that a bundle holds."""
    return tuple(CarriedKey(meter=each.meter, into=each.into) for each in issued.manifest.carried)


def _key(month: str, evidence: Evidence) -> SetKey:
    return SetKey(meter=evidence.meter, billing_period=month, usage_period=evidence.usage_period)


def _concerns(evidence: Evidence, document: Issued, months: Sequence[str]) -> bool:
    """Say whether a set is of a month that is built again, or corrects one."""
    if not _is_priced(evidence):
        return False
    lines = document.document.invoice.lines
    adjusts = {lines[number - 1].adjusts for number in evidence.lines if number <= len(lines)}
    return evidence.usage_period in months or not adjusts.isdisjoint(months)


def _is_priced(evidence: Evidence) -> bool:
    return evidence.disposition is not Disposition.UNPRICED
