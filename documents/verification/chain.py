"""The chain of signed manifests: without a gap, each naming the one before it; and its head."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from billing_core.faults import Faults
from billing_core.proof import Manifest, manifest_from, manifest_hash
from billing_core.proof.note import Note, VerifierKey, note_from
from documents.bundle import paths
from documents.heads import Head
from documents.verification.archive import Archive
from documents.verification.report import Report, Unreadable
from documents.verification.trust import Trust

_CLOCKS: Final = timedelta(days=1)
_CHAINED: Final = re.compile("chain/([0-9]{6})[.]txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A signed manifest of the chain."""

    name: str  #: of its file
    note: Note
    manifest: Manifest

    @property
    def hash(self) -> bytes:
        """What the next one names."""
        return manifest_hash(self.note.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What the bundle has of its client's chain."""

    own: Link  #: of the bundle's document
    links: Mapping[int, Link]  #: by place, its own among them
    left_out: frozenset[str]  #: files of later ones, by keys that nothing joins to the one given
    is_signed: bool  #: its own, by a key that counts

    @property
    def newest(self) -> int:
        """The last place that the bundle knows of."""
        return max(self.links)


def chain_of(archive: Archive, trust: Trust, report: Report) -> Chain | None:
    """Read the chain and check its signatures and links; None where its own manifest is none.

    Raises:
        Unreadable: there is no manifest, or a file is damaged.
    """
    own = _link(archive, paths.MANIFEST, report)
    if own is None:
        return None
    fault = trust.fault_of(own.note, own.manifest.issued_at)
    if fault:
        report.found(own.name, fault)
    if own.manifest.position > len(archive.names):
        report.found(own.name, f"is in place {own.manifest.position}; the chain is not here")
        return None
    links = {own.manifest.position: own}
    for name in sorted(archive.names):
        found = _CHAINED.fullmatch(name)
        link = _link(archive, name, report) if found else None
        if found and link:
            _join(links, int(found[1]), link, report)
    unjoined = _check_signatures(own, links, trust, report)
    left_out = frozenset(links.pop(place).name for place in unjoined)
    _check_links(links, report)
    _check_order(links, trust, report)
    return Chain(own=own, links=links, left_out=left_out, is_signed=fault is None)


def _link(archive: Archive, name: str, report: Report) -> Link | None:
    text = archive.text(name)
    try:
        note = note_from(text)
        return Link(name=name, note=note, manifest=manifest_from(note.text))
    except Faults as faults:
        report.found(name, f"is no signed manifest: {faults.faults[0]}")
        return None


def _join(links: dict[int, Link], place: int, link: Link, report: Report) -> None:
    stands = link.manifest.position
    if stands != place:
        report.found(link.name, f"is the manifest of {link.manifest.number}, in place {stands}")
    elif place in links:
        report.found(link.name, f"stands beside {links[place].name}, which has the same place")
    else:
        links[place] = link


def _check_signatures(
    own: Link, links: Mapping[int, Link], trust: Trust, report: Report
) -> tuple[int, ...]:
    """Check the signatures of all but the own one; give the places of those that prove nothing.

    A manifest before one with a signature that counts is held by the chain of hashes, whoever
    signed it. After the last of these anybody could have put his own.
    """
    counting = {
        place
        for place, link in links.items()
        if trust.fault_of(link.note, link.manifest.issued_at) is None
    }
    last = max(counting | {own.manifest.position})
    unjoined = []
    for place, link in sorted(links.items()):
        fault = trust.fault_of_linked(link.note, link.manifest.issued_at)
        if place > last and not fault:
            unjoined.append(place)
        elif fault and link is not own:
            report.found(link.name, fault)
    report.remark(
        len(unjoined), "later manifests are signed by keys that nothing joins to the one given"
    )
    return tuple(unjoined)


def _check_links(links: Mapping[int, Link], report: Report) -> None:
    missing = [place for place in range(1, max(links) + 1) if place not in links]
    report.take("chain/", (f"lacks the manifest in place {place}" for place in missing))
    clients = {link.manifest.client for link in links.values()}
    if len(clients) > 1:
        report.found("chain/", f"has manifests of several clients: {', '.join(sorted(clients))}")
    numbers = Counter(link.manifest.number for link in links.values())
    twice = sorted(number for number, count in numbers.items() if count > 1)
    report.take("chain/", (f"has the number {number} more than once" for number in twice))
    for place, link in sorted(links.items()):
        before = links.get(place - 1)
        if before is not None and link.manifest.previous != before.hash:
            number = before.manifest.number
            report.found(link.name, f"names another manifest before it than that of {number}")


def _check_order(links: Mapping[int, Link], trust: Trust, report: Report) -> None:
    """See that no key signs again once another took its place, and that time goes forward.

    An instant of issue is the signer's word, so a key that leaked could still sign as of a day on
    which it was in use. Clocks may be set back, so that alone is only remarked.
    """
    gone: set[VerifierKey] = set()
    last: Link | None = None
    backward = 0
    for _, link in sorted(links.items()):
        signers = set(trust.signers_of(link.note))
        if signers & gone:
            report.found(link.name, "is signed by a key that another had followed by then")
        if last is not None:
            before = set(trust.signers_of(last.note))
            gone |= set() if before & signers else before
            backward += link.manifest.issued_at < last.manifest.issued_at - _CLOCKS
        last = link
    report.remark(backward, "manifests are dated before the one that they follow")


def check_head(chain: Chain, head: Head, trust: Trust, report: Report) -> None:
    """See that a head, which the client kept or was given, is in the chain.

    Raises:
        Unreadable: it is the head of another client.
    """
    manifest = head.manifest
    own = chain.own.manifest
    if manifest.client != own.client:
        raise Unreadable(f"the head is of {manifest.client}, the bundle of {own.client}.")
    fault = trust.fault_of(head.note, manifest.issued_at)
    if fault:
        report.found("the head", fault)
    named = f"is {manifest.number} in place {manifest.position}"
    if manifest.position > chain.newest:
        end = f"the bundle's chain ends with place {chain.newest}"
        report.found("the head", f"{named}; {end}: it is older, or documents were lost since")
    elif (there := chain.links.get(manifest.position)) is None:
        report.found("the head", f"{named}, which the bundle's chain lacks")
    elif there.hash != head.hash:
        there_is = there.manifest.number
        report.found("the head", f"{named}; the bundle's chain has another there, {there_is}")
    else:
        report.holds.append(f"The head, {manifest.number}, is in the chain.")
