"""Rejected records: kept with line and reason, for the people who can mend them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from db.commands.usage_batch import Refused

#: A record that is open already from the same file and line, or from the same source's posts,
#: isn't kept twice.
_KEEP = """
    INSERT INTO billing.rejected_record (client_id, source_id, source_code, profile, ingest_run_id,
        line, code, reason, record, event_id, stored_leaf_hash, offered_leaf_hash)
    SELECT :client, :source, :source_code, :profile, :run,
        :line, :code, :reason, :record, :event_id, :stored, :offered
    WHERE NOT EXISTS (
        SELECT FROM billing.rejected_record r {joined}
        WHERE r.client_id = :client AND r.state = 'open' AND r.code = :code
          AND md5(r.record) = md5(:record) AND r.record = :record
          AND r.event_id IS NOT DISTINCT FROM :event_id
          AND {same})
"""
OF_FILE = text(
    _KEEP.format(
        joined="JOIN billing.ingest_run i USING (client_id, ingest_run_id)",
        same="""r.line = :line AND i.file_sha256 = (SELECT file_sha256 FROM billing.ingest_run
                               WHERE client_id = :client AND ingest_run_id = :run)""",
    )
)
OF_POST = text(
    _KEEP.format(
        joined="",
        same="""r.ingest_run_id IS NULL AND r.source_id IS NOT DISTINCT FROM :source
            AND r.source_code IS NOT DISTINCT FROM :source_code
            AND r.profile IS NOT DISTINCT FROM :profile""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownSource:
    """A source that the client has not: what reading its records again needs."""

    code: str
    profile: str | None = None  #: how the file is read; None for posts


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


def of_refused(refused: Iterable[Refused]) -> tuple[Rejection, ...]:
    """Rows that their reader refused, as rejections."""
    return tuple(
        Rejection(line=each.line, code=each.code, reason=each.reason, record=each.record)
        for each in refused
    )


def keep(
    connection: Connection,
    client_id: int,
    source_id: int | None,
    run_id: int | None,
    rejections: Iterable[Rejection],
    *,
    unknown: UnknownSource | None = None,
) -> None:
    """Store rejected records in order of their lines.

    Args:
        connection: the transaction.
        client_id: whose records.
        source_id: who sent them; None where the client has no such source.
        run_id: the run they came in; None for posts.
        rejections: what was rejected, and why.
        unknown: the source, where the client has no such one.
    """
    values = [
        {
            "client": client_id,
            "source": source_id,
            "source_code": unknown.code if unknown else None,
            "profile": unknown.profile if unknown else None,
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
        connection.execute(_statement(run_id), values)


def _statement(run_id: int | None) -> TextClause:
    return OF_POST if run_id is None else OF_FILE
