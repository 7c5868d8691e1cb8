"""What was set up, for whoever closes many clients' months: read again only where it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool, text

from billing_core.metering import Meter
from billing_core.prices import Agreement
from billing_core.setup import Client, Issuer
from billing_core.taxes import TaxRate
from db.queries.parties import parties_of
from db.queries.setup import agreements_of, meters
from db.queries.taxes import tax_rates

_CLIENTS_KEPT: Final = 1000  # of a pool; forgotten together when there are more
#: A row that is new or changed carries the number of its transaction, which is higher than any
#: before it. So with equal counts the sum grows by every change.
_VERSION: Final = text(
    """
    SELECT
        (SELECT (count(*), sum(xmin::text::bigint))::text FROM billing.issuer)
        || (SELECT (count(*), sum(xmin::text::bigint))::text FROM billing.meter)
        || (SELECT (count(*), sum(xmin::text::bigint))::text FROM billing.tax_rate) AS common,
        (SELECT xmin::text FROM billing.client WHERE client_id = :client)
        || (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.agreement WHERE client_id = :client)
        || (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.price WHERE client_id = :client)
        || (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.price_tier WHERE client_id = :client)
        || (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.agreement_quantity WHERE client_id = :client) AS own
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSetup:
    """What a client's documents are made by."""

    issuer: Issuer
    client: Client
    agreements: tuple[Agreement, ...]  #: in order of time
    meters: Mapping[str, Meter]  #: all of them, by code
    tax_rates: tuple[TaxRate, ...]  #: all of them

    @property
    def parties(self) -> tuple[Issuer, Client]:
        """The two sides of a document."""
        return self.issuer, self.client


@dataclass(slots=True)
class _Kept:
    """What the transactions of a pool have read."""

    common: dict[str, tuple[Mapping[str, Meter], tuple[TaxRate, ...]]]  #: by version; the newest
    clients: dict[int, tuple[str, ClosingSetup]]  #: with their version


_kept: WeakKeyDictionary[Pool, _Kept] = WeakKeyDictionary()


def closing_setup(connection: Connection, client_id: int) -> ClosingSetup:
    """Give what is set up for a client, as the transaction sees it.

    Raises:
        LookupError: where nothing is set up, or the transaction may not see the client.
    """
    kept = _kept.setdefault(connection.engine.pool, _Kept({}, {}))
    row = connection.execute(_VERSION, {"client": client_id}).one()
    version = f"{row.common}{row.own}"
    found = kept.clients.get(client_id)
    if found is None or found[0] != version:
        if len(kept.clients) >= _CLIENTS_KEPT:
            kept.clients.clear()
        if row.common not in kept.common:
            kept.common = {row.common: (meters(connection), tax_rates(connection))}
        found = version, _read(connection, client_id, kept.common[row.common])
        kept.clients[client_id] = found
    return found[1]


def _read(
    connection: Connection,
    client_id: int,
    common: tuple[Mapping[str, Meter], tuple[TaxRate, ...]],
) -> ClosingSetup:
    issuer, client = parties_of(connection, client_id)
    return ClosingSetup(
        issuer=issuer,
        client=client,
        agreements=agreements_of(connection, client_id),
        meters=common[0],
        tax_rates=common[1],
    )
