"""Which clients there are, for files that name one in each row."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, text

from db.session import writer_transaction

_KNOWN = text("SELECT slug, client_id FROM billing.known_clients()")
_IN_ORDER = text("SELECT slug, client_id FROM billing.known_clients() ORDER BY slug")
_WITH_SOURCE = text("SELECT client_id FROM billing.source WHERE code = :source")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClient:
    """A client, and whether it has a source."""

    client_id: int
    has_source: bool


def client_ids(engine: Engine) -> Mapping[str, int]:
    """The ids of all clients by slug, in order.

    Args:
        engine: of the writer.
    """
    with writer_transaction(engine, []) as connection:
        return {row.slug: row.client_id for row in connection.execute(_IN_ORDER)}


def known_clients(engine: Engine, source: str) -> Mapping[str, KnownClient]:
    """All clients by slug, and whether each has the source.

    Args:
        engine: of the writer.
        source: code of the source.
    """
    with writer_transaction(engine, []) as connection:
        ids = {row.slug: row.client_id for row in connection.execute(_KNOWN)}
    with writer_transaction(engine, ids.values()) as connection:
        sourced = set(connection.execute(_WITH_SOURCE, {"source": source}).scalars())
    return {
        slug: KnownClient(client_id=client_id, has_source=client_id in sourced)
        for slug, client_id in ids.items()
    }
