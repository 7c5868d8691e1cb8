"""The public keys with which documents are signed: introduced, followed by others, never undone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, insert, select, text, update

from billing_core.proof.note import VerifierKey
from db.commands.audit import note
from db.models import SigningKey

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('meterglass signing keys', 0))")
_NOW: Final = text("SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A public key, and since when it signs."""

    key_id: str
    verifier: str  #: as C2SP writes it
    introduced_at: datetime  #: UTC
    retired_at: datetime | None  #: UTC; None: it is in use
    endorsement: str | None  #: the signed note that joins it to the one before it


def keys_known(connection: Connection) -> tuple[StoredKey, ...]:
    """Give all keys, the oldest first; nobody else changes them until the transaction ends."""
    connection.execute(_TURN)
    wanted = select(SigningKey).order_by(SigningKey.introduced_at, SigningKey.key_id)
    return tuple(
        StoredKey(
            key_id=row.key_id,
            verifier=row.verifier,
            introduced_at=row.introduced_at.astimezone(UTC),
            retired_at=row.retired_at and row.retired_at.astimezone(UTC),
            endorsement=row.endorsement,
        )
        for row in connection.execute(wanted)
    )


def clock_of(connection: Connection) -> datetime:
    """Give the database's present, UTC."""
    now: datetime = connection.execute(_NOW).scalar_one()
    return now.astimezone(UTC)


def introduce_key(
    connection: Connection,
    key: VerifierKey,
    *,
    starts_at: datetime,
    endorsement: str | None,
    actor: str,
) -> None:
    """Let a key sign from an instant on; the one that signed so far is retired then.

    Args:
        connection: of the owner.
        key: its public half.
        starts_at: UTC.
        endorsement: signed note of the key before it; None: the first, or that one was lost.
        actor: who does it.
    """
    in_use = update(SigningKey).where(SigningKey.retired_at.is_(None))
    connection.execute(in_use.values(retired_at=starts_at))
    stored = insert(SigningKey).values(
        key_id=key.key_id.hex(),
        verifier=str(key),
        public_key=key.public_key,
        introduced_at=starts_at,
        endorsement=endorsement,
    )
    connection.execute(stored)
    detail = {"endorsed": "yes" if endorsement else "no"}
    subject = f"{key.name}+{key.key_id.hex()}"
    note(connection, actor=actor, action="signing_key_introduced", subject=subject, detail=detail)
