"""Files: named so that no system trips over it, there whole or not at all."""

import os
import re
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final

_PLAIN: Final = re.compile("[a-z0-9][a-z0-9_-]{0,63}")
_DEVICES: Final = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")


def plain_name(code: str) -> str:
    """Give the name of a code in a path: itself, or where it is not plain, "=" and its hash.

    So no code leads out of its folder, and no two share a name, whatever the system.

    >>> plain_name("backup-gb"), plain_name("../x")[:9]
    ('backup-gb', '=d6b96a97')
    """
    if _PLAIN.fullmatch(code) and not _DEVICES.fullmatch(code):
        return code
    return f"={sha256(code.encode()).hexdigest()}"


def written_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is not there yet.

    Raises:
        FileExistsError: it is there already; it stays as it is.
        OSError: it cannot be written; nothing of it is left.
    """
    beside = _written_beside(path, content, mode)
    try:
        os.link(beside, path)  # unlike a rename, it never takes the place of another
    finally:
        beside.unlink()
    _made_lasting(path.parent)


def written(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file in the place of the one before it: who reads it sees the one or the other.

    Raises:
        OSError: it cannot be written; the one before it stays.
    """
    beside = _written_beside(path, content, mode)
    try:
        beside.replace(path)
    except OSError:
        beside.unlink()
        raise
    _made_lasting(path.parent)


def _written_beside(path: Path, content: bytes, mode: int) -> Path:
    beside = path.with_name(f".{token_hex(8)}")
    number = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(number)
    except OSError:
        beside.unlink()
        raise
    return beside


def _made_lasting(folder: Path) -> None:
    """Have the folder itself written: without this a new name may be gone after a power cut."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
