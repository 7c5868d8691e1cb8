"""Signed notes as C2SP has them: their form, held against the note that Go publishes."""

import pytest

from billing_core.faults import Faults
from billing_core.proof.note import (
    MOST_SIGNATURES,
    Note,
    Signature,
    VerifierKey,
    note_from,
    private_key_from,
    private_key_text,
    verifier_key_from,
)

#: golang.org/x/mod/sumdb/note, BSD licence: the example of its documentation.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
    "RZb6KE6RyyBwJnAM=\n"
)
NOTE = f"{TEXT}\n{LINE}"


def test_a_key_says_its_name_its_id_and_itself() -> None:
    key = verifier_key_from(KEY)
    assert (key.name, key.key_id.hex()) == ("PeterNeumann", "c74f20a3")
    assert str(key) == KEY


def test_a_note_is_its_text_and_its_signatures() -> None:
    note = note_from(NOTE)
    assert note.text == TEXT
    (signature,) = note.signatures
    assert signature.is_by(verifier_key_from(KEY))
    assert len(signature.signature) == 64
    assert str(note) == NOTE


def test_the_last_empty_line_ends_the_text() -> None:
    assert note_from(f"one\n\ntwo\n\n{LINE}").text == "one\n\ntwo\n"


def test_signatures_of_keys_that_nobody_knows_are_kept_and_left_alone() -> None:
    witness = "— witness.example/w AAAAAQECAwQFBgcICQ==\n"
    note = note_from(NOTE + witness)
    assert [each.name for each in note.signatures] == ["PeterNeumann", "witness.example/w"]
    assert str(note) == NOTE + witness


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (NOTE.replace("\n", "\r\n"), "has Windows line ends"),
        (TEXT, "is not a text, a blank line and lines of signatures"),
        (NOTE[:-1], "is not a text, a blank line and lines of signatures"),
        (f"{TEXT}\n", "is not a text, a blank line and lines of signatures"),
        (NOTE.replace("— P", "- P"), "no signature"),
        (NOTE.replace("— PeterNeumann", "— "), "no signature"),
        (NOTE.replace("PeterNeumann", "Peter+Neumann"), "no signature"),
        (NOTE.replace("x08go", "x08g!"), "no signature"),
        # the last letter has four bits beyond the last byte; "M" has none of them set, "N" one
        (NOTE.replace("JnAM=", "JnAN="), "no signature"),
        (f"{TEXT}\n— PeterNeumann x08gow==\n", "no signature"),
        (f"a\tb\n\n{LINE}", "has a control character"),
        (NOTE + LINE * MOST_SIGNATURES, "has no signature, or more than 16"),
    ],
)
def test_what_is_no_note_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Faults, match=sentence) as refused:
        note_from(text)
    assert len(refused.value.faults) == 1


def test_a_note_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing_core.proof.note.LONGEST_NOTE", 100)
    with pytest.raises(Faults, match="has more than 100 characters"):
        note_from(NOTE)


def test_a_text_without_its_line_feed_makes_no_note() -> None:
    signature = Signature(name="a", key_id=bytes(4), signature=bytes(64))
    with pytest.raises(Faults, match="without a line feed at its end"):
        Note(text="a", signatures=(signature,))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a verifier key"),
        ("PeterNeumann+c74f20a3", "is not a verifier key"),
        (KEY.replace("c74f20a3", "C74F20A3"), "is not a verifier key"),
        (KEY.replace("ARpc", "AR c"), "is not a verifier key"),
        (KEY.replace("ARpc", "Ahpc"), "is not an Ed25519 key"),
        (KEY.replace("ARpc", "ARpd"), "has the id c74f20a3, but its name and key make"),
        (KEY.replace("Peter", "Piet"), "has the id c74f20a3, but its name and key make"),
        (KEY[:-4], "is not an Ed25519 key of 32 bytes"),
        (f"Peter {KEY}", "has a blank or a"),
        (KEY[12:], "is empty or has a blank"),
    ],
)
def test_what_is_no_key_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(Faults, match=sentence):
        verifier_key_from(text)


def test_a_key_has_no_control_character_in_its_name() -> None:
    with pytest.raises(Faults, match="key name: has a control character"):
        VerifierKey(name="a\x01", public_key=bytes(32))


def test_a_private_key_is_one_line_with_its_name_and_id() -> None:
    name, key_id, seed = private_key_from(PRIVATE)
    assert (name, key_id.hex(), len(seed)) == ("PeterNeumann", "c74f20a3", 32)
    assert private_key_text(verifier_key_from(KEY), seed) == PRIVATE


@pytest.mark.parametrize("text", ["", KEY, PRIVATE[:-6], PRIVATE.replace("AYEK", "AoEK"), "\n"])
def test_what_is_no_private_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(Faults) as refused:
        private_key_from(text)
    assert str(refused.value) == "key: is not a private key, PRIVATE+KEY+name+id+…, on one line"
