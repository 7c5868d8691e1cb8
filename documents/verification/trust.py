"""Whose signature counts: the key that the client was handed, and those that endorsements join."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from billing_core.faults import Fault, Faults
from billing_core.proof.endorsement import Endorsement, endorsement_from
from billing_core.proof.note import Note, VerifierKey, note_from, verifier_key_from
from documents.bundle.paths import key_path
from documents.keys import Verifier
from documents.verification.archive import Archive
from documents.verification.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key of the bundle, and from when to when it signed."""

    key: VerifierKey
    is_trusted: bool = False  #: it is the one given, or joined to it by endorsements
    starts_at: datetime | None = None  #: inclusive; None: it follows none
    ends_at: datetime | None = None  #: exclusive; None: none follows it

    def is_in_use(self, instant: datetime) -> bool:
        """Say whether the key signed at an instant."""
        begun = self.starts_at is None or self.starts_at <= instant
        return begun and (self.ends_at is None or instant < self.ends_at)


@dataclass(frozen=True, slots=True)
class Trust:
    """All keys whose signature counts, and others that the bundle knows."""

    keys: tuple[KnownKey, ...]

    def fault_of(self, note: Note, issued_at: datetime) -> str | None:
        """Say what is wrong with the signature of a note, as the end of a sentence, or None."""
        trusted = [each for each in self.keys if each.is_trusted]
        return _fault_among(trusted, note, issued_at)

    def fault_of_linked(self, note: Note, issued_at: datetime) -> str | None:
        """Say the same of a manifest that a trusted one holds by the chain of hashes.

        It may be signed by a key that no endorsement joins to the one that was given.
        """
        return _fault_among(self.keys, note, issued_at)

    def signers_of(self, note: Note) -> tuple[VerifierKey, ...]:
        """Give the keys of which a note has a signature that counts, the trusted ones first."""
        known = sorted(self.keys, key=lambda each: not each.is_trusted)
        return tuple(each.key for each in known if _claims(note, each.key))


def _fault_among(keys: Sequence[KnownKey], note: Note, issued_at: datetime) -> str | None:
    claimed = [each for each in keys if _claims(note, each.key)]
    if not claimed:
        names = ", ".join(f"{each.name}+{each.key_id.hex()}" for each in note.signatures)
        return f"is signed by {names}, which is neither the key that was given nor joined to it"
    for each in claimed:
        if not Verifier(each.key).has_signed(note):
            return f"was changed: the signature of {each.key.name} is not of this text"
        if not each.is_in_use(issued_at):
            return f"is signed by {each.key}, which was not in use when it was issued"
    return None


def _claims(note: Note, key: VerifierKey) -> bool:
    return any(each.is_by(key) for each in note.signatures)


def trust_of(archive: Archive, given: VerifierKey, report: Report) -> Trust:
    """Give the keys whose signature counts: the one given, and all that are joined to it.

    Raises:
        Unreadable: a file of a key is damaged.
    """
    alone = Trust((KnownKey(key=given, is_trusted=True),))
    try:
        lines = tuple(_lines_of(archive))
    except Faults as faults:
        report.found("keys/", f"are not whole: {faults.faults[0]}")
        return alone
    keys = [each.key for line in lines for each in line]
    if given not in keys:
        listed = ", ".join(map(str, keys))
        report.found("--key", f"is {given}, which none of the bundle's keys is: {listed}")
        return alone
    return Trust(
        tuple(
            replace(each, is_trusted=given in {one.key for one in line})
            for line in lines
            for each in line
        )
    )


def _lines_of(archive: Archive) -> Iterator[tuple[KnownKey, ...]]:
    """Give the lines of keys of which each endorses the next; where a key was lost one begins."""
    line: list[KnownKey] = []
    number = 1
    while (name := key_path(number)) in archive.names or number == 1:
        found = _key_from(archive, name)
        if isinstance(found, VerifierKey):
            if line:
                yield tuple(line)
            line = [KnownKey(key=found)]
        else:
            _join(line, found, name)
        number += 1
    yield tuple(line)


def _key_from(archive: Archive, name: str) -> VerifierKey | Endorsement:
    if name not in archive.names:
        raise Faults([Fault(where=name, message="is missing")])
    text = archive.text(name)
    if "\n\n" not in text:
        key = verifier_key_from(text.removesuffix("\n"))
        if text != f"{key}\n":
            raise Faults([Fault(where=name, message="is not the line of a key")])
        return key
    note = note_from(text)
    endorsement = endorsement_from(note.text)
    for key in (endorsement.follows, endorsement.key):
        if not Verifier(key).has_signed(note):
            raise Faults([Fault(where=name, message=f"is not signed by {key}")])
    return endorsement


def _join(line: list[KnownKey], endorsement: Endorsement, name: str) -> None:
    before = line[-1] if line else None
    if before is None or endorsement.follows != before.key:
        message = f"endorses a key to follow {endorsement.follows}, which is not the one before it"
        raise Faults([Fault(where=name, message=message)])
    if before.starts_at is not None and endorsement.starts_at <= before.starts_at:
        raise Faults([Fault(where=name, message="starts before the key that it follows")])
    line[-1] = replace(before, ends_at=endorsement.starts_at)
    line.append(KnownKey(key=endorsement.key, starts_at=endorsement.starts_at))
