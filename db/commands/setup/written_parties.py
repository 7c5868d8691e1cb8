"""Stores the issuer, clients, people, meters, sources and tax rates of a setup."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from billing_core.metering import Meter
from billing_core.setup import Client, Issuer, Person, Source
from billing_core.taxes import TaxRate
from db import models


def write_issuer(connection: Connection, issuer: Issuer) -> None:
    """Store the MSP in its one row."""
    values = {**asdict(issuer), "books": issuer.books.value}
    statement = insert_or_update(models.Issuer).values(issuer_id=1, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["issuer_id"], set_=values))


def write_tax_rates(
    connection: Connection, codes: Collection[str], rates: Iterable[TaxRate]
) -> None:
    """Store all versions of some tax codes anew, so that none overlaps another on the way."""
    table = models.TaxRate
    rows = [
        {**asdict(rate), "treatment": rate.treatment.value} for rate in rates if rate.code in codes
    ]
    connection.execute(delete(table).where(table.code.in_(codes)))
    if rows:
        connection.execute(insert(table), rows)


def release_prefixes(connection: Connection, slugs: Collection[str]) -> None:
    """Take the prefixes of clients that change, so that two may exchange theirs."""
    table = models.Client
    own = table.slug.in_(slugs) & (table.invoice_prefix != "")
    connection.execute(update(table).where(own).values(invoice_prefix=""))


def add_client(connection: Connection, client: Client, *, is_demo: bool) -> None:
    """Store a new client."""
    connection.execute(insert(models.Client).values(**asdict(client), is_demo=is_demo))


def change_client(connection: Connection, client: Client) -> None:
    """Store what changed of a client."""
    statement = update(models.Client).where(models.Client.slug == client.slug)
    connection.execute(statement.values(**asdict(client)))


def client_ids_of(connection: Connection, slugs: Iterable[str]) -> Mapping[str, int]:
    """The ids of the clients."""
    table = models.Client
    rows = connection.execute(
        select(table.slug, table.client_id).where(table.slug.in_(list(slugs)))
    )
    return {row.slug: row.client_id for row in rows}


def add_meter(connection: Connection, meter: Meter) -> None:
    """Store a new meter."""
    connection.execute(insert(models.Meter).values(**_of_meter(meter)))


def change_meter(connection: Connection, meter: Meter) -> None:
    """Store what changed of a meter."""
    statement = update(models.Meter).where(models.Meter.code == meter.code)
    connection.execute(statement.values(**_of_meter(meter)))


def _of_meter(meter: Meter) -> dict[str, object]:
    return {**asdict(meter), "aggregation": meter.aggregation.value}


def add_person(connection: Connection, person: Person, *, is_demo: bool) -> None:
    """Store a new person, who can't sign in before a password is set."""
    connection.execute(
        insert(models.Person).values(
            email=person.email,
            name=person.name,
            role=person.role.value,
            must_change_password=True,
            is_demo=is_demo,
        )
    )
    _tie(connection, person)


def change_person(connection: Connection, person: Person) -> None:
    """Store a person's name, role and clients."""
    table = models.Person
    statement = update(table).where(func.lower(table.email) == person.email)
    connection.execute(statement.values(name=person.name, role=person.role.value))
    ids = select(table.person_id).where(func.lower(table.email) == person.email)
    connection.execute(delete(models.PersonClient).where(models.PersonClient.person_id.in_(ids)))
    _tie(connection, person)


def _tie(connection: Connection, person: Person) -> None:
    people = select(models.Person.person_id)
    person_id = people.where(func.lower(models.Person.email) == person.email).scalar_subquery()
    clients = select(models.Client.client_id, person_id)
    tied = clients.where(models.Client.slug.in_(person.clients))
    connection.execute(insert(models.PersonClient).from_select(["client_id", "person_id"], tied))


def add_source(connection: Connection, client_id: int, source: Source) -> None:
    """Store a new source."""
    connection.execute(insert(models.Source).values(client_id=client_id, **_of_source(source)))


def change_source(connection: Connection, client_id: int, source: Source) -> None:
    """Store what changed of a source."""
    table = models.Source
    statement = update(table).where(table.client_id == client_id, table.code == source.code)
    connection.execute(statement.values(**_of_source(source)))


def remove_source(connection: Connection, client_id: int, code: str) -> None:
    """Remove a source that never sent anything."""
    table = models.Source
    connection.execute(delete(table).where(table.client_id == client_id, table.code == code))


def _of_source(source: Source) -> dict[str, object]:
    minutes = source.expects_every_minutes
    expects = None if minutes is None else timedelta(minutes=minutes)
    return {"code": source.code, "name": source.name, "expects_every": expects}
