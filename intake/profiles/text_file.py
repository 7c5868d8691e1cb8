"""The file itself: looked through once before anything of it is stored, then opened to be read."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from intake.profiles.refusals import FileRefused

CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
MARK = codecs.BOM_UTF8
WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file that was found to be whole UTF-8 text."""

    path: Path
    size: int  #: bytes on disk
    sha256: str  #: of the bytes on disk, hexadecimal
    compressed: bool


def look_through(path: Path) -> TextFile:
    """Read the whole file once: its hash, and that all of it is UTF-8 text.

    Raises:
        FileRefused: if it can't be read, is empty, or isn't UTF-8 (with the byte's offset).
    """
    try:
        return _looked_through(path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileRefused(f"{path.name}: the gzip file is damaged ({error})") from None
    except OSError as error:
        raise FileRefused(f"{path}: can't be read ({error.strerror or error})") from None


@contextmanager
def opened(file: TextFile) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file: its text as bytes, and the raw file, whose `tell()` is the progress."""
    with file.path.open("rb") as raw:
        if not file.compressed:
            yield raw, raw
            return
        with gzip.GzipFile(fileobj=raw) as text:
            yield cast("IO[bytes]", text), raw


def _looked_through(path: Path) -> TextFile:
    size = path.stat().st_size
    with path.open("rb") as raw:
        compressed = raw.read(2) == GZIP
        raw.seek(0)
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    file = TextFile(path=path, size=size, sha256=digest, compressed=compressed)
    with opened(file) as (text, _):
        _check_text(text, path.name)
    return file


def _check_text(text: IO[bytes], name: str) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    for chunk in iter(lambda: text.read(CHUNK), b""):
        if offset == 0 and chunk.startswith(WIDE_MARKS):
            raise FileRefused(f"{name}: this is UTF-16; save it as UTF-8")
        if b"\0" in chunk:
            at = offset + chunk.index(b"\0")
            raise FileRefused(f"{name}: NUL byte at offset {at}; this is not UTF-8 text")
        _decode(decoder, chunk, offset, name)
        offset += len(chunk)
    _decode(decoder, b"", offset, name, final=True)
    if offset == 0:
        raise FileRefused(f"{name}: the file is empty")


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, offset: int, name: str, *, final: bool = False
) -> None:
    held = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        at = offset - held + error.start
        byte = error.object[error.start]
        message = f"{name}: byte 0x{byte:02X} at offset {at} is not UTF-8; save the file as UTF-8"
        raise FileRefused(message) from None


@contextmanager
def text_lines(text: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    """The text decoded, without its byte order mark, its line ends as they are.

    The bytes stay open: whoever opened them closes them.
    """
    lines = io.TextIOWrapper(text, encoding="utf-8-sig", newline="")
    try:
        yield lines
    finally:
        lines.detach()
