"""What is no bundle is refused in one sentence, and costs neither memory nor time."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from documents.bundle.event_rows import HEADER
from documents.bundle.writing import SEAL_BYTES
from documents.verification import Unreadable, verify_bundle
from documents.verification import archive as archives
from tests.documents.packing import checked, files_of, packed, repacked, sealed
from tests.documents.worked import KEY, one_month

KEY_ITSELF = KEY.verifier_key
CALLS = "events/calls/2026-10/2026-10.csv"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return files_of(packed(one_month().bundle()))


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        checked(folder, content, KEY_ITSELF)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def refusal_of(folder: Path, files: Mapping[str, bytes]) -> str:
    return refusal(folder, repacked(files))


def zipped(**entries: bytes) -> bytes:
    """A sealed zip file of entries whose names may be odd."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.comment = bytes(SEAL_BYTES)
    return sealed(sink.getvalue())


def test_a_file_that_is_not_there_or_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path, why in (
        (tmp_path / "gone.zip", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(Unreadable, match=f"cannot be read: {why}"):
            verify_bundle(path, KEY_ITSELF)


@pytest.mark.parametrize("content", [b"", b"PK", b"%PDF-1.7", bytes(100_000), b"PK\x05\x06"])
def test_what_is_no_zip_file_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    expected = "the file is no zip file, or its end is missing: no bundle."
    assert refusal(tmp_path, content) == expected


def test_a_bundle_that_was_cut_off_is_none(tmp_path: Path, files: dict[str, bytes]) -> None:
    whole = repacked(files)
    for length in range(0, len(whole) - SEAL_BYTES - 1, 97):
        assert "no bundle" in refusal(tmp_path, whole[:length])


def test_another_zip_file_is_no_bundle(tmp_path: Path) -> None:
    content = zipped(**{"letter.txt": b"Dear all"})
    assert refusal(tmp_path, content).endswith("is no bundle: it holds no manifest.txt.")


@pytest.mark.parametrize(
    "name",
    ["../manifest.txt", "/etc/passwd", "events/../../x.csv", "C:/x.txt", "a\\b.txt", "a/", "é.txt"],
)
def test_no_name_leads_out_of_the_bundle(
    tmp_path: Path, files: dict[str, bytes], name: str
) -> None:
    assert "a name that no bundle has" in refusal_of(tmp_path, {**files, name: b"x"})


def test_a_name_that_stands_twice_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("manifest.txt", files["manifest.txt"])
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("manifest.txt", files["manifest.txt"])
        archive.comment = bytes(SEAL_BYTES)
    assert refusal(tmp_path, sealed(sink.getvalue())) == "the file holds manifest.txt twice."


def test_other_ways_of_packing_are_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("manifest.txt", files["manifest.txt"])
        archive.comment = bytes(SEAL_BYTES)
    expected = "manifest.txt is packed in a way that no bundle is."
    assert refusal(tmp_path, sealed(sink.getvalue())) == expected


def test_an_encrypted_file_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    content = bytearray(repacked({"manifest.txt": files["manifest.txt"]}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    expected = "manifest.txt is packed in a way that no bundle is."
    assert refusal(tmp_path, sealed(bytes(content))) == expected


def test_a_text_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LONGEST_TEXT", 100_000)
    bomb = {**files, "document.json": bytes(10_000_000)}
    assert len(repacked(bomb)) < 30_000
    assert refusal_of(tmp_path, bomb) == "document.json is longer than any that a bundle has."


def test_many_texts_that_unpack_to_too_much_are_not_all_unpacked(
    tmp_path: Path, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALL_TEXTS", 100_000)
    bombs = {f"chain/{place:06}.txt": bytes(30_000) for place in range(2, 10)}
    assert "is longer than any that a bundle has" in refusal_of(tmp_path, {**files, **bombs})


def test_rows_that_unpack_to_too_much_are_not_unpacked(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    for content in (
        bytes(10_000_000),
        HEADER.encode() + b"x" * 10_000_000,
        HEADER.encode() + b'"' + b"x\n" * 5_000_000,
    ):
        refused = refusal_of(tmp_path, {**files, CALLS: content})
        assert refused == f"{CALLS} has a row of more than 65536 characters."


def test_rows_beyond_those_that_were_signed_are_not_read(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    row = files["events/backup/2026-10/2026-10.csv"].splitlines(keepends=True)[1]
    bomb = {**files, CALLS: HEADER.encode() + row * 100_000}
    report = checked(tmp_path, repacked(bomb), KEY_ITSELF)
    assert f"{CALLS} row 4 is one more than the document was made from" in map(str, report.findings)


def test_a_list_of_files_that_would_fill_the_memory_is_not_read(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    content = bytearray(repacked(files))
    end = len(content) - SEAL_BYTES - 22
    struct.pack_into("<L", content, end + 12, 0xFFFFFFF0)
    expected = "the file lists more files than a bundle has."
    assert refusal(tmp_path, sealed(bytes(content))) == expected
    longer = (
        bytes(content[:end])
        + b"PK\x06\x06"
        + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    )
    longer += b"PK\x06\x07" + struct.pack("<LQL", 0, end, 1)
    assert refusal(tmp_path, sealed(longer + repacked(files)[end:])) == expected


@pytest.mark.parametrize("name", ["manifest.txt", "document.json", "chain/000002.txt", CALLS])
def test_what_is_not_utf_8_is_refused(tmp_path: Path, files: dict[str, bytes], name: str) -> None:
    content = files.get(name, b"") + "é".encode("latin-1")
    assert refusal_of(tmp_path, {**files, name: content}).startswith(f"{name} is not UTF-8")
    cut_off = files.get(name, b"") + "é".encode()[:1]
    assert refusal_of(tmp_path, {**files, name: cut_off}).startswith(f"{name} is not UTF-8")


def test_a_damaged_file_is_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    content = bytearray(repacked(files))
    content[content.find(b"document.json") + 60] ^= 0xFF
    assert refusal(tmp_path, sealed(bytes(content))).startswith("document.json cannot be unpacked")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("document.json", b"[" * 100_000),
        ("document.json", b"{}"),
        ("document.json", b"9" * 10_000),
        ("basis.json", b'{"meters":[],"tax_rates":[],"meters":[]}'),
        ("rate_card.json", b"null"),
    ],
)
def test_json_that_is_none_of_ours_is_found(
    tmp_path: Path, files: dict[str, bytes], name: str, content: bytes
) -> None:
    report = checked(tmp_path, repacked({**files, name: content}), KEY_ITSELF)
    found = [str(each) for each in report.findings]
    assert found[0] == f"{name} is not the file that was signed"


def test_a_quantity_that_would_fill_the_memory_is_none(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    for quantity in (b"1E+999999999", b"NaN", b"Infinity", b"-0", b"060", b"1_000"):
        content = files[CALLS].replace(b",60,vm-1", b"," + quantity + b",vm-1")
        report = checked(tmp_path, repacked({**files, CALLS: content}), KEY_ITSELF)
        assert any("has a quantity or an instant that is none" in str(x) for x in report.findings)
    for instant in (b"2026-10-13T10:00:00.0000000", b"2026-10-13T25:00:00.000000Z"):
        content = files[CALLS].replace(b"2026-10-13T10:00:00.000000Z", instant)
        report = checked(tmp_path, repacked({**files, CALLS: content}), KEY_ITSELF)
        assert any("instant that is none" in str(x) for x in report.findings)
