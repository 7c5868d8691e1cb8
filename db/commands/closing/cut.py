"""The cut: from here on a month takes no more records. They are billed in the next open one."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, text

#: In a statement of its own: what it waited for is seen by the next one.
_LOCKED: Final = text(
    """
    SELECT state FROM billing.billing_period
    WHERE client_id = :client AND billing_period = :month
    FOR UPDATE
    """
)
_CUT: Final = text(
    """
    UPDATE billing.billing_period SET state = 'closing', cut_at = :at, known_corrections = (
        SELECT coalesce(array_agg(s.event_id ORDER BY s.event_id), '{}')
        FROM billing.usage_event s JOIN billing.usage_event e
            ON e.client_id = s.client_id AND e.event_id = s.supersedes_event_id
        WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL
          AND s.billing_period > :month AND e.billing_period = :month)
    WHERE client_id = :client AND billing_period = :month
    """
)


def lock_month(connection: Connection, client_id: int, month: date) -> str | None:
    """Wait until no writer records in a month any more, and keep all others from it.

    Returns:
        Its state; None where it is not stored.
    """
    found: str | None = connection.execute(
        _LOCKED, {"client": client_id, "month": month}
    ).scalar_one_or_none()
    return found


def cut(connection: Connection, client_id: int, month: date, at: datetime) -> None:
    """Close an open month for records, and note what is known by then of later months.

    Args:
        connection: the transaction, holding `lock_month`.
        client_id: whose month.
        month: by its first day.
        at: the present.
    """
    connection.execute(_CUT, {"client": client_id, "month": month, "at": at})
