"""Changes to API keys: issued once in the clear, kept as a hash, revoked for good."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from billing_core.faults import Fault, refuse
from db.models import ApiKey, ApiKeyClient, AuditLog, Client, Source

_SECRET_BYTES: Final = 32
_PREFIX_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """A new key, in the clear for the only time."""

    key: str  #: what a collector sends: mg_<8 characters>_<43 characters>
    prefix: str  #: what tells it from others: mg_<8 characters>


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySummary:
    """A key as it may be shown."""

    prefix: str
    name: str
    source: str
    clients: tuple[str, ...]  #: slugs
    issued_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def key_hash(key: str) -> bytes:
    """What is stored of a key: SHA-256 over all of it. It is random, so no salt is needed."""
    return hashlib.sha256(key.encode()).digest()


def issue_key(
    connection: Connection, *, source: str, slugs: Sequence[str], name: str, actor: str
) -> IssuedKey:
    """Make a key with which a source posts for some clients, each of which has that source.

    Raises:
        Faults: with each client that is unknown, or has no such source, and with a missing name.
    """
    client_ids = _client_ids(connection, source, slugs, name)
    prefix = f"mg_{secrets.token_hex(_PREFIX_BYTES)}"
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    stored = insert(ApiKey).values(
        key_hash=key_hash(key), prefix=prefix, name=name.strip(), source_code=source
    )
    key_id = connection.execute(stored.returning(ApiKey.api_key_id)).scalar_one()
    ties = [{"client_id": client_id, "api_key_id": key_id} for client_id in client_ids]
    connection.execute(insert(ApiKeyClient), ties)
    _note(connection, actor, "api_key_issued", prefix, clients=" ".join(slugs), source=source)
    return IssuedKey(key=key, prefix=prefix)


def _client_ids(
    connection: Connection, source: str, slugs: Sequence[str], name: str
) -> tuple[int, ...]:
    rows = connection.execute(select(Client.slug, Client.client_id))
    known = {row.slug: row.client_id for row in rows}
    having = select(Client.slug).join(Source, Source.client_id == Client.client_id)
    with_source = set(connection.execute(having.where(Source.code == source)).scalars())
    faults = [
        Fault(where="name", message="The key has no name: say what it is for.")
        for _ in range(not name.strip())
    ]
    for slug in slugs:
        if slug not in known:
            message = f"There is no client {slug}: see clients.csv of the setup."
            faults.append(Fault(where="client", message=message))
        elif slug not in with_source:
            message = f"Client {slug} has no source {source}: add it to sources.csv."
            faults.append(Fault(where="source", message=message))
    if not slugs:
        faults.append(Fault(where="client", message="The key is for no client: name at least one."))
    refuse(faults)
    return tuple(sorted({known[slug] for slug in slugs}))


def revoke_key(connection: Connection, *, prefix: str, actor: str) -> bool | None:
    """Revoke a key by its prefix.

    Returns:
        Whether it was still good; None where there is no such key.
    """
    known = select(ApiKey.revoked_at).where(ApiKey.prefix == prefix).with_for_update()
    row = connection.execute(known).one_or_none()
    if row is None:
        return None
    if row.revoked_at is not None:
        return False
    revoked = update(ApiKey).where(ApiKey.prefix == prefix).values(revoked_at=func.now())
    connection.execute(revoked)
    _note(connection, actor, "api_key_revoked", prefix)
    return True


def keys_listed(connection: Connection) -> tuple[KeySummary, ...]:
    """All keys, the newest first."""
    slugs = (
        select(func.array_agg(Client.slug))
        .join(ApiKeyClient, ApiKeyClient.client_id == Client.client_id)
        .where(ApiKeyClient.api_key_id == ApiKey.api_key_id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            ApiKey.prefix,
            ApiKey.name,
            ApiKey.source_code,
            slugs.label("slugs"),
            ApiKey.issued_at,
            ApiKey.last_used_at,
            ApiKey.revoked_at,
        ).order_by(ApiKey.api_key_id.desc())
    )
    return tuple(
        KeySummary(
            prefix=row.prefix,
            name=row.name,
            source=row.source_code,
            clients=tuple(sorted(row.slugs or ())),
            issued_at=row.issued_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
        for row in rows
    )


def _note(connection: Connection, actor: str, action: str, prefix: str, **detail: str) -> None:
    connection.execute(
        insert(AuditLog).values(actor=actor, action=action, subject=prefix, detail=detail)
    )
