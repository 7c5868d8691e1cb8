"""Completeness: each event that a month bills is counted once, and the counts add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from billing_core.proof.evidence import Disposition, Evidence, Exclusion, ExclusionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of some events; each is in exactly one of the parts."""

    billed: int = 0  #: in a line
    included: int = 0  #: covered by the included quantity
    superseded: int = 0  #: another event took its place
    withdraws: int = 0  #: it only takes another one back
    too_late: int = 0  #: past the back-billing limit: charged nothing
    unpriced: int = 0  #: no price asks for the meter

    @property
    def total(self) -> int:
        """All of them."""
        kept = self.billed + self.included + self.too_late + self.unpriced
        return kept + self.superseded + self.withdraws

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            billed=self.billed + other.billed,
            included=self.included + other.included,
            superseded=self.superseded + other.superseded,
            withdraws=self.withdraws + other.withdraws,
            too_late=self.too_late + other.too_late,
            unpriced=self.unpriced + other.unpriced,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCounts:
    """What became of the events of one set."""

    evidence: Evidence
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """All events that a document's month bills, set by set."""

    sets: tuple[SetCounts, ...]
    total: Counts

    @property
    def adds_up(self) -> bool:
        """Whether the parts of each set are all its events."""
        return all(each.counts.total == each.evidence.event_count for each in self.sets)


def completeness_of(evidence: Iterable[Evidence], exclusions: Iterable[Exclusion]) -> Completeness:
    """Say what became of each event that a document's month bills.

    120 events, of which 3 were replaced and 17 are covered by what is included: 100 are billed, and
    100 + 17 + 3 = 120. Exclusions that are missing, or too many, leave sets that don't add up.
    """
    reasons = Counter((each.meter, each.usage_period, each.reason) for each in exclusions)
    sets = tuple(SetCounts(evidence=each, counts=_counts(each, reasons)) for each in evidence)
    return Completeness(sets=sets, total=sum((each.counts for each in sets), Counts()))


def _counts(each: Evidence, reasons: Counter[tuple[str, str, ExclusionReason]]) -> Counts:
    left = each.event_count - each.excluded_count - each.included_count
    key = each.meter, each.usage_period
    return Counts(
        billed=left if each.disposition is Disposition.BILLED else 0,
        included=each.included_count,
        superseded=reasons[*key, ExclusionReason.SUPERSEDED],
        withdraws=reasons[*key, ExclusionReason.WITHDRAWS],
        too_late=left if each.disposition is Disposition.TOO_LATE else 0,
        unpriced=left if each.disposition is Disposition.UNPRICED else 0,
    )
