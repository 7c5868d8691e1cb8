"""Refused records in a transaction that changes them: locked, resolved, or refused anew."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, text

from db.commands.ingest import Rejection, UnknownSource, keep
from db.queries.refused_records import RefusedRecord, refused_named

#: In the order of the key, so that two replays wait for each other and never in a circle.
_LOCK: Final = text(
    """
    SELECT rejected_record_id::text FROM billing.rejected_record
    WHERE client_id = ANY (billing.writer_client_ids()) AND rejected_record_id = ANY (:numbers)
    ORDER BY client_id, rejected_record_id FOR UPDATE
    """
)
_LOCK_UNASSIGNED: Final = text(
    """
    SELECT 'u' || unassigned_record_id FROM billing.unassigned_record
    WHERE unassigned_record_id = ANY (:numbers) ORDER BY unassigned_record_id FOR UPDATE
    """
)
_RESOLVE: Final = text(
    """
    UPDATE billing.rejected_record SET state = :state, resolved_at = now(), resolution = :resolution
    WHERE client_id = :client AND rejected_record_id = :number AND state = 'open'
    """
)
_RESOLVE_UNASSIGNED: Final = text(
    """
    UPDATE billing.unassigned_record
    SET state = :state, resolved_at = now(), resolution = :resolution
    WHERE unassigned_record_id = :number AND state = 'open'
    """
)
#: The other refusals of the same row: it has more than one measurement, and was mended whole.
_RESOLVE_REST: Final = text(
    """
    UPDATE billing.rejected_record SET state = 'replayed', resolved_at = now(),
        resolution = :resolution
    WHERE client_id = :client AND ingest_run_id = :run AND line = :line AND record = :record
      AND state = 'open'
    """
)
_REFUSE: Final = text(
    """
    UPDATE billing.rejected_record SET code = :code, reason = :reason, event_id = :event_id,
        stored_leaf_hash = :stored, offered_leaf_hash = :offered
    WHERE client_id = :client AND rejected_record_id = :number AND state = 'open'
      AND (code, reason, event_id) IS DISTINCT FROM (:code, :reason, CAST(:event_id AS uuid))
    """
)


def locked(connection: Connection, references: Sequence[str]) -> tuple[RefusedRecord, ...]:
    """Refused records, locked until the transaction ends, as they are once the locks are held.

    Args:
        connection: of the writer, who declared their clients.
        references: like "17", or "u3" of one that belongs to no client.
    """
    assigned = [int(each) for each in references if not each.startswith("u")]
    unassigned = [int(each[1:]) for each in references if each.startswith("u")]
    found: list[str] = []
    if assigned:
        found += connection.execute(_LOCK, {"numbers": assigned}).scalars()
    if unassigned:
        found += connection.execute(_LOCK_UNASSIGNED, {"numbers": unassigned}).scalars()
    return refused_named(connection, found)


def resolve(
    connection: Connection, records: Iterable[RefusedRecord], state: str, resolution: str
) -> None:
    """Note what became of open records, and why."""
    said = {"state": state, "resolution": resolution}
    assigned, unassigned = [], []
    for each in records:
        if each.client_id is None:
            unassigned.append({**said, "number": int(each.reference[1:])})
        else:
            assigned.append({**said, "client": each.client_id, "number": int(each.reference)})
    if assigned:
        connection.execute(_RESOLVE, assigned)
    if unassigned:
        connection.execute(_RESOLVE_UNASSIGNED, unassigned)


def resolve_rest_of_row(connection: Connection, record: RefusedRecord, resolution: str) -> None:
    """Note that the other faults of a file's row were mended with this one."""
    if record.ingest_run_id is None:
        return
    values = {"client": record.client_id, "run": record.ingest_run_id, "line": record.line}
    connection.execute(_RESOLVE_REST, {**values, "record": record.record, "resolution": resolution})


def refuse_anew(
    connection: Connection,
    client_id: int,
    source_id: int | None,
    record: RefusedRecord,
    why: Rejection,
) -> None:
    """Keep a record open with its new reason; one that belonged to nobody now is the client's.

    Args:
        connection: the transaction, which holds the record's lock.
        client_id: whose record it is from now on.
        source_id: who sent it; None where the client has no such source.
        record: as it stands.
        why: what is wrong with it now.
    """
    if record.client_id is not None:
        connection.execute(_REFUSE, {**_said(why), **_key(record)})
        return
    unknown = UnknownSource(code=record.source or "", profile=record.profile)
    kept = replace(why, line=record.line or 0, record=record.record)
    keep(connection, client_id, source_id, None, [kept], unknown=unknown)
    resolve(connection, [record], "replayed", "it is among the client's refused records now")


def _key(record: RefusedRecord) -> dict[str, object]:
    return {"client": record.client_id, "number": int(record.reference)}


def _said(why: Rejection) -> dict[str, object]:
    return {
        "code": why.code,
        "reason": why.reason,
        "event_id": why.event_id,
        "stored": why.stored_leaf_hash,
        "offered": why.offered_leaf_hash,
    }
