"""What was set up, as values: for screens under row-level security, and for jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from billing_core.metering import Aggregation, Meter
from billing_core.setup import Books, Issuer, Source
from db import models
from db.queries.rate_cards import agreement_of, agreements_of

__all__ = [
    "ClientProfile",
    "agreement_of",
    "agreements_of",
    "client_of",
    "issuer",
    "meters",
    "sources_of",
]

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """A client as screens know it."""

    client_id: int
    slug: str
    name: str
    zone: str  #: IANA time zone
    locale: str  #: such as en_NL
    country: str  #: ISO 3166, two letters
    is_demo: bool


def client_of(connection: Connection, client_id: int) -> ClientProfile | None:
    """The client; None where there is none, or none that the transaction may see."""
    statement = _CLIENT.where(models.Client.client_id == client_id)
    row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else ClientProfile(**row)


_CLIENT: Final = select(
    models.Client.client_id,
    models.Client.slug,
    models.Client.name,
    models.Client.zone,
    models.Client.locale,
    models.Client.country,
    models.Client.is_demo,
)


def issuer(connection: Connection) -> Issuer | None:
    """The MSP; None before the first setup."""
    table = models.Issuer
    columns = (
        table.name,
        table.legal_name,
        table.country,
        table.address,
        table.tax_number,
        table.email,
        table.payment_details,
        table.books,
    )
    row = connection.execute(select(*columns)).mappings().one_or_none()
    return None if row is None else Issuer(**{**row, "books": Books(row["books"])})


def meters(connection: Connection) -> Mapping[str, Meter]:
    """All meters by code, in the order of their codes."""
    rows = connection.execute(select(models.Meter.__table__))
    return {row.code: _meter(row) for row in sorted(rows, key=lambda row: row.code)}


def _meter(row: Row[*tuple[Any, ...]]) -> Meter:
    return Meter(
        code=row.code,
        name=row.name,
        unit=row.unit,
        aggregation=Aggregation(row.aggregation),
        holds_for=row.holds_for,
        allows_credits=row.allows_credits,
    )


def sources_of(connection: Connection, client_id: int) -> tuple[Source, ...]:
    """The client's sources, in the order of their codes."""
    table = models.Source
    rows = connection.execute(
        select(models.Client.slug, table.code, table.name, table.expects_every)
        .join(models.Client, models.Client.client_id == table.client_id)
        .where(table.client_id == client_id)
    )
    return tuple(
        Source(
            client=row.slug,
            code=row.code,
            name=row.name,
            expects_every_minutes=row.expects_every and row.expects_every // _MINUTE,
        )
        for row in sorted(rows, key=lambda row: row.code)
    )
