"""Changes to a client's access: shutting its own people out, letting them in again."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from db.commands.audit import note
from db.models import Client, Person, PersonClient, Session

#: Roles of people who are of a client, not of the MSP.
_OF_THE_CLIENT = ("finance", "it")


class ClientRefusedError(LookupError):
    """There is no such client; the message is one sentence."""


def disable_client(connection: Connection, *, slug: str, actor: str) -> bool:
    """Shut a client's own people out at once, sessions too; whether they were still in.

    Its usage is taken in as before, and people of the MSP see it as before.

    Raises:
        ClientRefusedError: there is no such client.
    """
    client_id, disabled_at = _found(connection, slug)
    if disabled_at is not None:
        return False
    _set(connection, client_id, func.now())
    people = select(PersonClient.person_id).join(Person, Person.person_id == PersonClient.person_id)
    own = people.where(PersonClient.client_id == client_id, Person.role.in_(_OF_THE_CLIENT))
    connection.execute(
        update(Session)
        .where(Session.person_id.in_(own), Session.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    _note(connection, actor, "client_disabled", slug, client_id)
    return True


def enable_client(connection: Connection, *, slug: str, actor: str) -> bool:
    """Let a client's own people sign in again; whether they were out.

    Raises:
        ClientRefusedError: there is no such client.
    """
    client_id, disabled_at = _found(connection, slug)
    if disabled_at is None:
        return False
    _set(connection, client_id, None)
    _note(connection, actor, "client_enabled", slug, client_id)
    return True


def _found(connection: Connection, slug: str) -> tuple[int, datetime | None]:
    """The client's id and since when it is disabled; the row stays locked."""
    wanted = select(Client.client_id, Client.disabled_at).where(Client.slug == slug)
    row = connection.execute(wanted.with_for_update()).one_or_none()
    if row is None:
        raise ClientRefusedError(f"There is no client {slug}: see clients.csv of the setup.")
    return row.client_id, row.disabled_at


def _set(connection: Connection, client_id: int, disabled_at: object) -> None:
    statement = update(Client).where(Client.client_id == client_id)
    connection.execute(statement.values(disabled_at=disabled_at))


def _note(connection: Connection, actor: str, action: str, slug: str, client_id: int) -> None:
    note(connection, actor=actor, action=action, subject=slug, client_id=client_id)
