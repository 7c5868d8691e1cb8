"""What was set up, read again only when it changed: meters and a client's agreements.

Small batches would spend a sixth of their time on reading prices that rarely change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

from billing_core.metering import Meter
from billing_core.prices import Agreement
from db.queries.setup import agreements_of, meters

CLIENTS_KEPT: Final = 1000  # of an engine; forgotten together when there are more
#: A row that is new or changed carries the number of its transaction, which is higher than any
#: before it. So with equal counts the sum grows by every change.
VERSION = text(
    """
    SELECT
        (SELECT (count(*), sum(xmin::text::bigint))::text FROM billing.meter),
        (SELECT (zone, slug)::text FROM billing.client WHERE client_id = :client),
        (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.agreement WHERE client_id = :client),
        (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.price WHERE client_id = :client),
        (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.price_tier WHERE client_id = :client),
        (SELECT (count(*), sum(xmin::text::bigint))::text
            FROM billing.agreement_quantity WHERE client_id = :client)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSetup:
    """What a client's events are measured against."""

    meters: Mapping[str, Meter]  #: by code
    agreements: tuple[Agreement, ...]  #: in order of time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    version: tuple[str | None, ...]
    setup: KnownSetup


_kept: WeakKeyDictionary[Engine, dict[int, _Kept]] = WeakKeyDictionary()


def setup_of(connection: Connection, client_id: int) -> KnownSetup:
    """What is set up for a client, as the transaction sees it."""
    own = _kept.setdefault(connection.engine, {})
    version = tuple(connection.execute(VERSION, {"client": client_id}).one())
    found = own.get(client_id)
    if found is None or found.version != version:
        setup = KnownSetup(
            meters=meters(connection), agreements=agreements_of(connection, client_id)
        )
        if len(own) >= CLIENTS_KEPT:
            own.clear()
        found = own[client_id] = _Kept(version=version, setup=setup)
    return found.setup
