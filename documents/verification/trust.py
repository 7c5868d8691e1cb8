"""Whose signature counts: the key that the client was handed, and those that endorsements join."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from billing_core.faults import Fault, Faults
from billing_core.proof.endorsement import Endorsement, endorsement_from
from billing_core.proof.note import Note, VerifierKey, note_from, verifier_key_from
from documents.bundle.paths import key_path
from documents.keys import Verifier
from documents.verification.archive import Archive
from documents.verification.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A key whose signature counts, and from when to when."""

    key: VerifierKey
    starts_at: datetime | None = None  #: inclusive; None: it is the first
    ends_at: datetime | None = None  #: exclusive; None: none follows it

    def is_in_use(self, instant: datetime) -> bool:
        """Say whether the key signed at an instant."""
        begun = self.starts_at is None or self.starts_at <= instant
        return begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Trust:
    """All keys whose signature counts."""

    keys: tuple[TrustedKey, ...]

    def fault_of(self, note: Note, issued_at: datetime) -> str | None:
        """Say what is wrong with the signature of a note, as the end of a sentence, or None."""
        claimed = [each for each in self.keys if any(s.is_by(each.key) for s in note.signatures)]
        if not claimed:
            names = ", ".join(f"{each.name}+{each.key_id.hex()}" for each in note.signatures)
            return f"is signed by {names}, which is neither the key that was given nor joined to it"
        for each in claimed:
            if not Verifier(each.key).has_signed(note):
                return f"was changed: the signature of {each.key.name} is not of this text"
            if not each.is_in_use(issued_at):
                return f"is signed by {each.key}, which was not in use when it was issued"
        return None


def trust_of(archive: Archive, given: VerifierKey, report: Report) -> Trust:
    """Give the keys whose signature counts: the one given, and all that are joined to it.

    Raises:
        Unreadable: a file of a key is damaged.
    """
    try:
        first, endorsements = _keys_of(archive)
    except Faults as faults:
        report.found("keys/", f"are not whole: {faults.faults[0]}")
        return Trust((TrustedKey(key=given),))
    keys = (first, *(each.key for each in endorsements))
    if given not in keys:
        listed = ", ".join(map(str, keys))
        report.found("--key", f"is {given}, which none of the bundle's keys is: {listed}")
        return Trust((TrustedKey(key=given),))
    return Trust(tuple(_in_use(first, endorsements)))


def _in_use(first: VerifierKey, endorsements: tuple[Endorsement, ...]) -> Iterator[TrustedKey]:
    starts = (None, *(each.starts_at for each in endorsements))
    ends = (*starts[1:], None)
    keys = (first, *(each.key for each in endorsements))
    for key, starts_at, ends_at in zip(keys, starts, ends, strict=True):
        yield TrustedKey(key=key, starts_at=starts_at, ends_at=ends_at)


def _keys_of(archive: Archive) -> tuple[VerifierKey, tuple[Endorsement, ...]]:
    if key_path(1) not in archive.names:
        raise Faults([Fault(where=key_path(1), message="is missing")])
    line = archive.text(key_path(1))
    first = verifier_key_from(line.removesuffix("\n"))
    if line != f"{first}\n":
        raise Faults([Fault(where=key_path(1), message="is not the line of a key")])
    endorsements: list[Endorsement] = []
    while (name := key_path(len(endorsements) + 2)) in archive.names:
        before = endorsements[-1] if endorsements else None
        endorsements.append(_endorsement(archive, name, first, before))
    return first, tuple(endorsements)


def _endorsement(
    archive: Archive, name: str, first: VerifierKey, before: Endorsement | None
) -> Endorsement:
    note = note_from(archive.text(name))
    found = endorsement_from(note.text)
    follows = before.key if before else first
    if found.follows != follows:
        raise Faults(
            [Fault(where=name, message=f"endorses a key to follow {found.follows}, not {follows}")]
        )
    if before is not None and found.starts_at <= before.starts_at:
        raise Faults([Fault(where=name, message="starts before the key that it follows")])
    for key in (found.follows, found.key):
        if not Verifier(key).has_signed(note):
            raise Faults([Fault(where=name, message=f"is not signed by {key}")])
    return found
