"""Passwords: what is accepted, how it is stored, how a one-time password is made.

Stored is bcrypt over the password's UTF-8 bytes as they are, which is what the sign-in form
checks. bcrypt reads 72 bytes at most, so that a longer password is refused rather than cut.
"""

import re
import secrets
import unicodedata
from typing import Final

import bcrypt

#: Shortest and longest password, in characters.
SHORTEST: Final = 12
LONGEST: Final = 128
#: The most that bcrypt reads, in bytes.
MOST_BYTES: Final = 72
#: bcrypt's work factor: the logarithm of its rounds.
COST: Final = 12

_ONE_TIME_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_LEET: Final = str.maketrans("0134578@$!", "oleastbasi")
_COMMON_TEXT: Final = """
a aa aaa abc abcd abcde abcdef access admin administrator alpha apple april asdf asdfg asdfgh
asdfghjkl august autumn baseball batman battery bitte changeit changeme cheese chelsea chocolate
company computer correct daniel december default demo dragon facebook fall february flower
football freedom friday geheim god google guest hallo hello horse house iloveyou internet
invoice january jesus jordan july june killer letme letmein liverpool login love lovely manager
march master may meterglass michael mickey microsoft monday money monkey monster mustang my new
november october office oktober one orange pass passwd password passwort people pepper please
portal princess purple qazwsx qwer qwert qwerty qwertyuiop qwertz root samsung saturday secret
security september service shadow soccer sommer spring staple starwars start summer sunday
sunshine super superman support system temp temporary test testing the thursday trustno tuesday
two user wachtwoord wednesday welcome welkom whatever willkommen winter word x xx xxx yellow you
zxcv zxcvb zxcvbn zxcvbnm
"""
_COMMON_WORDS: Final = frozenset(_COMMON_TEXT.split())
_FEWEST_CHARACTERS: Final = 5
#: Of zxcvbn's four: from three on, more than 100 million guesses are needed.
_FEWEST_POINTS: Final = 3


def password_faults(password: str, *, email: str = "") -> tuple[str, ...]:
    """Why a password is refused, a sentence each; empty where it is accepted.

    Length counts, classes of characters don't: `a quiet harbour at dawn` is accepted,
    `Welcome2026!!` is not.
    """
    checks = (
        (
            len(password) < SHORTEST,
            f"The password is too short: use at least {SHORTEST} characters.",
        ),
        (len(password) > LONGEST, f"The password is too long: use at most {LONGEST} characters."),
        (
            _too_many_bytes(password),
            f"The password takes more than {MOST_BYTES} bytes: use a shorter one.",
        ),
        (
            not password.isprintable(),
            "The password has a character that can't be typed: leave it out.",
        ),
        (
            _is_common(password, email),
            "The password is easy to guess: use words that don't go together.",
        ),
    )
    return tuple(sentence for wrong, sentence in checks if wrong)


def hash_password(password: str) -> str:
    """The bcrypt hash to store.

    Raises:
        ValueError: when the password can't be stored at all.
    """
    if not password or _is_unreadable(password):
        raise ValueError(next(iter(password_faults(password)), "The password is empty."))
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(COST)).decode("ascii")


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether a password belongs to a stored hash; never for an unset one."""
    if not password_hash or _is_unreadable(password):
        return False
    return bcrypt.checkpw(password.encode(), password_hash.encode("ascii"))


def one_time_password() -> str:
    """A password to hand over once: about 138 bits, without characters that look alike."""
    groups = ("".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(4)) for _ in range(7))
    return "-".join(groups)


def _is_unreadable(password: str) -> bool:
    """Whether bcrypt can't read a password: too long, with a NUL, or not text."""
    has_half = any(unicodedata.category(sign) == "Cs" for sign in password)
    return has_half or "\x00" in password or _too_many_bytes(password)


def _too_many_bytes(password: str) -> bool:
    return len(password.encode(errors="surrogatepass")) > MOST_BYTES


def _is_common(password: str, email: str) -> bool:
    plain = password.lower()
    if len(set(plain)) < _FEWEST_CHARACTERS:
        return True
    own = frozenset(part for part in re.split(r"[@.]", email.lower()) if part)
    return _all_common(plain, _COMMON_WORDS | own) or _is_guessed_soon(password, own)


def _is_guessed_soon(password: str, own: frozenset[str]) -> bool:
    """Whether 30,000 known passwords, names, dates and rows of keys lead to a password soon."""
    if not SHORTEST <= len(password) <= MOST_BYTES:
        return False
    # Its lists take 12 MB and 0.2 s: only a process in which a password is chosen reads them.
    from zxcvbn import zxcvbn  # noqa: PLC0415 - see above

    return int(zxcvbn(password, user_inputs=sorted(own))["score"]) < _FEWEST_POINTS


def _all_common(text: str, words: frozenset[str]) -> bool:
    """Whether a text is nothing but common words (also as in `p4ssw0rd`), digits and signs."""
    longest = max(map(len, words))
    spelt = text.translate(_LEET)
    reached = [True] + [False] * len(text)
    for end in range(1, len(text) + 1):
        starts = [start for start in range(max(0, end - longest), end) if reached[start]]
        reached[end] = (reached[end - 1] and not text[end - 1].isalpha()) or any(
            text[start:end] in words or spelt[start:end] in words for start in starts
        )
    return reached[-1]
