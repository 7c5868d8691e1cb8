"""Which clients there are, for files that name one in each row."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from db.session import writer_transaction

_ALL = text("SELECT slug, client_id FROM billing.known_clients() ORDER BY slug")
_ONE = text("SELECT client_id FROM billing.client_ids(ARRAY[:slug])")
_WITH_SOURCE = text("SELECT client_id FROM billing.source WHERE code = :source")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClient:
    """A client, and whether it has a source."""

    client_id: int
    has_source: bool


def client_ids(connection: Connection) -> Mapping[str, int]:
    """The ids of all clients by slug, in order; the writer needn't declare any."""
    return {row.slug: row.client_id for row in connection.execute(_ALL)}


def client_id_of(engine: Engine, slug: str) -> int | None:
    """The id of a client; None where there is none.

    Args:
        engine: of the writer.
        slug: of the client.
    """
    with writer_transaction(engine, []) as connection:
        found: int | None = connection.execute(_ONE, {"slug": slug}).scalar()
    return found


def known_clients(engine: Engine, source: str) -> Mapping[str, KnownClient]:
    """All clients by slug, and whether each has the source.

    Args:
        engine: of the writer.
        source: code of the source.
    """
    with writer_transaction(engine, []) as connection:
        ids = client_ids(connection)
    with writer_transaction(engine, ids.values()) as connection:
        sourced = set(connection.execute(_WITH_SOURCE, {"source": source}).scalars())
    return {
        slug: KnownClient(client_id=client_id, has_source=client_id in sourced)
        for slug, client_id in ids.items()
    }
