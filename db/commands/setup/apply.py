"""Applies a setup: compares it with what is stored, refuses or stores it, and says what changed."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, select, text

from billing_core.faults import Fault, refuse
from billing_core.period import zone_of
from billing_core.setup import Client, Person, Role, Setup
from db import models
from db.commands.ingest.changed_months import EVERY_MONTH, raise_from
from db.commands.ingest.renewing import renew_crossings
from db.commands.setup.changes import Action, Change, changes_between
from db.commands.setup.facts import (
    Facts,
    half_issued,
    has_documents,
    is_used_source,
    months_of,
    used_meters,
)
from db.commands.setup.noted import note_setup
from db.commands.setup.rules import Evidence, Rules
from db.commands.setup.shared import prefix_faults, taxed_clients
from db.commands.setup.tax_rules import tax_faults
from db.commands.setup.writing import Writer
from db.commands.setup.written_parties import client_ids_of
from db.queries.stored_setup import stored_setup

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('setup', 0))")


def apply_setup(
    connection: Connection,
    setup: Setup,
    *,
    as_of: datetime,
    actor: str,
    is_demo: bool = False,
) -> tuple[Change, ...]:
    """Store a setup in the given transaction of the owner, and give what changed.

    The second time nothing changes. What is stored of clients that the setup doesn't name stays.

    Args:
        connection: a transaction of the owner; the caller commits it, or rolls back a dry run.
        setup: the whole set for the clients it names.
        as_of: the present, which says what has begun.
        actor: who applies it, for the audit log.
        is_demo: marks clients and people who are new as those of a demo.

    Raises:
        Faults: with everything that may not change; nothing is stored then.
    """
    connection.execute(_ONE_AT_A_TIME)
    stored = stored_setup(connection, [client.slug for client in setup.clients])
    wanted = _with_other_clients(setup, stored)
    changes = tuple(changes_between(stored, wanted))
    rules = Rules(stored, wanted, _evidence(connection, wanted, changes, as_of))
    demo_faults = _demo_faults(connection, wanted) if is_demo else ()
    shared = _shared_faults(connection, stored, wanted)
    refuse((*demo_faults, *shared, *_people_faults(wanted), *rules.faults_of(changes)))
    if any(change.action is not Action.LEFT for change in changes):
        Writer(connection, stored, wanted).write(changes, is_demo=is_demo)
        _renew_crossings(connection, changes)
        note_setup(connection, changes, wanted, actor)
        _raise_versions(connection, changes)
    return changes


def _with_other_clients(setup: Setup, stored: Setup | None) -> Setup:
    """The setup, in which people keep the clients that it says nothing about."""
    named = {client.slug for client in setup.clients}
    known = {person.email: person for person in stored.people} if stored else {}
    people = tuple(
        replace(person, clients=tuple(sorted({*person.clients, *_others(known, person, named)})))
        for person in setup.people
    )
    return replace(setup, people=people)


def _others(known: dict[str, Person], person: Person, named: set[str]) -> set[str]:
    sees_all = person.role in {Role.BILLING, Role.ADMINISTRATOR}
    before = known.get(person.email)
    return set() if before is None or sees_all else set(before.clients) - named


def _shared_faults(connection: Connection, stored: Setup | None, wanted: Setup) -> Iterator[Fault]:
    yield from prefix_faults(connection, wanted)
    yield from tax_faults(stored, wanted, taxed_clients(connection, stored, wanted))


def _people_faults(wanted: Setup) -> Iterator[Fault]:
    for person in wanted.people:
        if person.role in {Role.FINANCE, Role.IT} and len(person.clients) > 1:
            message = (
                f"A person of role {person.role} sees exactly one client, and sees "
                f"{' and '.join(person.clients)}: use another address for the second."
            )
            yield Fault(where=f"{wanted.place_of('person', person.email)}:clients", message=message)


def _demo_faults(connection: Connection, wanted: Setup) -> Iterator[Fault]:
    """A fault for each client and person of a demo who is stored and real."""
    client, person = models.Client, models.Person
    real = select(client.slug).where(~client.is_demo)
    for slug in sorted({each.slug for each in wanted.clients} & set(_texts(connection, real))):
        message = "The client is a real one, not of a demo: use another slug."
        yield Fault(where=f"{wanted.place_of('client', slug)}:slug", message=message)
    real = select(person.email).where(~person.is_demo)
    for email in sorted({each.email for each in wanted.people} & set(_texts(connection, real))):
        message = "The person is a real one, not of a demo: use another address."
        yield Fault(where=f"{wanted.place_of('person', email)}:email", message=message)


def _texts(connection: Connection, statement: Select[str]) -> Iterable[str]:
    return connection.execute(statement).scalars()


def _evidence(
    connection: Connection, wanted: Setup, changes: tuple[Change, ...], as_of: datetime
) -> Evidence:
    ids = client_ids_of(connection, [client.slug for client in wanted.clients])
    stored = [client for client in wanted.clients if client.slug in ids]
    removed = [
        each.key for each in changes if each.kind == "source" and each.action is Action.REMOVED
    ]
    return Evidence(
        clients={each.slug: _facts(connection, ids[each.slug], each, as_of) for each in stored},
        used_meters=used_meters(connection, [meter.code for meter in wanted.meters]),
        used_sources=frozenset(
            key for key in removed if is_used_source(connection, ids[key[0]], key[1])
        ),
        half_issued=half_issued(connection),
    )


def _facts(connection: Connection, client_id: int, client: Client, as_of: datetime) -> Facts:
    today = as_of.astimezone(zone_of(client.zone)).date()
    return Facts(
        today=today,
        months=months_of(connection, client_id),
        has_documents=has_documents(connection, client_id),
    )


def _renew_crossings(connection: Connection, changes: tuple[Change, ...]) -> None:
    """Let what is stored already be held against the bounds of the prices as they are now."""
    priced = {"agreement", "price"}
    slugs = sorted({each.key[0] for each in changes if each.kind in priced})
    for _, client_id in sorted(client_ids_of(connection, slugs).items()):
        renew_crossings(connection, client_id)


def _raise_versions(connection: Connection, changes: tuple[Change, ...]) -> None:
    """Tell the screens of the clients whose figures may look different now.

    The issuer, the meters and the tax codes are shown to all clients.
    """
    table = models.Client
    statement = select(table.client_id).order_by(table.client_id)
    if not any(change.kind in {"issuer", "meter", "tax rate"} for change in changes):
        slugs = {change.key[0] for change in changes if change.kind != "person"}
        statement = statement.where(table.slug.in_(slugs))
    for client_id in connection.execute(statement).scalars().all():
        raise_from(connection, client_id, EVERY_MONTH)
