"""Records that were refused and wait for somebody, as a client's screen counts them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from db.prepared import Question

_OPEN: Final = Question(
    "refused",
    """
    SELECT coalesce(s.code, r.source_code) AS source_code, s.name AS source_name, r.code,
        (array_agg(r.reason ORDER BY r.recorded_at DESC, r.rejected_record_id DESC))[1] AS reason,
        count(*) AS count, max(r.recorded_at) AS newest_at, min(r.recorded_at) AS oldest_at
    FROM billing.rejected_record r
    LEFT JOIN billing.source s ON s.client_id = r.client_id AND s.source_id = r.source_id
    WHERE r.client_id = :client AND r.state = 'open'
    GROUP BY coalesce(s.code, r.source_code), s.name, r.code
    ORDER BY max(r.recorded_at) DESC, 1, 3 LIMIT :limit
    """,
    limit="integer",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCount:
    """How many records of one source were refused for one kind of reason."""

    source_code: str | None
    source_name: str | None  #: None where the client has no such source
    code: str
    reason: str  #: of the newest
    count: int
    newest_at: datetime
    oldest_at: datetime


def refused_by_source(
    connection: Connection, client_id: int, *, limit: int = 50
) -> tuple[RefusedCount, ...]:
    """Give a client's open refusals by source and kind, the newest first.

    It reads no column that could hold what the MSP pays, so a client's role may ask it.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        limit: kinds, at most.
    """
    rows = _OPEN.ask(connection, {"client": client_id, "limit": limit}).mappings()
    return tuple(RefusedCount(**row) for row in rows)
