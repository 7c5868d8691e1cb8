"""Who signs: the key itself never comes here, nor into the database."""

from typing import Final, Protocol

from sqlalchemy import Connection, text

from billing_core.proof.note import Note, VerifierKey
from db.commands.closing.refusals import ClosingRefusedError

_IN_USE: Final = text("SELECT verifier FROM billing.signing_key WHERE retired_at IS NULL")


class Signer(Protocol):
    """Signs manifests."""

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half of its key."""

    def sign(self, text: str) -> Note:
        """Give a text as a signed note."""


def require_known_key(connection: Connection, signer: Signer | None) -> Signer:
    """Give the signer, if its key is the one in use.

    Raises:
        ClosingRefusedError: there is no key, or it is not the one in use.
    """
    in_use = set(connection.execute(_IN_USE).scalars())
    if signer is None:
        raise ClosingRefusedError(
            "There is no signing key: make one with `jobs signing-key new`, and name its file in "
            "METERGLASS_SIGNING_KEY."
        )
    if str(signer.verifier_key) not in in_use:
        raise ClosingRefusedError(
            f"The signing key {signer.verifier_key.name} is not the one in use: name the file of "
            "that one in METERGLASS_SIGNING_KEY, or make another with `jobs signing-key`."
        )
    return signer
