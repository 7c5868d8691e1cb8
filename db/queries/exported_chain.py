"""A client's chain of documents as it is stored, for the bundle of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from db.queries.effective import NOT_SUPERSEDED
from db.queries.exported_events import StoredEvent, event_from

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
#: The level that each resource stated last before an instant, as a document of a month knew it.
_CARRIED: Final = text(f"""
    SELECT c.* FROM (
        SELECT DISTINCT ON (e.resource_id)
               e.event_id, e.leaf_hash, s.code AS source, e.source_event_id, e.occurred_at,
               e.quantity, r.code AS resource, e.counted_value,
               e.supersedes_event_id AS supersedes, e.reason, e.withdraws
        FROM billing.usage_event e
        JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
        JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
        WHERE e.client_id = :client AND e.billing_period <= :known AND e.occurred_at < :starts_at
          AND e.meter_id = (SELECT m.meter_id FROM billing.meter m WHERE m.code = :meter)
          AND (CAST(:since AS timestamptz) IS NULL
               OR e.occurred_at > CAST(:since AS timestamptz))
          AND NOT e.withdraws AND {NOT_SUPERSEDED.format(known=":known")}
        ORDER BY e.resource_id, e.occurred_at DESC, e.event_id DESC) c
    ORDER BY c.occurred_at, c.event_id
""")  # noqa: S608 - put together from our own constants


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
    since = into.starts_at - meter.holds_for if meter.holds_for else None
    given = {
        "client": client_id,
        "meter": meter.code,
        "starts_at": into.starts_at,
        "since": since,
        "known": known.month,
    }
    return tuple(map(event_from, connection.execute(_CARRIED, given)))
