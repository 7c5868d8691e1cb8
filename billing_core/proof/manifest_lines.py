"""The text of a manifest: a line for each thing that it names, so that a person can read it.

What may hold blanks stands last on its line, so that each text says one thing.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final, NoReturn, TypeVar
from uuid import UUID

from billing_core.faults import Fault, Faults
from billing_core.invoicing.document import DocumentKind
from billing_core.proof.evidence import (
    CarriedLevels,
    Disposition,
    Evidence,
    Exclusion,
    ExclusionReason,
)
from billing_core.proof.manifest import Manifest

TITLE: Final = "Meterglass manifest, version 1"
_INSTANT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


def manifest_text(manifest: Manifest) -> str:
    """Write a manifest as the text that is signed; it ends with a line feed."""
    lines = (
        *_head_lines(manifest),
        *map(_evidence_line, manifest.evidence),
        *map(_exclusion_line, manifest.exclusions),
        *map(_carried_line, manifest.carried),
    )
    return "".join(f"{line}\n" for line in lines)


def manifest_hash(text: str) -> bytes:
    """Give what the next manifest of the chain names as the one before it: the text's SHA-256."""
    return sha256(text.encode()).digest()


def _head_lines(manifest: Manifest) -> tuple[str, ...]:
    return (
        TITLE,
        f"issuer: {manifest.issuer}",
        f"client: {manifest.client}",
        f"{manifest.kind}: {manifest.number}",
        f"month: {manifest.billing_period}",
        f"issued at: {manifest.issued_at:{_INSTANT}}",
        f"total: {manifest.gross:f} {manifest.currency}",
        f"position: {manifest.position}",
        f"previous manifest: {manifest.previous.hex() if manifest.previous else 'none'}",
        f"document.json: {manifest.document_hash.hex()}",
        f"rate_card.json: {manifest.rate_card_hash.hex()}",
        f"basis.json: {manifest.basis_hash.hex()}",
    )


def _evidence_line(each: Evidence) -> str:
    lines = ",".join(map(str, each.lines)) or "none"
    return (
        f"events of {each.usage_period}: {each.event_count}, {each.excluded_count} excluded, "
        f"{each.included_count} included, {each.disposition}, lines {lines}, "
        f"root {each.root.hex()}, meter {each.meter}"
    )


def _exclusion_line(each: Exclusion) -> str:
    reason = f"{each.reason} by {each.by}" if each.by else each.reason
    return f"excluded of {each.usage_period}: {each.event_id}, {reason}, meter {each.meter}"


def _carried_line(each: CarriedLevels) -> str:
    return (
        f"carried into {each.into}: {each.event_count}, root {each.root.hex()}, meter {each.meter}"
    )


_MONTH: Final = r"(?P<month>[0-9]{4}-[0-9]{2})"
_ROOT: Final = r"root (?P<root>[0-9a-f]{64}), meter (?P<meter>[^\n]+)"
_HEAD: Final = re.compile(
    re.escape(TITLE)
    + r"""
issuer: (?P<issuer>[^\n]+)
client: (?P<client>[^\n]+)
(?P<kind>invoice|credit_note): (?P<number>[^\n]+)
month: (?P<billing_period>[0-9]{4}-[0-9]{2})
issued at: (?P<issued_at>[0-9TZ:.-]{27})
total: (?P<gross>-?[0-9]{1,40}(?:\.[0-9]{1,4})?) (?P<currency>[A-Z]{3})
position: (?P<position>[0-9]{1,18})
previous manifest: (?P<previous>none|[0-9a-f]{64})
document\.json: (?P<document_hash>[0-9a-f]{64})
rate_card\.json: (?P<rate_card_hash>[0-9a-f]{64})
basis\.json: (?P<basis_hash>[0-9a-f]{64})
"""
)
_EVIDENCE: Final = re.compile(
    rf"events of {_MONTH}: (?P<events>[0-9]{{1,18}}), (?P<excluded>[0-9]{{1,18}}) excluded, "
    r"(?P<included>[0-9]{1,18}) included, (?P<disposition>billed|too_late|unpriced), "
    rf"lines (?P<lines>none|[0-9]{{1,9}}(?:,[0-9]{{1,9}})*), {_ROOT}"
)
_EXCLUSION: Final = re.compile(
    rf"excluded of {_MONTH}: (?P<event>[0-9a-f-]{{36}}), (?P<reason>superseded|withdraws)"
    r"(?: by (?P<by>[0-9a-f-]{36}))?, meter (?P<meter>[^\n]+)"
)
_CARRIED: Final = re.compile(rf"carried into {_MONTH}: (?P<events>[0-9]{{1,18}}), {_ROOT}")


def manifest_from(text: str) -> Manifest:
    """Give back the manifest that `manifest_text` wrote.

    Raises:
        Faults: where the text is none, byte for byte, or tells what cannot be.
    """
    head = _HEAD.match(text)
    if head is None or not text.endswith("\n"):
        _refuse("is not the text of a manifest, version 1")
    lines = text[head.end() : -1].split("\n")
    try:
        manifest = _manifest_of(head, lines)
    except (ValueError, ArithmeticError) as fault:
        _refuse(f"tells what cannot be: {fault}")
    if manifest_text(manifest) != text:
        _refuse("is not written as a manifest is")
    return manifest


def _manifest_of(head: re.Match[str], lines: Iterable[str]) -> Manifest:
    told, sets = head.groupdict(), tuple(lines)
    hashes = {name: bytes.fromhex(told[name]) for name in told if name.endswith("_hash")}
    return Manifest(
        issuer=told["issuer"],
        client=told["client"],
        number=told["number"],
        kind=DocumentKind(told["kind"]),
        billing_period=told["billing_period"],
        issued_at=datetime.strptime(told["issued_at"], "%Y-%m-%dT%H:%M:%S.%f%z"),
        currency=told["currency"],
        gross=Decimal(told["gross"]),
        position=int(told["position"]),
        previous=None if told["previous"] == "none" else bytes.fromhex(told["previous"]),
        evidence=tuple(_found(sets, _EVIDENCE, _evidence_from)),
        exclusions=tuple(_found(sets, _EXCLUSION, _exclusion_from)),
        carried=tuple(_found(sets, _CARRIED, _carried_from)),
        **hashes,
    )


Told = TypeVar("Told")


def _found(
    lines: Iterable[str], pattern: re.Pattern[str], read: Callable[[re.Match[str]], Told]
) -> Iterator[Told]:
    return (read(found) for found in map(pattern.fullmatch, lines) if found)


def _evidence_from(found: re.Match[str]) -> Evidence:
    lines = found["lines"]
    return Evidence(
        meter=found["meter"],
        usage_period=found["month"],
        disposition=Disposition(found["disposition"]),
        lines=() if lines == "none" else tuple(map(int, lines.split(","))),
        event_count=int(found["events"]),
        excluded_count=int(found["excluded"]),
        included_count=int(found["included"]),
        root=bytes.fromhex(found["root"]),
    )


def _exclusion_from(found: re.Match[str]) -> Exclusion:
    return Exclusion(
        event_id=UUID(found["event"]),
        meter=found["meter"],
        usage_period=found["month"],
        reason=ExclusionReason(found["reason"]),
        by=UUID(found["by"]) if found["by"] else None,
    )


def _carried_from(found: re.Match[str]) -> CarriedLevels:
    return CarriedLevels(
        meter=found["meter"],
        into=found["month"],
        event_count=int(found["events"]),
        root=bytes.fromhex(found["root"]),
    )


def _refuse(message: str) -> NoReturn:
    raise Faults([Fault(where="manifest", message=message)])
