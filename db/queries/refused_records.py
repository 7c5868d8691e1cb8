"""Refused records, for the people who mend them: which there are, singly and counted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

_REFERENCE: Final = re.compile(r"u?[1-9][0-9]{0,17}", re.ASCII)
#: Refused records of clients and those that belong to none, in one shape.
_ASSIGNED: Final = """
    SELECT r.rejected_record_id::text AS reference, r.client_id, c.slug AS client, r.source_id,
        coalesce(s.code, r.source_code) AS source, coalesce(r.profile, i.profile) AS profile,
        CASE WHEN r.ingest_run_id IS NOT NULL THEN i.file_name
            WHEN r.profile IS NULL THEN 'post' ELSE 'file' END AS origin,
        r.ingest_run_id, r.line, r.code, r.reason, r.record, r.event_id, r.stored_leaf_hash,
        r.offered_leaf_hash, r.recorded_at, r.state, r.resolved_at, r.resolution
    FROM billing.rejected_record r
    JOIN billing.client c USING (client_id)
    LEFT JOIN billing.source s ON s.client_id = r.client_id AND s.source_id = r.source_id
    LEFT JOIN billing.ingest_run i
        ON i.client_id = r.client_id AND i.ingest_run_id = r.ingest_run_id
"""
_UNASSIGNED: Final = """
    SELECT 'u' || u.unassigned_record_id AS reference, CAST(NULL AS integer) AS client_id,
        u.named_client AS client, CAST(NULL AS integer) AS source_id, u.source_code AS source,
        u.profile, u.origin, CAST(NULL AS bigint) AS ingest_run_id, u.line, u.code, u.reason,
        u.record, CAST(NULL AS uuid) AS event_id, CAST(NULL AS bytea) AS stored_leaf_hash,
        CAST(NULL AS bytea) AS offered_leaf_hash, u.recorded_at, u.state, u.resolved_at,
        u.resolution
    FROM billing.unassigned_record u
"""
_REFUSED: Final = f"WITH refused AS ({_ASSIGNED} UNION ALL {_UNASSIGNED})"
_ASKED: Final = """
    WHERE (CAST(:client AS text) IS NULL OR client = :client)
      AND (CAST(:source AS text) IS NULL OR source = :source)
      AND (CAST(:code AS text) IS NULL OR code = :code)
      AND (CAST(:state AS text) IS NULL OR state = :state)
"""
_COUNTED: Final = text(
    f"""{_REFUSED}
    SELECT client, client_id IS NOT NULL AS is_assigned, source, code, state, count(*) AS count,
        min(recorded_at) AS oldest_at, max(recorded_at) AS newest_at,
        (array_agg(reason ORDER BY recorded_at DESC, reference))[1] AS reason
    FROM refused {_ASKED}
    GROUP BY 1, 2, 3, 4, 5 ORDER BY client, 2 DESC, source, code, state
    """  # noqa: S608 - the parts are ours
)
_LISTED: Final = text(
    f"""{_REFUSED}
    SELECT * FROM refused {_ASKED} ORDER BY recorded_at DESC, reference DESC LIMIT :limit
    """  # noqa: S608 - the parts are ours
)
#: By the keys of both tables, however much they hold.
_NAMED: Final = text(
    f"""{_ASSIGNED}
    WHERE r.client_id = ANY (billing.writer_client_ids())
      AND r.rejected_record_id = ANY (CAST(:assigned AS bigint[]))
    UNION ALL {_UNASSIGNED} WHERE u.unassigned_record_id = ANY (CAST(:unassigned AS bigint[]))
    ORDER BY recorded_at, reference
    """
)
_SAME: Final = """
    source IS NOT DISTINCT FROM :of_source AND profile IS NOT DISTINCT FROM :profile
    AND (origin = 'post') = :is_posted AND (code = 'conflict') = :is_conflict
