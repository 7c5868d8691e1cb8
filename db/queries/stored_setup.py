"""A whole setup as it is stored: what an export writes and an apply compares with."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from billing_core.setup import Client, Person, Role, Setup
from db import models
from db.queries.setup import agreements_of, issuer, meters, sources_of


def stored_setup(connection: Connection, slugs: Collection[str] | None = None) -> Setup | None:
    """What is stored of the clients, or of all; None before the first setup.

    Meters and people are all of them, people with all clients they are tied to.
    """
    found = issuer(connection)
    if found is None:
        return None
    clients = _clients(connection, slugs)
    ids = [client_id for client_id, _ in clients]
    return Setup(
        issuer=found,
        clients=tuple(client for _, client in clients),
        people=people_of(connection),
        meters=tuple(meters(connection).values()),
        sources=tuple(source for each in ids for source in sources_of(connection, each)),
        agreements=tuple(signed for each in ids for signed in agreements_of(connection, each)),
    )


def _clients(connection: Connection, slugs: Collection[str] | None) -> Sequence[tuple[int, Client]]:
    table = models.Client
    statement = select(
        table.client_id, table.slug, table.name, table.zone, table.locale, table.country
    )
    if slugs is not None:
        statement = statement.where(table.slug.in_(slugs))
    rows = sorted(connection.execute(statement), key=lambda row: row.slug)
    return [
        (
            row.client_id,
            Client(
                slug=row.slug, name=row.name, zone=row.zone, locale=row.locale, country=row.country
            ),
        )
        for row in rows
    ]


def people_of(connection: Connection) -> tuple[Person, ...]:
    """All people with the clients they are tied to, in the order of their addresses."""
    person, tie, client = models.Person, models.PersonClient, models.Client
    rows = connection.execute(
        select(person.person_id, person.email, person.name, person.role, client.slug)
        .outerjoin(tie, tie.person_id == person.person_id)
        .outerjoin(client, client.client_id == tie.client_id)
        .order_by(person.person_id)
    ).all()
    people = (tuple(own) for _, own in groupby(rows, lambda row: row.person_id))
    return tuple(sorted((_person(own) for own in people), key=lambda person: person.email))


def _person(rows: tuple[Row[*tuple[Any, ...]], ...]) -> Person:
    """A person from their rows: one for each client, or one without."""
    return Person(
        email=rows[0].email.lower(),
        name=rows[0].name,
        role=Role(rows[0].role),
        clients=tuple(sorted(row.slug for row in rows if row.slug is not None)),
    )
