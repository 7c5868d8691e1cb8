"""The journal: who did what to a client's records."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, text

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


def note_all(connection: Connection, actor: str, entries: Sequence[Mapping[str, object]]) -> None:
    """Write entries of one actor: what was done, to what, and more."""
    connection.execute(insert(AuditLog), [{"actor": actor, **entry} for entry in entries])


def note_export(
    connection: Connection,
    *,
    session_hash: bytes,
    client_id: int,
    subject: str,
    form: str,
    address: str,
) -> bool:
    """Write that somebody takes something of a client with him.

    Args:
        connection: a transaction of the portal's login.
        session_hash: who takes it.
        client_id: whose it is.
        subject: what: a document's number, with the line where it is one.
        form: in which form.
        address: the network address that it goes to.

    Returns:
        Whether it was written: the session is live and may see the client.
    """
    given = {
        "session": session_hash,
        "client": client_id,
        "subject": subject,
        "form": form,
        "address": address,
    }
    query = text("SELECT auth.note_export(:session, :client, :subject, :form, :address)")
    return bool(connection.execute(query, given).scalar())


def note_denied(
    connection: Connection, *, session_hash: bytes | None, what: str, about: str, address: str
) -> bool:
    """Write that a way in was refused, if it was not written often enough lately.

    Args:
        connection: a transaction of the portal's login.
        session_hash: who asked; nobody where it is None or no longer live.
        what: what was asked for: a page, a route.
        about: what of it, as it was asked; what can't be shown is left out.
        address: the network address it came from.

    Returns:
        Whether it was written.
    """
    given = {
        "session": session_hash,
        "what": what,
        "about": "".join(filter(str.isprintable, about)),
        "address": address,
    }
    query = text("SELECT auth.note_denied(:session, :what, :about, :address)")
    return bool(connection.execute(query, given).scalar())
