"""The newest places of a client's chain of documents, to be compared with its head."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

_HASHES: Final = text(
    """
    SELECT chain_position, manifest_hash FROM billing.invoice
    WHERE client_id = :client AND (chain_position = :position OR chain_position = (
        SELECT max(chain_position) FROM billing.invoice WHERE client_id = :client))
    """
)
_NEWEST: Final = text(
    """
    SELECT manifest FROM billing.invoice
    WHERE client_id = :client ORDER BY chain_position DESC LIMIT 1
    """
)


def chain_hashes(
    connection: Connection, client_id: int, position: int | None
) -> Mapping[int, bytes]:
    """Give the hash of the manifest in the newest place of the chain, and of that in another.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        position: of the head; None: it has none.
    """
    rows = connection.execute(_HASHES, {"client": client_id, "position": position})
    return {row.chain_position: bytes(row.manifest_hash) for row in rows}


def newest_manifest(connection: Connection, client_id: int) -> str | None:
    """Give the signed manifest of a client's newest document; None: it has none."""
    found: str | None = connection.execute(_NEWEST, {"client": client_id}).scalar_one_or_none()
    return found
