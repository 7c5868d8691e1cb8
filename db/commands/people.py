"""Changes to people's access: one-time passwords, shutting out, letting in again."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from db.models import AuditLog, Person, Session, Ticket
from db.passwords import hash_password, one_time_password


class PersonRefusedError(LookupError):
    """There is no such person, or not one of the needed kind; the message is one sentence."""


def reset_password(connection: Connection, *, email: str, actor: str) -> str:
    """Give a person a new password to hand over once, and end the person's sessions.

    Returns:
        The password, which is stored nowhere else and must be changed at the next sign-in.

    Raises:
        PersonRefusedError: nobody has the address, or the person is disabled.
    """
    person_id, disabled_at = _found(connection, email)
    if disabled_at is not None:
        raise PersonRefusedError(f"{email} is disabled: enable the person first.")
    password = one_time_password()
    _set_password(connection, person_id, password, must_change=True)
    _end_access(connection, person_id)
    _note(connection, actor, "password_reset", email)
    return password


def disable_person(connection: Connection, *, email: str, actor: str) -> bool:
    """Shut a person out at once, sessions too; says whether the person was still in.

    Raises:
        PersonRefusedError: nobody has the address.
    """
    person_id, disabled_at = _found(connection, email)
    if disabled_at is not None:
        return False
    _update(connection, person_id, disabled_at=func.now())
    _end_access(connection, person_id)
    _note(connection, actor, "person_disabled", email)
    return True


def enable_person(connection: Connection, *, email: str, actor: str) -> bool:
    """Let a person in again, with the password as it was; says whether the person was out.

    Raises:
        PersonRefusedError: nobody has the address.
    """
    person_id, disabled_at = _found(connection, email)
    if disabled_at is None:
        return False
    _update(connection, person_id, disabled_at=None)
    _note(connection, actor, "person_enabled", email)
    return True


def set_demo_password(connection: Connection, *, email: str, password: str) -> None:
    """Give a person of the demo a known password, which need not be changed.

    Raises:
        PersonRefusedError: nobody has the address, or the person is a real one.
    """
    person_id, _ = _found(connection, email)
    is_demo = select(Person.is_demo).where(Person.person_id == person_id)
    if not connection.execute(is_demo).scalar_one():
        raise PersonRefusedError(f"{email} is not a person of the demo: use user reset-password.")
    _set_password(connection, person_id, password, must_change=False)


def _found(connection: Connection, email: str) -> tuple[int, datetime | None]:
    """The person's id and when the person was disabled; the row stays locked."""
    statement = select(Person.person_id, Person.disabled_at).with_for_update()
    row = connection.execute(
        statement.where(func.lower(Person.email) == email.lower())
    ).one_or_none()
    if row is None:
        raise PersonRefusedError(f"Nobody has the address {email}: see user list.")
    return row.person_id, row.disabled_at


def _set_password(
    connection: Connection, person_id: int, password: str, *, must_change: bool
) -> None:
    _update(
        connection,
        person_id,
        password_hash=hash_password(password),
        password_changed_at=func.now(),
        must_change_password=must_change,
    )


def _update(connection: Connection, person_id: int, **values: object) -> None:
    statement = update(Person).where(Person.person_id == person_id)
    connection.execute(statement.values(**values))


def _end_access(connection: Connection, person_id: int) -> None:
    """End the person's sessions, and tickets that could still open one."""
    connection.execute(
        update(Session)
        .where(Session.person_id == person_id, Session.revoked_at.is_(None))
        .values(revoked_at=func.now())
    )
    connection.execute(delete(Ticket).where(Ticket.person_id == person_id))


def _note(connection: Connection, actor: str, action: str, email: str) -> None:
    connection.execute(insert(AuditLog).values(actor=actor, action=action, subject=email.lower()))