"""
_TOGETHER: Final = text(
    f"""{_REFUSED}
    SELECT client, client_id, source, profile,
        origin = 'post' AS is_posted, code = 'conflict' AS is_conflict, count(*) AS count
    FROM refused {_ASKED} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY client, 2, source, profile, 5, 6
    """  # noqa: S608 - the parts are ours
)
_NEXT_ASSIGNED: Final = text(
    f"""WITH refused AS ({_ASSIGNED}
        WHERE r.client_id = :of_client_id AND r.rejected_record_id > :after
        ORDER BY r.rejected_record_id)
    SELECT reference FROM refused {_ASKED} AND {_SAME} LIMIT :limit
    """  # noqa: S608 - the parts are ours
)
_NEXT_UNASSIGNED: Final = text(
    f"""WITH refused AS ({_UNASSIGNED}
        WHERE u.unassigned_record_id > :after ORDER BY u.unassigned_record_id)
    SELECT reference FROM refused {_ASKED} AND client = :of_client AND {_SAME} LIMIT :limit
    """  # noqa: S608 - the parts are ours
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which refused records are meant; None leaves a question open."""

    client: str | None = None  #: slug, or the client as an unassigned record names it
    source: str | None = None  #: code
    code: str | None = None  #: kind of fault
    state: str | None = "open"

    def values(self) -> Mapping[str, str | None]:
        """As the queries take them."""
        return {
            "client": self.client,
            "source": self.source,
            "code": self.code,
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCount:
    """How many records of a client, source, kind and state there are."""

    client: str
    is_assigned: bool  #: False: nobody set this client up
    source: str | None
    code: str
    state: str
    count: int
    oldest_at: datetime
    newest_at: datetime
    reason: str  #: of the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRecord:
    """One refused record, as it came and as it stands."""

    reference: str  #: its number; of one that belongs to no client a "u" and its number
    client_id: int | None  #: None: nobody set the client up
    client: str  #: slug, or as the record names it
    source_id: int | None
    source: str | None  #: code
    profile: str | None  #: how the file was read; None for posts
    origin: str  #: the file's name; or post
    ingest_run_id: int | None
    line: int | None
    code: str
    reason: str
    record: str
    event_id: UUID | None
    stored_leaf_hash: bytes | None
    offered_leaf_hash: bytes | None
    recorded_at: datetime
    state: str
    resolved_at: datetime | None
    resolution: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedGroup:
    """Refused records that can be tried again together."""

    client: str  #: slug, or as the records name it
    client_id: int | None  #: None: they belong to no client
    source: str | None  #: code
    profile: str | None
    is_posted: bool
    is_conflict: bool
    count: int


def counts_of_refused(connection: Connection, asked: Asked) -> tuple[ListedCount, ...]:
    """Give how many refused records there are, by client, source, kind and state.

    Args:
        connection: the writer's; sees the clients that it declared, and what belongs to none.
        asked: which.
    """
    rows = connection.execute(_COUNTED, asked.values()).mappings()
    return tuple(ListedCount(**row) for row in rows)


def refused_records(
    connection: Connection, asked: Asked, *, limit: int
) -> tuple[RefusedRecord, ...]:
    """Give single refused records, the newest first."""
    rows = connection.execute(_LISTED, {**asked.values(), "limit": limit}).mappings()
    return tuple(RefusedRecord(**row) for row in rows)


def refused_named(connection: Connection, references: Sequence[str]) -> tuple[RefusedRecord, ...]:
    """Give the refused records of these references, in order of arrival."""
    named = [each for each in references if _REFERENCE.fullmatch(each)]
    values = {
        "assigned": [int(each) for each in named if not each.startswith("u")],
        "unassigned": [int(each[1:]) for each in named if each.startswith("u")],
    }
    return tuple(RefusedRecord(**row) for row in connection.execute(_NAMED, values).mappings())


def groups_of_refused(connection: Connection, asked: Asked) -> tuple[RefusedGroup, ...]:
    """Give what refused records have in common, where they are tried again together."""
    rows = connection.execute(_TOGETHER, asked.values()).mappings()
    return tuple(RefusedGroup(**row) for row in rows)


def references_in(
    connection: Connection, asked: Asked, group: RefusedGroup, *, after: str, limit: int
) -> tuple[str, ...]:
    """Give the next references of a group.

    Args:
        connection: the writer's.
        asked: as when the groups were asked for.
        group: which.
        after: the last one seen; "0" at the beginning.
        limit: at most so many.
    """
    values = {
        "of_client": group.client,
        "of_client_id": group.client_id,
        "of_source": group.source,
        "profile": group.profile,
        "is_posted": group.is_posted,
        "is_conflict": group.is_conflict,
        "after": int(after.removeprefix("u")),
        "limit": limit,
    }
    following = _NEXT_UNASSIGNED if group.client_id is None else _NEXT_ASSIGNED
    return tuple(connection.execute(following, {**asked.values(), **values}).scalars())
