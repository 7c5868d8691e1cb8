"""What a setup shares with clients that it doesn't name: prefixes of numbers, and tax codes."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select, union

from billing_core.faults import Fault
from billing_core.setup import Setup
from billing_core.taxes import TaxTreatment
from db import models
from db.commands.setup.facts import billed_until, months_of
from db.commands.setup.tax_rules import Taxed, changed_codes, rates_after
from db.queries.parties import clients
from db.queries.setup import agreements_of


def prefix_faults(connection: Connection, wanted: Setup) -> Iterator[Fault]:
    """A fault for each client whose documents would have the numbers of one that isn't named."""
    slugs = {client.slug for client in wanted.clients}
    others = {
        client.number_prefix: client.slug
        for client in clients(connection).values()
        if client.slug not in slugs
    }
    for client in wanted.clients:
        if client.number_prefix in others:
            message = (
                f"{client.number_prefix} is the prefix of client {others[client.number_prefix]}, "
                "whom the folder doesn't name: choose another."
            )
            where = f"{wanted.place_of('client', client.slug)}:invoice_prefix"
            yield Fault(where=where, message=message)


def taxed_clients(connection: Connection, stored: Setup | None, wanted: Setup) -> Sequence[Taxed]:
    """The stored clients that a changed tax code is used for, or a reverse charge.

    The latter only where the issuer has no tax number.
    """
    codes = set(changed_codes(stored, wanted))
    if not wanted.issuer.tax_number:
        reverse = TaxTreatment.REVERSE_CHARGE
        codes |= {rate.code for rate in rates_after(stored, wanted) if rate.treatment is reverse}
    slugs = {client.slug for client in wanted.clients}
    ids = _ids_of_taxed(connection, codes) if codes else set()
    return tuple(
        Taxed(
            client=client,
            agreements=agreements_of(connection, client_id),
            billed_until=billed_until(months_of(connection, client_id)),
            is_wanted=client.slug in slugs,
        )
        for client_id, client in clients(connection).items()
        if client_id in ids
    )


def _ids_of_taxed(connection: Connection, codes: set[str]) -> set[int]:
    """The clients with an agreement or a price that names one of the tax codes."""
    agreement, price = models.Agreement, models.Price
    named = union(
        select(agreement.client_id).where(agreement.tax_code.in_(codes)),
        select(price.client_id).where(price.tax_code.in_(codes)),
    )
    return set(connection.execute(named).scalars())
