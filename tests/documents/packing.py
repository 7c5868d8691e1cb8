"""Bundles taken apart and put together again, as somebody would who knows the format."""

import io
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from billing_core.proof.note import VerifierKey
from documents.bundle import Bundle, bundle_bytes
from documents.bundle.writing import SEAL_BYTES, SEAL_WORD
from documents.heads import Head
from documents.verification import Report, verify_bundle


def packed(bundle: Bundle) -> bytes:
    return b"".join(bundle_bytes(bundle))


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: Mapping[str, bytes]) -> bytes:
    """The files in a bundle with a true seal, as somebody who knows the format would make it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = bytes(SEAL_BYTES)
    return sealed(sink.getvalue())


def sealed(content: bytes) -> bytes:
    before = content[:-SEAL_BYTES]
    return before + SEAL_WORD + sha256(before).hexdigest().encode()


def written(folder: Path, content: bytes) -> Path:
    path = folder / "bundle.zip"
    path.write_bytes(content)
    return path


def checked(folder: Path, content: bytes, key: VerifierKey, head: Head | None = None) -> Report:
    return verify_bundle(written(folder, content), key, head)


def found_in(folder: Path, files: Mapping[str, bytes], key: VerifierKey) -> list[str]:
    """What is found of files that were put together again."""
    report = checked(folder, repacked(files), key)
    assert report.is_valid is not bool(report.findings)
    return list(map(str, report.findings))
