"""A client's chain of documents as it is stored, for the bundle of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from db.queries.effective import NOT_SUPERSEDED
from db.queries.exported_events import StoredEvent, event_from
from db.queries.usage_carried import carried_in

_CHAIN: Final = text("""
    SELECT i.chain_position, i.manifest FROM billing.invoice i
    WHERE i.client_id = :client ORDER BY i.chain_position
""")
_DOCUMENTS: Final = text("""
    SELECT i.chain_position, i.manifest, i.document, i.rate_card, i.basis FROM billing.invoice i
    WHERE i.client_id = :client AND i.chain_position = ANY (:positions) ORDER BY i.chain_position
""")
_KEYS: Final = text("""
    SELECT k.verifier, k.endorsement FROM billing.signing_key k ORDER BY k.introduced_at, k.key_id
""")
#: The events that stated levels, found as `event_sets` finds their hashes.
_CARRIED: Final = text(
    f"""
    SELECT l.* FROM unnest(CAST(:resources AS text[]), CAST(:since AS timestamptz[]))
        AS held (resource, since)
    JOIN billing.resource r ON r.client_id = :client AND r.code = held.resource
    CROSS JOIN LATERAL (
        SELECT e.event_id, e.leaf_hash, s.code AS source, e.source_event_id, e.occurred_at,
               e.quantity, held.resource, e.counted_value, e.supersedes_event_id AS supersedes,
               e.reason, e.withdraws
        FROM billing.meter m JOIN billing.billing_period p ON p.client_id = :client
        JOIN billing.usage_event e ON e.client_id = p.client_id
            AND e.meter_id = m.meter_id AND e.billing_period = p.billing_period
            AND e.occurred_at = held.since AND e.resource_id = r.resource_id
        JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
        WHERE m.code = :meter AND p.billing_period <= :known AND NOT e.withdraws
          AND {NOT_SUPERSEDED.format(known=":known")}
        ORDER BY e.event_id DESC LIMIT 1) l
    ORDER BY l.occurred_at, l.event_id
    """  # noqa: S608 - put together from our own constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document's texts as they are stored."""

    position: int  #: in the client's chain, from 1
    manifest: str  #: the signed note
    document: str  #: canonical JSON, and so the next two
    rate_card: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A public key with which documents were signed."""

    verifier: str
    endorsement: str | None  #: of the key before it


def chain_of(connection: Connection, client_id: int) -> tuple[str, ...]:
    """Give the signed manifests of all the client's documents, from the first on."""
    rows = connection.execute(_CHAIN, {"client": client_id})
    return tuple(row.manifest for row in rows)


def stored_documents(
    connection: Connection, client_id: int, positions: Sequence[int]
) -> tuple[StoredDocument, ...]:
    """Give documents by their places in the chain, in order."""
    given = {"client": client_id, "positions": list(positions)}
    return tuple(
        StoredDocument(
            position=row.chain_position,
            manifest=row.manifest,
            document=row.document,
            rate_card=row.rate_card,
            basis=row.basis,
        )
        for row in connection.execute(_DOCUMENTS, given)
    )


def signing_keys(connection: Connection, _client_id: int) -> tuple[StoredKey, ...]:
    """Give all public keys, the oldest first; they are no client's."""
    rows = connection.execute(_KEYS)
    return tuple(StoredKey(verifier=row.verifier, endorsement=row.endorsement) for row in rows)


def carried_events(
    connection: Connection, client_id: int, meter: Meter, into: BillingPeriod, known: BillingPeriod
) -> tuple[StoredEvent, ...]:
    """Give the events that state the levels which a meter's resources carry into a month.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        meter: of levels.
        into: the month.
        known: the month whose document knows them: what it or an earlier one bills.
    """
    levels = carried_in(connection, client_id, into, [meter], known).get(meter.code, {})
    given = {
        "client": client_id,
        "meter": meter.code,
        "resources": list(levels),
        "since": [level.since for level in levels.values()],
        "known": known.month,
    }
    return tuple(map(event_from, connection.execute(_CARRIED, given)))
