"""Rejected records: kept with line and reason, for the people who can mend them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from db.commands.usage_batch import Refused

#: A record that is open already from the same file and line, or from the same source's posts,
#: isn't kept twice. One statement for all, however many rows of a file are refused.
_KEEP = """
    INSERT INTO billing.rejected_record (client_id, source_id, source_code, profile, ingest_run_id,
        line, code, reason, record, event_id, stored_leaf_hash, offered_leaf_hash)
    SELECT :client, :source, :source_code, :profile, :run,
        n.line, n.code, n.reason, n.record, n.event_id, n.stored, n.offered
    FROM unnest(CAST(:lines AS bigint[]), CAST(:codes AS text[]), CAST(:reasons AS text[]),
        CAST(:records AS text[]), CAST(:event_ids AS uuid[]), CAST(:stored AS bytea[]),
        CAST(:offered AS bytea[]))
        WITH ORDINALITY AS n (line, code, reason, record, event_id, stored, offered, place)
    WHERE NOT EXISTS (
        SELECT FROM billing.rejected_record r {joined}
        WHERE r.client_id = :client AND r.state = 'open' AND r.code = n.code
          AND md5(r.record) = md5(n.record) AND r.record = n.record
          AND r.event_id IS NOT DISTINCT FROM n.event_id
          AND {same})
    ORDER BY n.place
"""
OF_FILE = text(
    _KEEP.format(
        joined="JOIN billing.ingest_run i USING (client_id, ingest_run_id)",
        same="""r.line = n.line AND i.file_sha256 = (SELECT file_sha256 FROM billing.ingest_run
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
    kept = _once(rejections, by_line=run_id is not None)
    if not kept:
        return
    connection.execute(
        OF_POST if run_id is None else OF_FILE,
        {
            "client": client_id,
            "source": source_id,
            "source_code": unknown.code if unknown else None,
            "profile": unknown.profile if unknown else None,
            "run": run_id,
            "lines": [each.line for each in kept],
            "codes": [each.code for each in kept],
            "reasons": [each.reason for each in kept],
            "records": [each.record for each in kept],
            "event_ids": [each.event_id for each in kept],
            "stored": [each.stored_leaf_hash for each in kept],
            "offered": [each.offered_leaf_hash for each in kept],
        },
    )


def _once(rejections: Iterable[Rejection], *, by_line: bool) -> tuple[Rejection, ...]:
    """In order of their lines, those that say the same only once: of a file, for each line."""
    found: dict[tuple[object, ...], Rejection] = {}
    for each in sorted(rejections, key=lambda each: (each.line, each.code)):
        line = each.line if by_line else None
        found.setdefault((line, each.code, each.record, each.event_id), each)
    return tuple(found.values())
