"""What an API key may post for."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

_SCOPE = text("SELECT * FROM billing.api_key_scope(:hash)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """A good key, and what it is bound to."""

    prefix: str  #: what tells it from others; no secret
    source: str  #: code of the source that it posts as
    clients: Mapping[str, int]  #: id by slug; at least one


def key_scope(connection: Connection, key_hash: bytes) -> KeyScope | None:
    """What the key with this SHA-256 is bound to; None for a key that is unknown or revoked."""
    rows = connection.execute(_SCOPE, {"hash": key_hash}).all()
    if not rows:
        return None
    clients = {row.slug: row.client_id for row in rows}
    return KeyScope(prefix=rows[0].prefix, source=rows[0].source_code, clients=clients)
