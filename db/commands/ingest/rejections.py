"""Rejected records: kept with line and reason, for the people who can mend them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

#: A record that is open already from the same file and line isn't kept twice.
KEEP = text(
    """
    INSERT INTO billing.rejected_record (client_id, ingest_run_id, line, code, reason, record,
        event_id, stored_leaf_hash, offered_leaf_hash)
    SELECT :client, :run, :line, :code, :reason, :record, :event_id, :stored, :offered
    WHERE NOT EXISTS (
        SELECT FROM billing.rejected_record r
        JOIN billing.ingest_run i USING (client_id, ingest_run_id)
        WHERE r.client_id = :client AND r.state = 'open' AND r.line = :line AND r.code = :code
          AND r.record = :record AND r.event_id IS NOT DISTINCT FROM :event_id
          AND i.file_sha256 = (SELECT file_sha256 FROM billing.ingest_run
                               WHERE client_id = :client AND ingest_run_id = :run)
    )
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A record that was not stored."""

    line: int
    code: str
    reason: str
    record: str
    event_id: UUID | None = None
    stored_leaf_hash: bytes | None = None
    offered_leaf_hash: bytes | None = None


def keep(
    connection: Connection, client_id: int, run_id: int, rejections: Iterable[Rejection]
) -> None:
    """Store rejected records in order of their lines."""
    values = [
        {
            "client": client_id,
            "run": run_id,
            "line": each.line,
            "code": each.code,
            "reason": each.reason,
            "record": each.record,
            "event_id": each.event_id,
            "stored": each.stored_leaf_hash,
            "offered": each.offered_leaf_hash,
        }
        for each in sorted(rejections, key=lambda each: (each.line, each.code))
    ]
    if values:
        connection.execute(KEEP, values)
