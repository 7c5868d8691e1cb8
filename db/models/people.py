"""People, their sessions and the journal of what they did."""

from typing import Any, Final

from sqlalchemy import CheckConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    Base,
    Code,
    Count,
    Digest,
    Identifier,
    Instant,
    Words,
    code_checks,
    digest_checks,
    one_of,
    reference,
    table,
)

PERSON_ROLES: Final = ("finance", "it", "account_manager", "billing", "administrator")


class Person(Base):
    """Somebody who may sign in."""

    __tablename__ = "person"
    __table_args__ = table(
        Index("person_email", text("lower(email)"), unique=True),
        one_of("role", PERSON_ROLES),
        CheckConstraint("email = lower(email)", name="email_small_letters"),
        CheckConstraint(
            "email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'", name="email_form"
        ),
        CheckConstraint("length(email) <= 254", name="email_short"),
        *code_checks("name", longest=200),
        comment="People who may sign in: of clients (finance, it) and of the MSP (other roles).",
        schema="auth",
    )

    person_id: Mapped[Identifier] = mapped_column(
        Identity(), primary_key=True, comment="The person."
    )
    email: Mapped[Words] = mapped_column(
        comment="Address with which the person signs in, in small letters."
    )
    name: Mapped[Words] = mapped_column(comment="Name as shown.")
    role: Mapped[Code] = mapped_column(
        comment="finance, it, account_manager, billing or administrator."
    )
    password_hash: Mapped[Words] = mapped_column(
        server_default=text("''"), comment="bcrypt; empty while no password is set."
    )
    password_changed_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"),
        comment="When the password was last set; older sessions are over.",
    )
    must_change_password: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="Whether the person must choose a new password first."
    )
    disabled_at: Mapped[Instant | None] = mapped_column(
        comment="When the person was shut out; null while not."
    )
    is_demo: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Whether the person belongs to the demo."
    )


class PersonClient(Base):
    """A client that a person may see."""

    __tablename__ = "person_client"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        reference("person_id", "auth.person"),
        Index("person_client_of_person", "person_id"),
        comment=(
            "The clients that a person may see: one for finance and it, any for account managers, "
            "no row for billing and administrator, who see all."
        ),
        schema="auth",
    )

    client_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The client.")
    person_id: Mapped[Identifier] = mapped_column(primary_key=True, comment="The person.")


class SignInAttempt(Base):
    """A try to sign in, for throttling."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = table(
        Index("sign_in_attempt_of_email", "email", "at"),
        Index("sign_in_attempt_of_address", "address", "at"),
        Index("sign_in_attempt_failed", "at", postgresql_where=text("NOT succeeded")),
        CheckConstraint(
            "email = lower(email) AND length(email) <= 254 AND length(address) <= 64", name="short"
        ),
        comment="Tries to sign in, counted to slow down guessing.",
        schema="auth",
    )

    attempt_id: Mapped[Count] = mapped_column(Identity(), primary_key=True, comment="The attempt.")
    email: Mapped[Words] = mapped_column(
        comment="Address that was typed, known or not, in small letters."
    )
    address: Mapped[Words] = mapped_column(comment="Network address it came from.")
    at: Mapped[Instant] = mapped_column(server_default=text("clock_timestamp()"), comment="When.")
    succeeded: Mapped[bool] = mapped_column(comment="Whether the password was right.")


class Ticket(Base):
    """The right to one session, good for seconds and once."""

    __tablename__ = "ticket"
    __table_args__ = table(
        reference("person_id", "auth.person"),
        Index("ticket_of_person", "person_id"),
        *digest_checks("ticket_hash", "browser_hash"),
        comment="Rights to one session, between password and cookie: good once, for seconds.",
        schema="auth",
    )

    ticket_hash: Mapped[Digest] = mapped_column(primary_key=True, comment="SHA-256 of the ticket.")
    person_id: Mapped[Identifier] = mapped_column(comment="Who signed in.")
    browser_hash: Mapped[Digest] = mapped_column(
        comment="SHA-256 of the browser's pre-sign-in cookie."
    )
    expires_at: Mapped[Instant] = mapped_column(comment="When it is void.")
    used_at: Mapped[Instant | None] = mapped_column(comment="When it was used; null while not.")


class Session(Base):
    """A signed-in browser."""

    __tablename__ = "session"
    __table_args__ = table(
        reference("person_id", "auth.person"),
        Index("session_of_person", "person_id", "expires_at"),
        Index("session_ended", "expires_at"),
        *digest_checks("session_hash"),
        CheckConstraint("idle_expires_at <= expires_at", name="idle_within_absolute"),
        comment="Signed-in browsers. The cookie holds the secret; only its hash is kept.",
        schema="auth",
    )

    session_hash: Mapped[Digest] = mapped_column(
        primary_key=True, comment="SHA-256 of the cookie's secret."
    )
    person_id: Mapped[Identifier] = mapped_column(comment="Who is signed in.")
    created_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When the session began."
    )
    authenticated_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="When this session last proved the password."
    )
    last_seen_at: Mapped[Instant] = mapped_column(
        server_default=text("now()"), comment="Last action, to the minute."
    )
    idle_expires_at: Mapped[Instant] = mapped_column(
        comment="When it ends unless the person does something."
    )
    expires_at: Mapped[Instant] = mapped_column(comment="When it ends in any case.")
    revoked_at: Mapped[Instant | None] = mapped_column(comment="When it was ended; null while not.")
    address: Mapped[Words | None] = mapped_column(comment="Network address at its start.")
    user_agent: Mapped[Words | None] = mapped_column(comment="Browser, as it names itself.")


class AuditLog(Base):
    """What somebody did."""

    __tablename__ = "audit_log"
    __table_args__ = table(
        reference("client_id", "billing.client"),
        Index("audit_log_of_client", "client_id", "at"),
        Index("audit_log_of_action", "action", "at", "audit_id"),
        Index("audit_log_of_actor", "actor", "at", "audit_id"),
        Index("audit_log_of_subject", "subject", "at", "audit_id"),
        Index("audit_log_in_time", "at", "audit_id"),
        *code_checks("action"),
        comment="What was done by whom, append-only. Never a secret, never a password.",
    )

    audit_id: Mapped[Count] = mapped_column(Identity(), primary_key=True, comment="The entry.")
    at: Mapped[Instant] = mapped_column(server_default=text("clock_timestamp()"), comment="When.")
    actor: Mapped[Words] = mapped_column(
        comment="Who: an address, an API key's prefix, or the command."
    )
    action: Mapped[Code] = mapped_column(comment="What, as a short verb phrase.")
    subject: Mapped[Words] = mapped_column(server_default=text("''"), comment="To what.")
    client_id: Mapped[Identifier | None] = mapped_column(
        comment="Whose record it is; null if nobody's."
    )
    address: Mapped[Words | None] = mapped_column(comment="Network address it came from.")
    detail: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="More, as a JSON object of texts."
    )
