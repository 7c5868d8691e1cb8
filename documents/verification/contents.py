"""The documents of a bundle: the files that their manifests name by hash, and what they say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final, TypeVar

from billing_core.canonical import value_from
from billing_core.faults import Faults
from billing_core.invoicing.billed_before import credited_of, standing
from billing_core.invoicing.document import Document
from billing_core.period import BillingPeriod, month_period
from billing_core.prices import Agreement
from billing_core.proof import Basis, Manifest
from documents.bundle import paths
from documents.bundle.needs import Issued, earlier_needed
from documents.verification.archive import Archive
from documents.verification.chain import Chain
from documents.verification.report import Report

Value = TypeVar("Value")
#: A month is cut by one machine and may be issued by another, whose clock is set otherwise.
_CLOCKS: Final = timedelta(days=1)
#: No two zones are further apart: so far a month is off whose client has moved.
_ZONES: Final = timedelta(hours=26)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The bundle's own document and the earlier ones, as far as they can be read."""

    own: Issued
    basis: Basis
    earlier: tuple[Issued, ...]  #: by place
    bases: dict[int, Basis]  #: of the earlier ones, by place


def contents_of(archive: Archive, chain: Chain, report: Report) -> Contents | None:
    """Read the documents and compare them with their manifests; None without the own one.

    Raises:
        Unreadable: a file is missing or damaged.
    """
    own = _read(archive, chain.own.manifest, "", report)
    if own is None:
        return None
    issued, basis = own
    before = {place: link.manifest for place, link in chain.links.items()}
    earlier: dict[int, tuple[Issued, Basis]] = {}
    for place in earlier_needed(issued, before):
        folder = paths.earlier_path(place, "")
        found = _read(archive, before[place], folder, report) if place in before else None
        if found is not None:
            earlier[place] = found
    report.take(
        paths.DOCUMENT, _billed_again(issued, before, [each for each, _ in earlier.values()])
    )
    return Contents(
        own=issued,
        basis=basis,
        earlier=tuple(each for each, _ in earlier.values()),
        bases={place: each for place, (_, each) in earlier.items()},
    )


def _billed_again(
    own: Issued, chain: Mapping[int, Manifest], earlier: Sequence[Issued]
) -> Iterator[str]:
    """Say where a month is billed twice: by a second document, or by one in place of none.

    Args:
        own: the document.
        chain: all manifests, by their place.
        earlier: the earlier documents, as `earlier_needed` names them.
    """
    document, month = own.document, own.month
    if document.corrects:
        return
    if not document.replaces:
        same = [
            each.number
            for place, each in sorted(chain.items())
            if place < own.manifest.position and each.billing_period == month
        ]
        if same:
            yield f"bills {month} again, after {', '.join(same)}, and replaces none of them"
        return
    documents = [each.document for each in earlier if each.month == month]
    standing_ones = [each for each in standing(documents) if each.corrects is None]
    if [each.number for each in standing_ones] != [document.replaces]:
        yield f"replaces {document.replaces}, which is not the one that stands for {month}"
        return
    credited = credited_of(standing_ones[0], documents)
    if any(line.amount != credited.get(line.number, 0) for line in standing_ones[0].invoice.lines):
        yield f"replaces {document.replaces}, which was not credited in whole"


def _read(
    archive: Archive, manifest: Manifest, folder: str, report: Report
) -> tuple[Issued, Basis] | None:
    document = _value(
        archive, f"{folder}{paths.DOCUMENT}", Document, manifest.document_hash, report
    )
    card = _value(archive, f"{folder}{paths.RATE_CARD}", Agreement, manifest.rate_card_hash, report)
    basis = _value(archive, f"{folder}{paths.BASIS}", Basis, manifest.basis_hash, report)
    if document is None or card is None or basis is None:
        return None
    report.take(f"{folder}{paths.DOCUMENT}", _contradictions(manifest, document, card))
    _check_month(f"{folder}{paths.DOCUMENT}", document.invoice.period, report)
    return Issued(manifest=manifest, document=document, agreement=card), basis


def _check_month(name: str, period: BillingPeriod, report: Report) -> None:
    """Hold the bounds of a month against the calendar: what lies outside is not counted."""
    reckoned = month_period(period.name, period.zone)
    off = max(abs(period.starts_at - reckoned.starts_at), abs(period.ends_at - reckoned.ends_at))
    if off:
        told = f"has {period.name} from {period.starts_at} to {period.ends_at}"
        if off > _ZONES:
            report.found(name, f"{told}, which it is not in {period.zone}")
        else:
            report.remarks.append(f"{name} {told}, as if {period.zone} was not its zone before.")


def _value(
    archive: Archive, name: str, kind: type[Value], expected: bytes, report: Report
) -> Value | None:
    if name not in archive.names:
        report.found(name, "is missing")
        return None
    text = archive.text(name)
    if sha256(text.encode()).digest() != expected:
        report.found(name, "is not the file that was signed")
    try:
        return value_from(kind, text)
    except (Faults, ArithmeticError, LookupError) as fault:
        report.found(name, f"cannot be what was signed: {fault}")
        return None


def _contradictions(manifest: Manifest, document: Document, card: Agreement) -> Iterator[str]:
    """Say where a document and its manifest tell of different things."""
    invoice = document.invoice
    for what, said, signed in (
        ("number", document.number, manifest.number),
        ("kind", document.kind, manifest.kind),
        ("issuer", document.issuer.name, manifest.issuer),
        ("client", invoice.client, manifest.client),
        ("month", invoice.period.name, manifest.billing_period),
        ("issue", document.issued_at, manifest.issued_at),
        ("currency", invoice.currency, manifest.currency),
        ("total", invoice.gross, manifest.gross),
        ("agreement's client", card.client, manifest.client),
        ("agreement", invoice.agreement, card.code),
    ):
        if said != signed:
            yield f"has the {what} {said}, where its manifest has {signed}"
    if invoice.is_draft:
        yield f"was computed as of {invoice.as_of}, before its month had ended: it is a draft"
    if invoice.as_of > document.issued_at + _CLOCKS:
        yield f"was computed as of {invoice.as_of}, after its issue at {document.issued_at}"
