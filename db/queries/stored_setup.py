"""A whole setup as it is stored: what an export writes and an apply compares with."""

from collections.abc import Collection
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from billing_core.setup import Person, Role, Setup
from db import models
from db.queries.parties import clients
from db.queries.setup import agreements_of, issuer, meters, sources_of
from db.queries.taxes import tax_rates


def stored_setup(connection: Connection, slugs: Collection[str] | None = None) -> Setup | None:
    """What is stored of the clients, or of all; None before the first setup.

    Tax codes, meters and people are all of them, people with all clients they are tied to.
    """
    found = issuer(connection)
    if found is None:
        return None
    named = clients(connection, slugs)
    return Setup(
        issuer=found,
        clients=tuple(named.values()),
        people=people_of(connection),
        meters=tuple(meters(connection).values()),
        sources=tuple(source for each in named for source in sources_of(connection, each)),
        agreements=tuple(signed for each in named for signed in agreements_of(connection, each)),
        tax_rates=tax_rates(connection),
    )


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
