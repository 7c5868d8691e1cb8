"""The chain of signed manifests: without a gap, each naming the one before it; and its head."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from billing_core.faults import Faults
from billing_core.proof import Manifest, manifest_from, manifest_hash
from billing_core.proof.note import Note, note_from
from documents.bundle import paths
from documents.heads import Head
from documents.verification.archive import Archive
from documents.verification.report import Report, Unreadable
from documents.verification.trust import Trust

FaultOf = Callable[[Note, datetime], str | None]

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

    @property
    def newest(self) -> int:
        """The last place that the bundle knows of."""
        return max(self.links)


def chain_of(archive: Archive, trust: Trust, report: Report) -> Chain | None:
    """Read the chain and check its signatures and links; None where its own manifest is none.

    Raises:
        Unreadable: there is no manifest, or a file is damaged.
    """
    own = _link(archive, paths.MANIFEST, trust.fault_of, report)
    if own is None:
        return None
    links = {own.manifest.position: own}
    for name in sorted(archive.names):
        found = _CHAINED.fullmatch(name)
        link = _link(archive, name, trust.fault_of_linked, report) if found else None
        if found and link:
            _join(links, int(found[1]), link, report)
    _check_links(links, report)
    return Chain(own=own, links=links)


def _link(archive: Archive, name: str, fault_of: FaultOf, report: Report) -> Link | None:
    text = archive.text(name)
    try:
        note = note_from(text)
        manifest = manifest_from(note.text)
    except Faults as faults:
        report.found(name, f"is no signed manifest: {faults.faults[0]}")
        return None
    fault = fault_of(note, manifest.issued_at)
    if fault:
        report.found(name, fault)
    return Link(name=name, note=note, manifest=manifest)


def _join(links: dict[int, Link], place: int, link: Link, report: Report) -> None:
    stands = link.manifest.position
    if stands != place:
        report.found(link.name, f"is the manifest of {link.manifest.number}, in place {stands}")
    elif place in links:
        report.found(link.name, f"stands beside {links[place].name}, which has the same place")
    else:
        links[place] = link


def _check_links(links: Mapping[int, Link], report: Report) -> None:
    missing = [place for place in range(1, max(links) + 1) if place not in links]
    report.take("chain/", (f"lacks the manifest in place {place}" for place in missing))
    clients = {link.manifest.client for link in links.values()}
    if len(clients) > 1:
        report.found("chain/", f"has manifests of several clients: {', '.join(sorted(clients))}")
    for place, link in sorted(links.items()):
        before = links.get(place - 1)
        if before is not None and link.manifest.previous != before.hash:
            number = before.manifest.number
            report.found(link.name, f"names another manifest before it than that of {number}")


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
    elif chain.links[manifest.position].hash != head.hash:
        there = chain.links[manifest.position].manifest.number
        report.found("the head", f"{named}; the bundle's chain has another there, {there}")
    else:
        report.holds.append(f"The head, {manifest.number}, is in the chain.")
