"""Keys: what one signs, its public half alone can check."""

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from billing_core.faults import Faults
from documents.keys import SigningKey, Verifier

#: golang.org/x/mod/sumdb/note, BSD licence: the example of its documentation.
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqd"
    "ngotpRZb6KE6RyyBwJnAM=\n"
)


def file_of(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "signing.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_key_signs_as_other_programs_do(tmp_path: Path) -> None:
    key = SigningKey.load(file_of(tmp_path, PRIVATE))
    assert str(key.verifier_key) == KEY
    assert str(key.sign(TEXT)) == NOTE


def test_the_public_half_tells_what_was_signed_from_what_was_not() -> None:
    verifier = Verifier.from_text(KEY)
    assert verifier.verify(NOTE).text == TEXT
    for changed in (NOTE.replace("answer", "Answer"), NOTE.replace("J", "K")):
        with pytest.raises(Faults, match="is not signed by PeterNeumann"):
            verifier.verify(changed)


def test_a_key_of_the_same_name_is_another_key() -> None:
    note = SigningKey.new("PeterNeumann").sign(TEXT)
    assert not Verifier.from_text(KEY).has_signed(note)


def test_a_false_signature_beside_a_true_one_spoils_the_note() -> None:
    key = SigningKey.new("quayside.example/invoices")
    note = key.sign_too(key.sign(TEXT))
    verifier = Verifier(key.verifier_key)
    assert verifier.has_signed(note)
    false = str(note).replace(TEXT, TEXT.upper()).replace("\n\n", "\n\n", 1)
    with pytest.raises(Faults, match="is not signed by"):
        verifier.verify(false)


def test_two_keys_sign_one_text() -> None:
    old, new = SigningKey.new("quayside.example/1"), SigningKey.new("quayside.example/2")
    note = new.sign_too(old.sign(TEXT))
    assert [Verifier(key.verifier_key).has_signed(note) for key in (old, new)] == [True, True]


def test_a_new_key_is_kept_in_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    key, path = SigningKey.new("quayside.example/invoices"), tmp_path / "signing.key"
    key.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load(path).verifier_key == key.verifier_key
    assert [each.name for each in tmp_path.iterdir()] == ["signing.key"]


def test_no_key_is_written_over_another(tmp_path: Path) -> None:
    path = file_of(tmp_path, PRIVATE)
    with pytest.raises(Faults, match="is there already, and no key is written over another"):
        SigningKey.new("quayside.example/invoices").save(path)
    assert path.read_text(encoding="utf-8") == PRIVATE
    assert [each.name for each in tmp_path.iterdir()] == ["signing.key"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="cannot be written: No such file or directory"):
        SigningKey.new("a").save(tmp_path / "gone" / "signing.key")


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        ("", 0o600, "holds no signing key: is not a private key"),
        ("Schlüssel", 0o600, "holds no signing key"),
        (PRIVATE.replace("c74f20a3", "c74f20a4"), 0o600, "whose id is another's"),
        (PRIVATE.replace("AYEK", "AYEL"), 0o600, "whose id is another's"),
        (PRIVATE, 0o640, "may be read or changed by others: give `chmod 600"),
        (PRIVATE, 0o602, "may be read or changed by others: give `chmod 600"),
    ],
)
def test_a_file_that_will_not_do_is_named(
    tmp_path: Path, text: str, mode: int, sentence: str
) -> None:
    path = file_of(tmp_path, text, mode)
    with pytest.raises(Faults, match=sentence) as refused:
        SigningKey.load(path)
    assert str(path) in str(refused.value)
    assert "AYEK" not in str(refused.value)


@pytest.mark.parametrize(("owner", "is_taken"), [(0, True), (1000, False)])
def test_a_file_of_root_may_be_read_by_its_group_as_a_service_is_handed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: int, *, is_taken: bool
) -> None:
    path = file_of(tmp_path, PRIVATE, 0o440)
    told = os.stat_result((0o100440, 1, 1, 1, owner, owner, len(PRIVATE), 0, 0, 0))
    monkeypatch.setattr("documents.keys.os.fstat", lambda _number: told)
    with nullcontext() if is_taken else pytest.raises(Faults, match="may be read or changed"):
        SigningKey.load(path)


def test_a_key_that_is_not_there_is_made_by_a_command(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="make it with `jobs signing-key new`"):
        SigningKey.load(tmp_path / "signing.key")
    with pytest.raises(Faults, match="cannot be read: Is a directory"):
        SigningKey.load(tmp_path)


@pytest.mark.parametrize("name", ["", "Quayside IT", "a+b"])
def test_a_key_has_a_name_that_a_note_can_carry(name: str) -> None:
    with pytest.raises(Faults, match=r"write it like quayside\.example/invoices"):
        SigningKey.new(name)


def test_a_file_without_room_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(Faults, match="cannot be written: No space left on device"):
        SigningKey.new("a").save(tmp_path / "signing.key")
    assert list(tmp_path.iterdir()) == []
