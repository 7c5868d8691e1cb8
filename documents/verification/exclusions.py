"""Events that count nothing: each is listed with its reason, and no other is left out."""

from collections.abc import Container, Iterator, Mapping

from billing_core.proof import Evidence, Exclusion, ExclusionReason
from documents.bundle.needs import Issued
from documents.verification.looking import Looked


def exclusions_of(issued: Issued, evidence: Evidence) -> Iterator[Exclusion]:
    """Give the events of a set that a document excludes."""
    for each in issued.manifest.exclusions:
        if (each.meter, each.usage_period) == (evidence.meter, evidence.usage_period):
            yield each


def exclusion_faults(
    looked: Looked,
    issued: Issued,
    evidence: Evidence,
    supersedes: Mapping[str, str],
    present: Container[str],
) -> Iterator[str]:
    """Say where a set and what a document excludes of it differ.

    Args:
        looked: what was found in the set's file.
        issued: the document.
        evidence: what its manifest says of the set.
        supersedes: by each superseded event of the bundle, by which it is.
        present: those events of the bundle that are said to supersede another.
    """
    listed = {str(each.event_id): each for each in exclusions_of(issued, evidence)}
    number = issued.manifest.number
    for event, exclusion in listed.items():
        if event not in looked.excluded:
            yield f"does not hold the event {event}, which {number} excludes"
        elif exclusion.reason is ExclusionReason.WITHDRAWS and event not in looked.withdrawing:
            yield f"has the event {event} excluded as one that withdraws, which it does not"
        elif exclusion.by and supersedes.get(event, by := str(exclusion.by)) != by:
            yield f"has the event {event} excluded as superseded by another than the one that does"
        elif exclusion.by and event not in supersedes and by in present:
            yield f"has the event {event} excluded as superseded by {by}, which does not name it"
    for event in sorted(looked.withdrawing - listed.keys()):
        yield f"has the event {event[:36]!a}, which only withdraws another, not excluded"
