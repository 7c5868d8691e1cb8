"""Who issues and who is billed, whole: as documents and setup files name them."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from billing_core.setup import Client, Issuer
from db import models
from db.queries.setup import issuer


def parties_of(connection: Connection, client_id: int) -> tuple[Issuer, Client]:
    """The MSP and the client, as a document between them needs them.

    `billing_core.invoicing.parties` says of both what stands on the document.

    Raises:
        LookupError: where nothing is set up, or the transaction may not see the client.
    """
    found = issuer(connection)
    client = _clients(connection, models.Client.client_id == client_id).get(client_id)
    if found is None or client is None:
        raise LookupError(f"client {client_id} is not set up, or may not be seen")
    return found, client


def clients(connection: Connection, slugs: Collection[str] | None = None) -> Mapping[int, Client]:
    """The clients of some slugs, or all, by id and in the order of their slugs."""
    named = () if slugs is None else (models.Client.slug.in_(slugs),)
    return _clients(connection, *named)


def _clients(connection: Connection, *conditions: ColumnElement[bool]) -> Mapping[int, Client]:
    rows = connection.execute(select(models.Client.__table__).where(*conditions))
    return {row.client_id: _client(row) for row in sorted(rows, key=lambda row: row.slug)}


def _client(row: Row[*tuple[Any, ...]]) -> Client:
    return Client(
        slug=row.slug,
        name=row.name,
        zone=row.zone,
        locale=row.locale,
        country=row.country,
        legal_name=row.legal_name,
        address=row.address,
        tax_number=row.tax_number,
        invoice_prefix=row.invoice_prefix,
        invoices_from=row.invoices_from,
    )
