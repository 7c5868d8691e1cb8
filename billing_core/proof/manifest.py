"""The manifest: what a document was made from, by its hashes. It is what is signed.

It names the document, its files and sets of events, and the manifest before it: a chain.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Final

from billing_core.event import text_faults
from billing_core.faults import Fault, faults_if, refuse
from billing_core.invoicing.document import LONGEST_NUMBER, DocumentKind
from billing_core.money import minor_units
from billing_core.period import is_utc, month_period
from billing_core.proof.evidence import CarriedLevels, Evidence, Exclusion, ExclusionReason

_HASH_BYTES: Final = len(sha256().digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a document was made from. Sets, exclusions and carried levels stand in order."""

    issuer: str  #: name, as registered
    client: str  #: slug
    number: str  #: of the document
    kind: DocumentKind
    billing_period: str  #: the month that the document bills, like "2026-10"
    issued_at: datetime  #: UTC
    currency: str  #: ISO 4217
    gross: Decimal  #: its total, with tax
    position: int  #: its place in the client's chain, from 1
    previous: bytes | None  #: hash of the manifest before it; None: it is the first
    document_hash: bytes  #: SHA-256 of the document's canonical text
    rate_card_hash: bytes  #: SHA-256 of the agreement's canonical text
    basis_hash: bytes  #: SHA-256 of the canonical text of its `Basis`
    evidence: tuple[Evidence, ...]  #: by meter and usage period
    exclusions: tuple[Exclusion, ...]  #: by meter, usage period and event id
    carried: tuple[CarriedLevels, ...]  #: by meter and month

    def __post_init__(self) -> None:
        refuse(_faults_of(self))


def _faults_of(manifest: Manifest) -> Iterator[Fault]:
    yield from _name_faults(manifest)
    minor_units(manifest.currency)
    month_period(manifest.billing_period, "UTC")
    is_first = manifest.position == 1
    hashes = manifest.document_hash, manifest.rate_card_hash, manifest.basis_hash
    yield from faults_if(
        [
            (not is_utc(manifest.issued_at), "issued_at", "is not an instant in UTC"),
            (manifest.position < 1, "position", "is not a place in a chain, from 1"),
            (
                is_first != (manifest.previous is None),
                "previous",
                "is there for every document but the first",
            ),
            (
                {len(each) for each in (*hashes, manifest.previous or hashes[0])} != {_HASH_BYTES},
                "manifest",
                "has a hash that is not a SHA-256 of 32 bytes",
            ),
        ]
    )
    yield from _set_faults(manifest)


def _name_faults(manifest: Manifest) -> Iterator[Fault]:
    meters = {each.meter for each in manifest.evidence} | {each.meter for each in manifest.carried}
    names = {
        "issuer": [manifest.issuer],
        "client": [manifest.client],
        "number": [manifest.number],
        "meter": sorted(meters),
    }
    for where, texts in names.items():
        longest = LONGEST_NUMBER if where == "number" else 1000
        for text in texts:
            yield from text_faults(where, text, longest=longest)
            if text != text.strip() or any(sign < " " for sign in text):
                yield Fault(where=where, message=f"{text!r} has a control character or padding")


def _set_faults(manifest: Manifest) -> Iterator[Fault]:
    orders: dict[str, list[tuple[str, ...]]] = {
        "evidence": [(each.meter, each.usage_period) for each in manifest.evidence],
        "exclusions": [
            (each.meter, each.usage_period, str(each.event_id)) for each in manifest.exclusions
        ],
        "carried": [(each.meter, each.into) for each in manifest.carried],
    }
    for where, keys in orders.items():
        if any(later <= earlier for earlier, later in pairwise(keys)):
            yield Fault(where=where, message="are not in order, each once")
    counted = {
        (each.meter, each.usage_period): each.excluded_count
        for each in manifest.evidence
        if each.excluded_count
    }
    if Counter((each.meter, each.usage_period) for each in manifest.exclusions) != counted:
        yield Fault(where="exclusions", message="are not as many as each set says")
    for each in manifest.exclusions:
        if (each.reason is ExclusionReason.SUPERSEDED) != (each.by is not None):
            yield Fault(where="exclusions", message=f"{each.event_id}: superseded names by what")
