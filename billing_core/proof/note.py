"""Signed notes (https://c2sp.org/signed-note): a text, a blank line, a line for each signature.

Their form only: who signs and who checks is elsewhere. A key is named by its name and its id, the
first four bytes of SHA-256 over name, line feed, 0x01 (for Ed25519) and the public key.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NoReturn

from billing_core.faults import Fault, Faults, faults_if, refuse

LONGEST_NOTE: Final = 64 * 1024 * 1024
MOST_SIGNATURES: Final = 16
KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 4
_ED25519: Final = b"\x01"
_SIGNED_BY: Final = "— "
_KEY_ID: Final = re.compile("[0-9a-f]{8}")
_PRIVATE: Final = "PRIVATE+KEY+"
_PRIVATE_KEY: Final = re.compile(
    r"PRIVATE\+KEY\+(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<seed>[A-Za-z0-9+/=]+)\n?"
)
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """The public half of a key: all that is needed to check what it signed."""

    name: str  #: of who signs, without blanks and "+": "quayside.example/invoices"
    public_key: bytes  #: Ed25519

    def __post_init__(self) -> None:
        refuse(_key_faults(self))

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell it from other keys of the same name."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public_key
        return sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as it is handed out: name, id and key, joined by "+"."""
        key = b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature under a note, unchecked."""

    name: str  #: of the key
    key_id: bytes
    signature: bytes

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether it claims to be of a key; whether it is, only the key can tell."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text, and who is said to have signed it."""

    text: str  #: ends with a line feed; this is what is signed, as UTF-8
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        refuse(_note_faults(self))

    def __str__(self) -> str:
        """The whole note."""
        return f"{self.text}\n{''.join(map(_line_of, self.signatures))}"


def verifier_key_from(text: str) -> VerifierKey:
    """Read a verifier key, as clients are handed it.

    Raises:
        Faults: in one sentence, where it is none, or a sign of it is wrong.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    kind_and_key = _decoded(encoded)
    if not _KEY_ID.fullmatch(key_id) or not kind_and_key:
        _refuse("key", "is not a verifier key: write it like name+0a1b2c3d+AQ…, as it was given")
    if kind_and_key[:1] != _ED25519:
        _refuse("key", "is not an Ed25519 key; no other kind signs here")
    key = VerifierKey(name=name, public_key=kind_and_key[1:])
    if key.key_id.hex() != key_id:
        _refuse("key", f"has the id {key_id}, but its name and key make {key.key_id.hex()}")
    return key


def private_key_text(key: VerifierKey, seed: bytes) -> str:
    """Write a private key as Go's sumdb/note does: one line, with its name and id."""
    encoded = b64encode(_ED25519 + seed).decode()
    return f"{_PRIVATE}{key.name}+{key.key_id.hex()}+{encoded}\n"


def private_key_from(text: str) -> tuple[str, bytes, bytes]:
    """Read a private key: its name, its id, and the seed of 32 bytes.

    Raises:
        Faults: in one sentence, where it is none. It says nothing of what stands there.
    """
    found = _PRIVATE_KEY.fullmatch(text)
    seed = _decoded(found["seed"]) if found else None
    if found is None or seed is None or (seed[:1], len(seed)) != (_ED25519, 1 + KEY_BYTES):
        _refuse("key", "is not a private key, PRIVATE+KEY+name+id+…, on one line")
    return found["name"], bytes.fromhex(found["id"]), seed[1:]


def note_from(text: str) -> Note:
    """Take a note apart; no signature is checked.

    Raises:
        Faults: in one sentence, where it is no signed note, byte for byte.
    """
    if len(text) > LONGEST_NOTE:
        _refuse("note", f"has more than {LONGEST_NOTE} characters")
    if "\r" in text:
        _refuse("note", "has Windows line ends (CR LF): its bytes were changed on the way")
    signed, blank, lines = text.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        _refuse("note", "is not a text, a blank line and lines of signatures")
    signatures = tuple(map(_signature_from, lines[:-1].split("\n")))
    return Note(text=f"{signed}\n", signatures=signatures)


def _signature_from(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_SIGNED_BY).partition(" ")
    found = _decoded(encoded)
    is_one = line.startswith(_SIGNED_BY) and _is_name(name)
    if not is_one or found is None or len(found) <= _KEY_ID_BYTES:
        _refuse("note", "has a line after its text that is no signature")
    return Signature(name=name, key_id=found[:_KEY_ID_BYTES], signature=found[_KEY_ID_BYTES:])


def _line_of(signature: Signature) -> str:
    encoded = b64encode(signature.key_id + signature.signature).decode()
    return f"{_SIGNED_BY}{signature.name} {encoded}\n"


def _decoded(text: str) -> bytes | None:
    """Read base64 of which there is but one form: also the bits beyond the last byte are 0."""
    try:
        found = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if b64encode(found).decode() == text else None


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(sign.isspace() for sign in name)


def _key_faults(key: VerifierKey) -> Iterator[Fault]:
    name = "is empty or has a blank or a +: write it like quayside.example/invoices"
    return iter(
        faults_if(
            [
                (not _is_name(key.name), "key name", name),
                (bool(_CONTROL.search(key.name)), "key name", "has a control character"),
                (len(key.public_key) != KEY_BYTES, "key", "is not an Ed25519 key of 32 bytes"),
            ]
        )
    )


def _note_faults(note: Note) -> Iterator[Fault]:
    count, text = len(note.signatures), note.text
    return iter(
        faults_if(
            [
                (not text.endswith("\n"), "note", "has a text without a line feed at its end"),
                (bool(_CONTROL.search(text)), "note", "has a control character"),
                (not 0 < count <= MOST_SIGNATURES, "note", "has no signature, or more than 16"),
            ]
        )
    )


def _refuse(where: str, message: str) -> NoReturn:
    raise Faults([Fault(where=where, message=message)])
