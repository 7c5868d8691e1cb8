"""What a password must be, and how it is stored."""

import pytest

from db.passwords import hash_password, one_time_password, password_faults, password_matches

SHORT = "The password is too short: use at least 12 characters."
LONG = "The password is too long: use at most 128 characters."
BYTES = "The password takes more than 72 bytes: use a shorter one."
HIDDEN = "The password has a character that can't be typed: leave it out."
COMMON = "The password is easy to guess: use words that don't go together."


@pytest.mark.parametrize(
    "password",
    [
        "a quiet harbour at dawn",
        " leading space counts",
        "twelve chars",
        "ünï cödé päss phräse",
        "🦆 duck on the 🛶 lake",
        "v" * 3 + "-nine-lamps-" + "q" * 57,
    ],
)
def test_a_long_uncommon_password_is_accepted_whatever_its_characters(password: str) -> None:
    assert password_faults(password, email="it@harbour.example") == ()


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("", (SHORT, COMMON)),
        ("eight888", (SHORT,)),
        ("lamp on quay"[:11], (SHORT,)),
        ("lantern " * 10, (BYTES,)),
        ("lantern " * 20, (LONG, BYTES)),
        ("lantern " * 1250, (LONG, BYTES)),
        ("a quiet\x00harbour", (HIDDEN,)),
        ("a quiet\nharbour", (HIDDEN,)),
        ("a quiet harbour \ud800", (HIDDEN,)),
        ("passwordpassword", (COMMON,)),
        ("P@ssw0rd1234", (COMMON,)),
        ("Welcome-2026!", (COMMON,)),
        ("correct horse battery staple", (COMMON,)),
        ("123456789012", (COMMON,)),
        ("aaaaaaaaaaaab", (COMMON,)),
        ("qwertyuiop123", (COMMON,)),
        ("1qaz2wsx3edc", (COMMON,)),
        ("q1w2e3r4t5y6", (COMMON,)),
        ("zaq12wsxcde3", (COMMON,)),
        ("adgjmptwadgjmptw", (COMMON,)),
        ("manchesterunited", (COMMON,)),
        ("unbelievable", (COMMON,)),
        ("thunderstorm", (COMMON,)),
        ("christopher1", (COMMON,)),
        ("jessica19871", (COMMON,)),
        ("princess12345", (COMMON,)),
        ("it@harbour.example", (COMMON,)),
        ("harbour-example-1", (COMMON,)),
    ],
)
def test_a_password_is_refused_with_every_reason(password: str, faults: tuple[str, ...]) -> None:
    assert password_faults(password, email="it@harbour.example") == faults


def test_a_very_long_password_is_judged_at_once() -> None:
    assert password_faults("x7" * 500_000) == (LONG, BYTES, COMMON)


def test_a_stored_password_matches_itself_only() -> None:
    stored = hash_password("a quiet harbour at dawn")
    assert stored.startswith("$2b$12$")
    assert password_matches("a quiet harbour at dawn", stored)
    assert not password_matches("a quiet harbour at dusk", stored)
    assert hash_password("a quiet harbour at dawn") != stored


@pytest.mark.parametrize("password", ["", "x" * 73, "é" * 37, "a\x00b", "lone \ud800 half"])
def test_what_bcrypt_cannot_read_is_neither_stored_nor_matched(password: str) -> None:
    stored = hash_password("a quiet harbour at dawn")
    assert not password_matches(password, stored)
    with pytest.raises(ValueError, match="password"):
        hash_password(password)


@pytest.mark.parametrize("stored", [None, ""])
def test_nobody_signs_in_without_a_stored_password(stored: str | None) -> None:
    assert not password_matches("", stored)
    assert not password_matches("a quiet harbour at dawn", stored)


def test_one_time_passwords_are_accepted_and_differ() -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    assert [password_faults(password) for password in sorted(made)[:3]] == [(), (), ()]
    assert all(len(password.replace("-", "")) == 28 for password in made)  # 28 × 4.95 bits
