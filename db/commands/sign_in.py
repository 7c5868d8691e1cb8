"""Changes to sessions, sign-in attempts and passwords, through the functions of schema `auth`.

Tokens never reach the database: each argument named `…_hash` is the SHA-256 of one.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, text


def record_attempt(connection: Connection, *, email: str, address: str) -> int | None:
    """Count an attempt as a failure before its password is looked at.

    Returns:
        The attempt's id, or None when too many failed lately: then no password is checked.
    """
    query = text("SELECT auth.record_attempt(:email, :address)")
    attempt: int | None = connection.execute(query, {"email": email, "address": address}).scalar()
    return attempt


def refuse_attempt(connection: Connection, attempt: int) -> None:
    """Write into the audit log that an attempt failed."""
    connection.execute(text("SELECT auth.refuse_attempt(:attempt)"), {"attempt": attempt})


def make_ticket(
    connection: Connection, *, ticket_hash: bytes, person_id: int, browser_hash: bytes, attempt: int
) -> bool:
    """Store a ticket for one sign-in by one browser within 30 seconds; the attempt succeeded."""
    query = text("SELECT auth.make_ticket(:ticket, :person, :browser, :attempt)")
    given = {
        "ticket": ticket_hash,
        "person": person_id,
        "browser": browser_hash,
        "attempt": attempt,
    }
    return bool(connection.execute(query, given).scalar())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """The session that a ticket opens."""

    session_hash: bytes = field(repr=False)
    idle: timedelta  #: it ends after this long without a person's action
    life: timedelta  #: it ends after this long whatever happens
    address: str
    user_agent: str


def redeem_ticket(
    connection: Connection,
    *,
    ticket_hash: bytes,
    browser_hash: bytes,
    session: NewSession,
    replaced_session: bytes | None,
) -> bool:
    """Use a ticket up and open a session, which ends the browser's former one.

    Returns:
        Whether a session was opened: not for a ticket that is unknown, used, too old or
        shown by another browser, nor for a person disabled meanwhile.
    """
    query = text(
        "SELECT auth.redeem_ticket(:ticket, :browser, :session, :replaced, :idle, :life,"
        " :address, :agent)"
    )
    given = {
        "ticket": ticket_hash,
        "browser": browser_hash,
        "session": session.session_hash,
        "replaced": replaced_session,
        "idle": session.idle,
        "life": session.life,
        "address": session.address,
        "agent": session.user_agent,
    }
    return bool(connection.execute(query, given).scalar())


def touch_session(connection: Connection, session_hash: bytes, idle: timedelta) -> bool:
    """Extend the idle time of a live session, at most once a minute; whether it was written."""
    query = text("SELECT auth.touch_session(:session, :idle)")
    return bool(connection.execute(query, {"session": session_hash, "idle": idle}).scalar())


def end_session(connection: Connection, session_hash: bytes, address: str) -> bool:
    """Sign out; whether there was a session to end."""
    query = text("SELECT auth.end_session(:session, :address)")
    return bool(connection.execute(query, {"session": session_hash, "address": address}).scalar())


def end_own_session(connection: Connection, session_hash: bytes, reference: str) -> bool:
    """End one of the person's own sessions, named by its reference."""
    query = text("SELECT auth.end_own_session(:session, :reference)")
    given = {"session": session_hash, "reference": reference}
    return bool(connection.execute(query, given).scalar())


def end_other_sessions(connection: Connection, session_hash: bytes) -> int:
    """End all of the person's sessions but this one; how many there were."""
    query = text("SELECT auth.end_other_sessions(:session)")
    return int(connection.execute(query, {"session": session_hash}).scalar_one())


def change_password(
    connection: Connection, *, session_hash: bytes, attempt: int, checked_hash: str, new_hash: str
) -> bool:
    """Store a new password and end the person's other sessions.

    Args:
        connection: A transaction of the portal's login.
        session_hash: The session of the person himself.
        attempt: The attempt under which the present password was checked.
        checked_hash: The stored hash that it was checked against.
        new_hash: The bcrypt hash of the new password.

    Returns:
        Whether it was stored: not when the session ended or the password changed meanwhile.
    """
    query = text("SELECT auth.change_password(:session, :attempt, :checked, :new)")
    given = {
        "session": session_hash,
        "attempt": attempt,
        "checked": checked_hash,
        "new": new_hash,
    }
    return bool(connection.execute(query, given).scalar())


def end_session_of(
    connection: Connection, session_hash: bytes, person_id: int, reference: str
) -> bool:
    """End one session of a person, for an administrator; whether it was."""
    query = text("SELECT auth.end_session_of(:session, :person, :reference)")
    given = {"session": session_hash, "person": person_id, "reference": reference}
    return bool(connection.execute(query, given).scalar())


def end_sessions_of(connection: Connection, session_hash: bytes, person_id: int) -> int | None:
    """End all sessions of a person, for an administrator; None for anybody else."""
    query = text("SELECT auth.end_sessions_of(:session, :person)")
    given = {"session": session_hash, "person": person_id}
    ended: int | None = connection.execute(query, given).scalar()
    return ended
