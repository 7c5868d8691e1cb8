"""The zip file of a bundle, opened without trust: nothing is unpacked to the disk."""

import codecs
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from documents.bundle.writing import SEAL_BYTES, SEAL_WORD
from documents.verification.report import Unreadable

LONGEST_TEXT: Final = 64 * 1024 * 1024
ALL_TEXTS: Final = 1024 * 1024 * 1024
LONGEST_DIRECTORY: Final = 16 * 1024 * 1024
PIECE: Final = 256 * 1024
_ENCRYPTED: Final = 0x1
_LONGEST_COMMENT: Final = 65_535
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_END_64: Final = b"PK\x06\x06"
_END_64_BYTES: Final = 56
_LOCATOR_BYTES: Final = 20
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_=-]+/)*[A-Za-z0-9_=-]+(?:\.[a-z]+)?")
_BROKEN: Final = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


class Archive:
    """A bundle's files, read as they are asked for."""

    def __init__(self, path: Path, opened: IO[bytes], *, is_known: bool) -> None:
        """Look at the file as a whole; its seal is left out where it is known already.

        Raises:
            Unreadable: it is no zip file, or one that no bundle is.
        """
        self.path = path
        self.is_sealed = is_known or _is_sealed(opened)
        _refuse_large_directory(opened)
        try:
            self._zip = ZipFile(opened)
        except _BROKEN as fault:
            raise Unreadable(f"{path} cannot be read as a zip file: {fault}.") from None
        self._texts_left = ALL_TEXTS
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        _refuse_odd(self._zip.infolist())

    @property
    def names(self) -> frozenset[str]:
        """The names of its files."""
        return frozenset(self._entries)

    def size_of(self, name: str) -> int:
        """How many bytes a file is said to have, unpacked."""
        return self._entries[name].file_size

    def text(self, name: str) -> str:
        """Read a file of text as a whole.

        Raises:
            Unreadable: it is not there, too long, damaged, or not UTF-8.
        """
        if name not in self._entries:
            raise Unreadable(f"{self.path} is no bundle: it holds no {name}.")
        with self._opened(name) as opened:
            content = opened.read(min(LONGEST_TEXT, self._texts_left) + 1)
        self._texts_left -= len(content)
        if len(content) > LONGEST_TEXT or self._texts_left < 0:
            raise Unreadable(f"{name} is longer than any that a bundle has.")
        try:
            return content.decode()
        except UnicodeDecodeError as fault:
            raise Unreadable(f"{name} is not UTF-8 at byte {fault.start}.") from None

    def pieces(self, name: str) -> Iterator[str]:
        """Read a file of text piece by piece.

        Raises:
            Unreadable: it is damaged, or not UTF-8.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        with self._opened(name) as opened:
            try:
                while content := opened.read(PIECE):
                    yield decoder.decode(content)
                yield decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                raise Unreadable(f"{name} is not UTF-8.") from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(name) as opened:
                yield opened
        except UnicodeDecodeError:
            raise
        except _BROKEN as fault:
            raise Unreadable(f"{name} cannot be unpacked: {fault}.") from None


@contextmanager
def opened_archive(path: Path, *, is_known: bool = False) -> Iterator[Archive]:
    """Open a bundle.

    Args:
        path: its file.
        is_known: whether somebody looked at it as a whole before.

    Raises:
        Unreadable: it cannot be opened, or is no bundle.
    """
    try:
        opened = path.open("rb")
    except OSError as fault:
        raise Unreadable(f"{path} cannot be read: {fault.strerror}.") from None
    with opened:
        yield Archive(path, opened, is_known=is_known)


def _is_sealed(opened: IO[bytes]) -> bool:
    """Say whether the file ends with the hash of all that stands before."""
    left = opened.seek(0, 2) - SEAL_BYTES
    opened.seek(0)
    found = sha256()
    while left > 0:
        piece = opened.read(min(left, PIECE))
        found.update(piece)
        left -= len(piece)
    return opened.read() == SEAL_WORD + found.hexdigest().encode()


def _refuse_large_directory(opened: IO[bytes]) -> None:
    """Refuse a list of files that would fill the memory, before it is read."""
    size = opened.seek(0, 2)
    opened.seek(max(0, size - _LONGEST_COMMENT - _END_BYTES - _LOCATOR_BYTES - _END_64_BYTES))
    tail = opened.read()
    opened.seek(0)
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_BYTES:
        raise Unreadable("the file is no zip file, or its end is missing: no bundle.")
    sizes = [struct.unpack_from("<L", tail, end + 12)[0]]
    longer = end - _LOCATOR_BYTES - _END_64_BYTES
    if longer >= 0 and tail.startswith(_END_64, longer):
        sizes.append(struct.unpack_from("<Q", tail, longer + 40)[0])
    if max(sizes) > LONGEST_DIRECTORY:
        raise Unreadable("the file lists more files than a bundle has.")


def _refuse_odd(entries: list[ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if not _NAME.fullmatch(name):
            raise Unreadable(f"the file holds {name[:80]!a}, a name that no bundle has.")
        if name in seen:
            raise Unreadable(f"the file holds {name} twice.")
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise Unreadable(f"{name} is packed in a way that no bundle is.")
        seen.add(name)
