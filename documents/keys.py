"""Keys with which documents are signed (Ed25519), and the files that keep the private ones."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from billing_core.faults import Fault, Faults
from billing_core.proof.note import (
    Note,
    Signature,
    VerifierKey,
    note_from,
    private_key_from,
    private_key_text,
    verifier_key_from,
)
from documents.files import written_new

_OTHERS_MAY: Final = 0o077
#: Of a file of root's: what systemd hands a service beside its own account's access.
_CREDENTIAL: Final = 0o440
_ROOT: Final = 0
_LONGEST_FILE: Final = 4096


class SigningKey:
    """The private half of a key. It is in a file of its own and nowhere else."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Make the key of a seed of 32 bytes.

        Raises:
            Faults: for a name that a key cannot have.
        """
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes_raw()
        self.verifier_key = VerifierKey(name=name, public_key=public)

    @classmethod
    def new(cls, name: str) -> Self:
        """Make a key that nobody had before.

        Args:
            name: of who signs, without blanks and "+", best an address without its scheme:
                "quayside.example/invoices".

        Raises:
            Faults: for a name that a key cannot have.
        """
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key from its file.

        Raises:
            Faults: the file is not there, not readable, open to others, or holds no key.
        """
        try:
            with path.open("rb") as opened:
                file = os.fstat(opened.fileno())
                text = opened.read(_LONGEST_FILE).decode("ascii")
        except FileNotFoundError:
            _refuse(path, "is not there: make it with `jobs signing-key new`")
        except OSError as fault:
            _refuse(path, f"cannot be read: {fault.strerror}")
        except UnicodeDecodeError:
            _refuse(path, "holds no signing key")
        if _is_open_to_others(file):
            _refuse(path, f"may be read or changed by others: give `chmod 600 {path}`")
        return cls._of_text(path, text)

    @classmethod
    def _of_text(cls, path: Path, text: str) -> Self:
        try:
            name, key_id, seed = private_key_from(text)
            key = cls(name, seed)
        except Faults as faults:
            _refuse(path, f"holds no signing key: {faults.faults[0].message}")
        if key.verifier_key.key_id != key_id:
            _refuse(path, "holds a key whose id is another's: the file is damaged")
        return key

    def save(self, path: Path) -> None:
        """Write the key to a file that only its owner may read; never over another.

        Raises:
            Faults: there is a file already, or it cannot be written.
        """
        text = private_key_text(self.verifier_key, self._seed)
        try:
            written_new(path, text.encode(), mode=0o600)
        except FileExistsError:
            _refuse(path, "is there already, and no key is written over another")
        except OSError as fault:
            _refuse(path, f"cannot be written: {fault.strerror}")

    def sign(self, text: str) -> Note:
        """Sign a text that ends with a line feed.

        Raises:
            Faults: for a text that a note cannot have.
        """
        return Note(text=text, signatures=(self._signature_of(text),))

    def sign_too(self, note: Note) -> Note:
        """Put this key's signature under those of a note."""
        signatures = (*note.signatures, self._signature_of(note.text))
        return Note(text=note.text, signatures=signatures)

    def _signature_of(self, text: str) -> Signature:
        key = self.verifier_key
        signed = self._private.sign(text.encode())
        return Signature(name=key.name, key_id=key.key_id, signature=signed)


@dataclass(frozen=True, slots=True)
class Verifier:
    """Checks what a key signed."""

    key: VerifierKey

    @classmethod
    def from_text(cls, verifier_key: str) -> Self:
        """Take a verifier key, as it was handed out.

        Raises:
            Faults: in one sentence, where it is none.
        """
        return cls(verifier_key_from(verifier_key))

    def has_signed(self, note: Note) -> bool:
        """Say whether the key signed the note's text; no signature in its name may be false."""
        by_key = [each for each in note.signatures if each.is_by(self.key)]
        return bool(by_key) and all(self._is_true(note.text, each) for each in by_key)

    def verify(self, text: str) -> Note:
        """Take a signed note apart, and make sure that the key signed it.

        Raises:
            Faults: in one sentence, where it is no note, or not signed by the key.
        """
        note = note_from(text)
        if not self.has_signed(note):
            raise Faults([Fault(where="note", message=f"is not signed by {self.key}")])
        return note

    def _is_true(self, text: str, signature: Signature) -> bool:
        try:
            public = Ed25519PublicKey.from_public_bytes(self.key.public_key)
            public.verify(signature.signature, text.encode())
        except InvalidSignature:
            return False
        return True


def _is_open_to_others(file: os.stat_result) -> bool:
    mode = stat.S_IMODE(file.st_mode)
    is_credential = mode == _CREDENTIAL and file.st_uid == file.st_gid == _ROOT
    return bool(mode & _OTHERS_MAY) and not is_credential


def _refuse(path: Path, message: str) -> NoReturn:
    raise Faults([Fault(where=str(path), message=message)]) from None
