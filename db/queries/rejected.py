"""Records that were refused and still wait for somebody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

_OPEN = text(
    """
    SELECT s.code AS source_code, s.name AS source_name, r.code,
        (array_agg(r.reason ORDER BY r.recorded_at DESC, r.rejected_record_id DESC))[1] AS reason,
        count(*) AS count, max(r.recorded_at) AS newest_at, min(r.recorded_at) AS oldest_at
    FROM billing.rejected_record r
    LEFT JOIN billing.source s ON s.client_id = r.client_id AND s.source_id = r.source_id
    WHERE r.client_id = :client AND r.state = 'open'
    GROUP BY s.code, s.name, r.code ORDER BY max(r.recorded_at) DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCount:
    """How many records of one source were refused for one reason."""

    source_code: str | None
    source_name: str | None
    code: str
    reason: str  #: of the newest
    count: int
    newest_at: datetime
    oldest_at: datetime


def refused_by_source(
    connection: Connection, client_id: int, *, limit: int = 50
) -> tuple[RefusedCount, ...]:
    """Give the open refusals by source and kind, the newest first."""
    rows = connection.execute(_OPEN, {"client": client_id, "limit": limit}).mappings()
    return tuple(RefusedCount(**row) for row in rows)
