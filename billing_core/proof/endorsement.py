"""Endorsements: one key says that another follows it. Both sign that, so trust goes either way."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from billing_core.faults import Fault, Faults, refuse
from billing_core.period import is_utc
from billing_core.proof.note import VerifierKey, verifier_key_from

TITLE: Final = "Meterglass signing key, version 1"
_TEXT: Final = re.compile(
    re.escape(TITLE)
    + r"""
key: (?P<key>[^\n]+)
follows: (?P<follows>[^\n]+)
from: (?P<starts_at>[0-9TZ:.-]{27})
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsement:
    """A key that follows another."""

    key: VerifierKey
    follows: VerifierKey
    starts_at: datetime  #: UTC; from here on the one signs, up to here the other did

    def __post_init__(self) -> None:
        refuse(_faults_of(self))


def _faults_of(endorsement: Endorsement) -> Iterator[Fault]:
    if endorsement.key.key_id == endorsement.follows.key_id:
        yield Fault(where="endorsement", message="has a key follow itself")
    if not is_utc(endorsement.starts_at):
        yield Fault(where="endorsement", message="does not start at an instant in UTC")


def endorsement_text(endorsement: Endorsement) -> str:
    """Write an endorsement as the text that both keys sign."""
    return (
        f"{TITLE}\nkey: {endorsement.key}\nfollows: {endorsement.follows}\n"
        f"from: {endorsement.starts_at:%Y-%m-%dT%H:%M:%S.%f}Z\n"
    )


def endorsement_from(text: str) -> Endorsement:
    """Give back the endorsement that `endorsement_text` wrote.

    Raises:
        Faults: where the text is none, byte for byte.
    """
    found = _TEXT.fullmatch(text)
    try:
        if found is not None:
            endorsement = Endorsement(
                key=verifier_key_from(found["key"]),
                follows=verifier_key_from(found["follows"]),
                starts_at=datetime.strptime(found["starts_at"], "%Y-%m-%dT%H:%M:%S.%f%z"),
            )
            if endorsement_text(endorsement) == text:
                return endorsement
    except ValueError as fault:
        message = f"tells what cannot be: {fault}"
        raise Faults([Fault(where="endorsement", message=message)]) from None
    message = "is not the text of an endorsement, version 1"
    raise Faults([Fault(where="endorsement", message=message)])
