"""How far each client's chain of documents goes, to hold it against what is kept elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

_ENDS: Final = text(
    """
    SELECT c.slug, i.chain_position, i.manifest_hash
    FROM billing.client c JOIN billing.invoice i USING (client_id)
    WHERE i.chain_position = ANY (CAST(:places AS bigint[])) OR NOT EXISTS (
        SELECT FROM billing.invoice later
        WHERE later.client_id = i.client_id AND later.chain_position > i.chain_position)
    """
)
_KEYS: Final = text("SELECT verifier FROM billing.signing_key ORDER BY introduced_at")


def chain_ends(
    connection: Connection, places: Sequence[int] = ()
) -> Mapping[str, Mapping[int, bytes]]:
    """Give the hash of each client's newest manifest by its place, by slug.

    Args:
        connection: of the owner, who sees every client.
        places: more places that are asked for.
    """
    found: dict[str, dict[int, bytes]] = {}
    for row in connection.execute(_ENDS, {"places": list(places)}):
        found.setdefault(row.slug, {})[row.chain_position] = bytes(row.manifest_hash)
    return found


def verifiers_known(connection: Connection) -> tuple[str, ...]:
    """Give all public keys with which documents were signed, the oldest first."""
    return tuple(connection.execute(_KEYS).scalars())
