"""The journal: who did what to a client's records."""

from collections.abc import Mapping

from sqlalchemy import Connection, insert

from db.models import AuditLog


def note(
    connection: Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    client_id: int | None = None,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write one entry; the writer may add entries but reads none.

    Args:
        connection: the transaction that does it, so that entry and deed are there or not together.
        actor: who.
        action: what, as a short verb phrase.
        subject: to what.
        client_id: whose record it is.
        detail: more, never a secret.
    """
    entry = {"actor": actor, "action": action, "subject": subject, "client_id": client_id}
    connection.execute(insert(AuditLog).values(**entry, detail=dict(detail or {})).inline())
