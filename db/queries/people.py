"""The people who may sign in, for the command line."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from db.models import Client, Person, PersonClient, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSummary:
    """A person and the state of the access."""

    email: str
    name: str
    role: str
    clients: tuple[str, ...]  #: slugs; empty for those who see all
    has_password: bool
    must_change_password: bool
    disabled_at: datetime | None
    last_seen_at: datetime | None  #: of any session


def people_listed(connection: Connection) -> tuple[PersonSummary, ...]:
    """All people in the order of their addresses."""
    slugs = (
        select(func.array_agg(Client.slug))
        .join(PersonClient, PersonClient.client_id == Client.client_id)
        .where(PersonClient.person_id == Person.person_id)
        .scalar_subquery()
    )
    last_seen = (
        select(func.max(Session.last_seen_at))
        .where(Session.person_id == Person.person_id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Person.email,
            Person.name,
            Person.role,
            slugs.label("slugs"),
            (Person.password_hash != "").label("has_password"),
            Person.must_change_password,
            Person.disabled_at,
            last_seen.label("last_seen_at"),
        )
    )
    people = (
        PersonSummary(
            email=row.email,
            name=row.name,
            role=row.role,
            clients=tuple(sorted(row.slugs or ())),
            has_password=row.has_password,
            must_change_password=row.must_change_password,
            disabled_at=row.disabled_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    )
    return tuple(sorted(people, key=lambda person: person.email))
