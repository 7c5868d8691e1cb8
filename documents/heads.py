"""Head files: for each client the newest manifest of its chain, kept outside the database.

A database that is restored to an earlier state forgets documents that were issued; its heads
don't. So they belong on another disk than the database, best on another machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from billing_core.faults import Fault, Faults
from billing_core.proof import Manifest, manifest_from, manifest_hash
from billing_core.proof.note import LONGEST_NOTE, Note, note_from
from documents.files import plain_name, written


class HeadState(StrEnum):
    """How a client's head stands to its documents in the database."""

    SAME = "same"
    MISSING = "missing"  #: there are documents and no head: the folder is new, or was emptied
    AHEAD = "ahead"  #: the database has newer documents: a head was not written
    BEHIND = "behind"  #: the database lacks documents that were issued: it was restored
    FORKED = "forked"  #: the database has another document in the head's place


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest manifest of a client's chain, as its file has it. The signature is unchecked."""

    note: Note
    manifest: Manifest

    @property
    def hash(self) -> bytes:
        """The manifest's hash."""
        return manifest_hash(self.note.text)


def head_path(folder: Path, client: str) -> Path:
    """Give the file of a client's head: by its slug, or where that is no plain name by its hash."""
    return folder / f"{plain_name(client)}.note"


def head_from(text: str, where: str) -> Head:
    """Take a head apart.

    Args:
        text: of its file.
        where: what to call it where it is wrong.

    Raises:
        Faults: it is no signed manifest.
    """
    try:
        note = note_from(text)
        return Head(note=note, manifest=manifest_from(note.text))
    except Faults as faults:
        _refuse(where, f"holds no head: {faults.faults[0]}")


def read_head(folder: Path, client: str) -> Head | None:
    """Read a client's head; None where it has none.

    Raises:
        Faults: its file cannot be read, or holds no head of this client.
    """
    path = head_path(folder, client)
    head = head_in(path) if path.exists() else None
    if head is not None and head.manifest.client != client:
        _refuse(str(path), f"is the head of {head.manifest.client}, not of {client}")
    return head


def head_files(folder: Path) -> tuple[Path, ...]:
    """Give the files of all heads that are there; none where there is no folder."""
    return tuple(sorted(folder.glob("*.note")))


def head_in(path: Path) -> Head:
    """Read the head that a file holds.

    Raises:
        Faults: it cannot be read, or holds none.
    """
    try:
        with path.open("rb") as opened:
            text = opened.read(LONGEST_NOTE).decode()
    except (OSError, UnicodeDecodeError) as fault:
        _refuse(str(path), f"cannot be read: {fault}")
    return head_from(text, str(path))


def write_head(folder: Path, note: Note) -> None:
    """Keep a signed manifest as its client's head, in the place of the one before it.

    The same one again changes nothing.

    Raises:
        Faults: the head there is newer, or another document's in the same place, or the chain does
            not go on from it; it stays. Or the file cannot be written.
    """
    new = Head(note=note, manifest=manifest_from(note.text))
    client = new.manifest.client
    old = read_head(folder, client)
    if old is not None and old.note.text == note.text:
        return
    if old is not None and not _goes_on(old, new):
        sentence = (
            f"has {old.manifest.number} in place {old.manifest.position} of the chain, and "
            f"{new.manifest.number} in place {new.manifest.position} does not follow it"
        )
        _refuse(str(head_path(folder, client)), sentence)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written(head_path(folder, client), str(note).encode())
    except OSError as fault:
        _refuse(str(head_path(folder, client)), f"cannot be written: {fault.strerror}")


def _goes_on(old: Head, new: Head) -> bool:
    """Say whether a head may take another's place. Heads that were never written leave a hole."""
    steps = new.manifest.position - old.manifest.position
    return steps > 1 or (steps == 1 and new.manifest.previous == old.hash)


def state_of(head: Head | None, chain: Mapping[int, bytes]) -> HeadState:
    """Compare a client's head with its documents.

    Args:
        head: as `read_head` gives it.
        chain: hash of the manifest by place in the chain; the newest, and that in the head's place
            where there is one, are enough.
    """
    newest = max(chain, default=0)
    if head is None:
        return HeadState.MISSING if newest else HeadState.SAME
    if head.manifest.position > newest:
        return HeadState.BEHIND
    if chain.get(head.manifest.position) != head.hash:
        return HeadState.FORKED
    return HeadState.AHEAD if head.manifest.position < newest else HeadState.SAME


def _refuse(where: str, message: str) -> NoReturn:
    raise Faults([Fault(where=where, message=message)]) from None
