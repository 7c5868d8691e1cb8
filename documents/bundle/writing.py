"""A bundle as the bytes of a zip file, piece by piece: it is never whole in memory.

The same bundle gives the same bytes. The file's comment is its seal, the SHA-256 of all bytes
before it, so that a byte that went wrong anywhere is noticed.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import IO, Final, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from documents.bundle import paths
from documents.bundle.event_rows import HEADER, EventRow, line_of
from documents.bundle.readme import README
from documents.bundle.value import Bundle, IssuedDocument, KeyRecord

SEAL_WORD: Final = b"sha256 "
SEAL_BYTES: Final = len(SEAL_WORD) + 2 * len(sha256().digest())
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o100644 << 16
_UNIX: Final = 3
_LEVEL: Final = 4
_ROWS_AT_ONCE: Final = 1000


def bundle_bytes(bundle: Bundle) -> Iterator[bytes]:
    """Give a bundle as pieces of a zip file, while its events pass by."""
    sink = _Sink()
    with ZipFile(cast("IO[bytes]", sink), "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.comment = bytes(SEAL_BYTES)
        for name, content in _texts_of(bundle):
            archive.writestr(_entry(name), content.encode(), compresslevel=_LEVEL)
            yield from sink.taken()
        for name, rows in _event_files_of(bundle):
            with archive.open(_entry(name), "w", force_zip64=True) as opened:
                for lines in _in_pieces(rows):
                    opened.write(lines.encode())
                    yield from sink.taken()
    yield from sink.sealed()


def _texts_of(bundle: Bundle) -> Iterator[tuple[str, str]]:
    own = bundle.document
    yield paths.README, README
    yield paths.MANIFEST, own.manifest
    yield paths.DOCUMENT, own.document
    yield paths.RATE_CARD, own.rate_card
    yield paths.BASIS, own.basis
    for number, key in enumerate(bundle.keys, start=1):
        yield paths.key_path(number), _key_text(key)
    for position, manifest in enumerate(bundle.chain, start=1):
        if position != own.position:
            yield paths.chain_path(position), manifest
    for document in bundle.earlier:
        yield from _earlier_texts(document)


def _key_text(key: KeyRecord) -> str:
    return key.endorsement or f"{key.verifier}\n"


def _earlier_texts(document: IssuedDocument) -> Iterator[tuple[str, str]]:
    yield paths.earlier_path(document.position, paths.DOCUMENT), document.document
    yield paths.earlier_path(document.position, paths.RATE_CARD), document.rate_card
    yield paths.earlier_path(document.position, paths.BASIS), document.basis


def _event_files_of(bundle: Bundle) -> Iterator[tuple[str, Iterable[EventRow]]]:
    for key, rows in bundle.sets:
        yield paths.events_path(key.meter, key.billing_period, key.usage_period), rows
    for carried, rows in bundle.carried:
        yield paths.carried_path(carried.meter, carried.into), rows


def _in_pieces(rows: Iterable[EventRow]) -> Iterator[str]:
    lines = [HEADER]
    for row in rows:
        lines.append(line_of(row))
        if len(lines) >= _ROWS_AT_ONCE:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _LONG_AGO)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _READABLE
    return entry


class _Sink:
    """Where the zip file is written to: it hands the bytes on, but for those of the seal."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._hash = sha256()

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what was written is handed on by `taken`."""

    def taken(self) -> Iterator[bytes]:
        if piece := b"".join(self._pieces):
            self._hash.update(piece)
            self._pieces.clear()
            yield piece

    def sealed(self) -> Iterator[bytes]:
        """Give the rest, with the seal where room was left for it."""
        rest = b"".join(self._pieces)[:-SEAL_BYTES]
        self._hash.update(rest)
        yield rest + SEAL_WORD + self._hash.hexdigest().encode()
