"""What a viewer may change. The database checks the session again inside each change."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError
from streamlit_authenticator.utilities import Hasher

from db.commands import sign_in as changes
from db.commands.audit import note_denied as write_denied
from db.passwords import hash_password, password_faults
from db.portal import portal_engine
from db.queries import audit as audit_questions
from db.queries import sign_in as questions
from db.queries.audit import AuditAsked, AuditEntry, AuditPlace
from db.queries.sign_in import DemoSignIn, OpenSession, PersonRow, SignInSeen
from db.session import sign_in_transaction

__all__ = [
    "AuditAsked",
    "AuditEntry",
    "AuditPlace",
    "DemoSignIn",
    "OpenSession",
    "PersonRow",
    "SignIn",
    "SignInSeen",
    "audit_page",
    "change_password",
    "demo_sign_ins",
    "end_other_sessions",
    "end_own_session",
    "end_session_of",
    "end_sessions_of",
    "issuer_name",
    "note_denied",
    "own_sessions",
    "own_sign_ins",
    "people",
    "sessions_of_person",
    "sign_in",
    "sign_out",
]

_log = structlog.get_logger(__name__)

#: What an unknown person's password is checked against, so that the answer takes as long.
_NOBODY: Final = hash_password(secrets.token_urlsafe(24))
#: bcrypt reads no more, in bytes; a longer password is nobody's.
_MOST_BYTES: Final = 72


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What was typed into the sign-in form, and from where."""

    email: str
    password: str = field(repr=False)
    browser_hash: bytes = field(repr=False)  #: the browser that the ticket will be bound to
    address: str


def sign_in(asked: SignIn) -> str | None:
    """Check a password and return a ticket for `/session/start`, good once within 30 seconds.

    Returns:
        None for every reason not to: unknown, wrong, disabled, too many attempts.
    """
    email = _plain(asked.email)
    attempt = _opened_attempt(email, asked.address)
    if attempt is None:
        return None
    with sign_in_transaction(portal_engine()) as connection:
        found = questions.credentials_of(connection, email)
    if not _matches(asked.password, found.password_hash if found else _NOBODY) or found is None:
        with sign_in_transaction(portal_engine()) as connection:
            changes.refuse_attempt(connection, attempt)
        return None
    ticket = secrets.token_urlsafe(32)
    with sign_in_transaction(portal_engine()) as connection:
        made = changes.make_ticket(
            connection,
            ticket_hash=hashlib.sha256(ticket.encode("ascii")).digest(),
            person_id=found.person_id,
            browser_hash=asked.browser_hash,
            attempt=attempt,
        )
    return ticket if made else None


def change_password(
    *, session_hash: bytes, email: str, address: str, present: str, new: str
) -> tuple[str, ...]:
    """Replace one's own password and end one's other sessions.

    Returns:
        Why not, a sentence each; empty when it is done.
    """
    faults = password_faults(new, email=email)
    if present == new:
        faults = (*faults, "The new password is the present one.")
    if faults:
        return faults
    refused = ("The present password is wrong, or there were too many attempts.",)
    attempt = _opened_attempt(email, address)
    if attempt is None:
        return refused
    with sign_in_transaction(portal_engine()) as connection:
        stored = questions.own_password_hash(connection, session_hash)
    if not _matches(present, stored or _NOBODY) or stored is None:
        with sign_in_transaction(portal_engine()) as connection:
            changes.refuse_attempt(connection, attempt)
        return refused
    with sign_in_transaction(portal_engine()) as connection:
        done = changes.change_password(
            connection,
            session_hash=session_hash,
            attempt=attempt,
            checked_hash=stored,
            new_hash=hash_password(new),
        )
    return () if done else ("The password was not changed: sign in again and retry.",)


def sign_out(session_hash: bytes, address: str) -> None:
    """End this session in the database; its cookie opens nothing from now on."""
    with sign_in_transaction(portal_engine()) as connection:
        changes.end_session(connection, session_hash, address)


def own_sessions(session_hash: bytes) -> tuple[OpenSession, ...]:
    """One's own live sessions, newest first."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.sessions_of(connection, session_hash)


def own_sign_ins(session_hash: bytes) -> tuple[SignInSeen, ...]:
    """One's own last sign-ins, refused ones too, newest first."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.own_sign_ins(connection, session_hash)


def end_own_session(session_hash: bytes, reference: str) -> bool:
    """End one of one's own sessions."""
    with sign_in_transaction(portal_engine()) as connection:
        return changes.end_own_session(connection, session_hash, reference)


def end_other_sessions(session_hash: bytes) -> int:
    """End one's other sessions; how many there were."""
    with sign_in_transaction(portal_engine()) as connection:
        return changes.end_other_sessions(connection, session_hash)


def people(session_hash: bytes) -> tuple[PersonRow, ...]:
    """All people, for an administrator; nobody for anybody else."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.people(connection, session_hash)


def sessions_of_person(session_hash: bytes, person_id: int) -> tuple[OpenSession, ...]:
    """The live sessions of a person, newest first, for an administrator; none for others."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.sessions_of_person(connection, session_hash, person_id)


def end_session_of(session_hash: bytes, person_id: int, reference: str) -> bool:
    """End one session of a person, for an administrator; whether it was."""
    with sign_in_transaction(portal_engine()) as connection:
        return changes.end_session_of(connection, session_hash, person_id, reference)


def audit_page(session_hash: bytes, asked: AuditAsked, *, rows: int) -> tuple[AuditEntry, ...]:
    """The newest entries of the audit log, for an administrator; none for others."""
    with sign_in_transaction(portal_engine()) as connection:
        return audit_questions.audit_page(connection, session_hash, asked, rows=rows)


def note_denied(session_hash: bytes, what: str, about: str, address: str) -> None:
    """Note that a page or a client was refused; a database that can't note it changes nothing."""
    try:
        with sign_in_transaction(portal_engine()) as connection:
            write_denied(
                connection, session_hash=session_hash, what=what, about=about, address=address
            )
    except DBAPIError as error:
        _log.warning("denial_not_noted", what=what, error=type(error).__name__)


def end_sessions_of(session_hash: bytes, person_id: int) -> int | None:
    """End all sessions of a person, for an administrator; None for anybody else."""
    with sign_in_transaction(portal_engine()) as connection:
        return changes.end_sessions_of(connection, session_hash, person_id)


def issuer_name() -> str:
    """The MSP's name; empty before the setup."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.issuer_name(connection)


def demo_sign_ins() -> tuple[DemoSignIn, ...]:
    """The people of the demo; their rows say that they are."""
    with sign_in_transaction(portal_engine()) as connection:
        return questions.demo_sign_ins(connection)


def _opened_attempt(email: str, address: str) -> int | None:
    with sign_in_transaction(portal_engine()) as connection:
        attempt = changes.record_attempt(connection, email=email, address=address)
    if attempt is None:
        _log.warning("sign_in_throttled", address=address)
    return attempt


def _matches(password: str, password_hash: str) -> bool:
    """Check with the sign-in library's bcrypt; what bcrypt can't read takes as long and fails."""
    written = _plain(password)
    readable = written == password and len(written.encode()) <= _MOST_BYTES
    matches = bool(Hasher.check_pw(written if readable else "-", password_hash))
    return matches and readable


def _plain(text: str) -> str:
    """A text without what neither bcrypt nor the database takes: NUL and half characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()
