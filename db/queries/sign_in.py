"""Questions about people and sessions, asked through the functions of schema `auth`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a password is checked against."""

    person_id: int
    email: str
    name: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleClient:
    """A client that the session's person may see."""

    client_id: int
    slug: str
    name: str
    zone: str
    locale: str
    is_demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPerson:
    """The person of a live session, and the client he asked for where he may see it."""

    person_id: int
    email: str
    name: str
    role: str
    must_change_password: bool
    is_demo: bool
    client: VisibleClient | None
    records_version: int  #: of the client's records; 0 without any
    month_versions: Mapping[str, int]  #: as last raised for changes from a month on, by its name
    issuer: str  #: the MSP's name; empty before the setup
    touch_is_due: bool  #: whether an action of his would extend the idle time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One of a person's live sessions."""

    reference: str  #: names the session; opens nothing
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime  #: exclusive; whichever of the idle and the absolute expiry is first
    address: str | None
    user_agent: str | None
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSeen:
    """A sign-in of one's own that was let in or refused."""

    at: datetime
    action: str  #: as the audit log has it
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person as an administrator sees him."""

    person_id: int
    name: str
    email: str
    role: str
    clients: tuple[str, ...]  #: names; empty for the roles that see all clients
    disabled_at: datetime | None
    must_change_password: bool
    is_demo: bool
    client_is_disabled: bool  #: the client that the person is of, which shuts him out too
    live_sessions: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignIn:
    """A person of the demo, for the sign-in page."""

    email: str
    name: str
    role: str


def credentials_of(connection: Connection, email: str) -> Credentials | None:
    """The credentials of an enabled person, or None."""
    query = text("SELECT person_id, email, name, password_hash FROM auth.sign_in_lookup(:email)")
    row = connection.execute(query, {"email": email}).mappings().one_or_none()
    if row is None:
        return None
    return Credentials(**row)


def session_person(
    connection: Connection, session_hash: bytes, slug: str | None
) -> SessionPerson | None:
    """The person of a live session, or None once it has ended in any way.

    The client is the one asked for, the first by name when none is, and None where the
    person may not see it or it doesn't exist: the two can't be told apart.
    """
    query = text("SELECT * FROM auth.session_viewer(:session, :slug)")
    row = connection.execute(query, {"session": session_hash, "slug": slug}).one_or_none()
    if row is None:
        return None
    client = row.client_id and VisibleClient(
        client_id=row.client_id,
        slug=row.slug,
        name=row.client_name,
        zone=row.zone,
        locale=row.locale,
        is_demo=row.client_is_demo,
    )
    return SessionPerson(
        person_id=row.person_id,
        email=row.email,
        name=row.name,
        role=row.role,
        must_change_password=row.must_change_password,
        is_demo=row.person_is_demo,
        client=client,
        records_version=row.records_version,
        month_versions=row.month_versions or {},
        issuer=row.issuer or "",
        touch_is_due=row.touch_is_due,
    )


def still_sees(connection: Connection, client_id: int) -> bool:
    """Whether the session of a portal's transaction is live and may see the client.

    Once it has ended every table seems empty, which is no answer to keep.
    """
    seen: int | None = connection.execute(text("SELECT billing.current_client_id()")).scalar()
    return seen == client_id


def clients_of(connection: Connection, session_hash: bytes) -> tuple[VisibleClient, ...]:
    """All clients that the session's person may see, by name."""
    query = text("SELECT * FROM auth.session_clients(:session)")
    rows = connection.execute(query, {"session": session_hash}).mappings()
    return tuple(VisibleClient(**row) for row in rows)


def sessions_of(connection: Connection, session_hash: bytes) -> tuple[OpenSession, ...]:
    """The live sessions of the session's person, newest first."""
    query = text("SELECT * FROM auth.sessions_of(:session)")
    rows = connection.execute(query, {"session": session_hash}).mappings()
    return tuple(OpenSession(**row) for row in rows)


def own_sign_ins(connection: Connection, session_hash: bytes) -> tuple[SignInSeen, ...]:
    """The last sign-ins of the session's person, refused ones too, newest first."""
    query = text("SELECT * FROM auth.own_sign_ins(:session)")
    rows = connection.execute(query, {"session": session_hash}).mappings()
    return tuple(SignInSeen(**row) for row in rows)


def sessions_of_person(
    connection: Connection, session_hash: bytes, person_id: int
) -> tuple[OpenSession, ...]:
    """The live sessions of a person, newest first, for an administrator; none for others."""
    query = text("SELECT * FROM auth.sessions_of_person(:session, :person)")
    given = {"session": session_hash, "person": person_id}
    return tuple(OpenSession(**row) for row in connection.execute(query, given).mappings())


def own_password_hash(connection: Connection, session_hash: bytes) -> str | None:
    """The stored hash of the session's person, to check the password he types."""
    query = text("SELECT auth.own_password_hash(:session)")
    found: str | None = connection.execute(query, {"session": session_hash}).scalar()
    return found


def people(connection: Connection, session_hash: bytes) -> tuple[PersonRow, ...]:
    """All people, by name; nobody unless the session is an administrator's."""
    query = text("SELECT * FROM auth.people(:session)")
    rows = connection.execute(query, {"session": session_hash}).mappings()
    return tuple(PersonRow(**{**row, "clients": tuple(row["clients"])}) for row in rows)


def issuer_name(connection: Connection) -> str:
    """The name of the MSP that issues the invoices; empty before the setup."""
    return connection.execute(text("SELECT auth.issuer_name()")).scalar() or ""


def demo_sign_ins(connection: Connection) -> tuple[DemoSignIn, ...]:
    """The people of the demo, in the order in which they were set up."""
    rows = connection.execute(text("SELECT * FROM auth.demo_sign_ins()")).mappings()
    return tuple(DemoSignIn(**row) for row in rows)
