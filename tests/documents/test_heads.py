"""Heads: what the newest document of each client was, told by files outside the database."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from billing_core.faults import Faults
from billing_core.invoicing.document import DocumentKind
from billing_core.proof import Manifest, manifest_hash, manifest_text
from billing_core.proof.note import Note
from documents.heads import Head, HeadState, head_path, read_head, state_of, write_head
from documents.keys import SigningKey

KEY = SigningKey.new("quayside.example/invoices")


def signed(position: int, previous: bytes | None = None, client: str = "harbour") -> Note:
    manifest = Manifest(
        issuer="Quayside IT B.V.",
        client=client,
        number=f"HARB-2026-{position:04}",
        kind=DocumentKind.INVOICE,
        billing_period="2026-10",
        issued_at=datetime(2026, 11, 4, tzinfo=UTC),
        currency="EUR",
        gross=Decimal("100.00"),
        position=position,
        previous=previous,
        document_hash=bytes(32),
        rate_card_hash=bytes(32),
        basis_hash=bytes(32),
        evidence=(),
        exclusions=(),
        carried=(),
    )
    return KEY.sign(manifest_text(manifest))


FIRST = signed(1)
SECOND = signed(2, manifest_hash(FIRST.text))


def head(folder: Path) -> Head:
    found = read_head(folder, "harbour")
    assert found is not None
    return found


def test_a_head_is_the_newest_manifest_as_it_was_signed(tmp_path: Path) -> None:
    write_head(tmp_path / "heads", FIRST)
    write_head(tmp_path / "heads", SECOND)
    assert (tmp_path / "heads" / "harbour.note").read_text(encoding="utf-8") == str(SECOND)
    assert [each.name for each in (tmp_path / "heads").iterdir()] == ["harbour.note"]
    found = head(tmp_path / "heads")
    assert (found.manifest.number, found.hash) == ("HARB-2026-0002", manifest_hash(SECOND.text))


def test_a_client_without_documents_has_no_head(tmp_path: Path) -> None:
    assert read_head(tmp_path, "harbour") is None
    assert state_of(None, {}) is HeadState.SAME


def test_the_same_head_again_changes_nothing(tmp_path: Path) -> None:
    write_head(tmp_path, FIRST)
    before = (tmp_path / "harbour.note").stat()
    write_head(tmp_path, KEY.sign(FIRST.text))
    after = (tmp_path / "harbour.note").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("note", [FIRST, signed(2, bytes(32)), signed(3, bytes(32))])
def test_a_head_is_never_taken_back_or_put_beside(tmp_path: Path, note: Note) -> None:
    write_head(tmp_path, FIRST)
    write_head(tmp_path, SECOND)
    third = signed(3, manifest_hash(SECOND.text))
    with pytest.raises(Faults, match="HARB-2026-0002 in place 2 of the chain, and HARB-2026-000"):
        write_head(tmp_path, note)
    assert head(tmp_path).note == SECOND
    write_head(tmp_path, third)


def test_a_head_that_was_not_written_is_passed_over(tmp_path: Path) -> None:
    write_head(tmp_path, FIRST)
    write_head(tmp_path, signed(3, bytes(32)))
    assert head(tmp_path).manifest.position == 3


def test_a_database_is_told_from_its_heads(tmp_path: Path) -> None:
    write_head(tmp_path, FIRST)
    write_head(tmp_path, SECOND)
    found = head(tmp_path)
    first, second = manifest_hash(FIRST.text), manifest_hash(SECOND.text)
    assert state_of(found, {1: first, 2: second}) is HeadState.SAME
    assert state_of(found, {2: second, 3: bytes(32)}) is HeadState.AHEAD
    assert state_of(found, {1: first}) is HeadState.BEHIND
    assert state_of(found, {}) is HeadState.BEHIND
    assert state_of(found, {1: first, 2: first}) is HeadState.FORKED
    assert state_of(found, {2: first, 3: second}) is HeadState.FORKED
    assert state_of(None, {1: first}) is HeadState.MISSING


def test_no_slug_leads_out_of_the_folder(tmp_path: Path) -> None:
    slugs = ["..", "../harbour", "/etc/harbour", "Harbour", "härbour", "a" * 65, "NUL.txt"]
    paths = [head_path(tmp_path, slug) for slug in slugs]
    assert {path.parent for path in paths} == {tmp_path}
    assert all(len(path.name) == 70 and path.name.startswith("=") for path in paths)
    assert len(set(paths)) == len(slugs)
    write_head(tmp_path, signed(1, client="../harbour"))
    found = read_head(tmp_path, "../harbour")
    assert found is not None
    assert found.manifest.client == "../harbour"


def test_a_file_that_is_no_head_is_named(tmp_path: Path) -> None:
    path = tmp_path / "harbour.note"
    for content, sentence in (
        (b"", "holds no head: note: is not a text"),
        (str(KEY.sign("Hello.\n")).encode(), "holds no head: manifest: is not the text of"),
        (str(signed(1, client="kestrel")).encode(), "is the head of kestrel, not of harbour"),
        (b"\xff", "cannot be read"),
    ):
        path.write_bytes(content)
        with pytest.raises(Faults, match=sentence) as refused:
            read_head(tmp_path, "harbour")
        assert str(path) in str(refused.value)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "heads").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(Faults, match=r"harbour\.note: cannot be"):
        write_head(tmp_path / "heads", FIRST)
