"""Who signs: the key itself never comes here, nor into the database."""

from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection, text

from billing_core.proof.note import Note, VerifierKey
from db.commands.closing.refusals import ClosingRefusedError

#: Whether a key signs at an instant. Before the first key there was none, so it signs any time. One
#: that is retired by now signs as of no earlier instant, either, whatever a closer's clock says: in
#: a client's chain no key may sign again once another took its place.
_SIGNS: Final = text(
    """
    SELECT (k.retired_at IS NULL OR k.retired_at > greatest(:at, clock_timestamp()))
        AND (k.introduced_at <= :at OR NOT EXISTS (
        SELECT FROM billing.signing_key b WHERE b.introduced_at < k.introduced_at)) AS signs
    FROM billing.signing_key k WHERE k.verifier = :verifier
    """
)


class Signer(Protocol):
    """Signs manifests."""

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half of its key."""

    def sign(self, text: str) -> Note:
        """Give a text as a signed note."""


def require_known_key(connection: Connection, signer: Signer | None, at: datetime) -> Signer:
    """Give the signer, if its key is the one that signs at an instant.

    Raises:
        ClosingRefusedError: there is no key, or it is not the one in use.
    """
    if signer is None:
        raise ClosingRefusedError(
            "There is no signing key: make one with `jobs signing-key new`, and name its file in "
            "METERGLASS_SIGNING_KEY."
        )
    asked = {"verifier": str(signer.verifier_key), "at": at}
    if not connection.execute(_SIGNS, asked).scalar_one_or_none():
        raise ClosingRefusedError(
            f"The signing key {signer.verifier_key.name} is not the one in use: name the file of "
            "that one in METERGLASS_SIGNING_KEY; `jobs signing-key list` lists all."
        )
    return signer
