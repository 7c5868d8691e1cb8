"""The cut: from here on a month takes no more records. They are billed in the next open one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from db.commands.closing.refusals import AtWorkError
from db.queries.billing_calendar import MonthState

#: In a statement of its own: what it waited for is seen by the next one.
_LOCKED: Final = text(
    """
    SELECT state, cut_at, cut_reason FROM billing.billing_period
    WHERE client_id = :client AND billing_period = :month
    FOR UPDATE
    """
)
_CUT: Final = text(
    """
    UPDATE billing.billing_period SET state = 'closing', cut_at = :at, cut_reason = :reason,
        known_corrections = (
        SELECT coalesce(array_agg(s.event_id ORDER BY s.event_id), '{}')
        FROM billing.usage_event s JOIN billing.usage_event e
            ON e.client_id = s.client_id AND e.event_id = s.supersedes_event_id
        WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL
          AND s.billing_period > :month AND e.billing_period = :month)
    WHERE client_id = :client AND billing_period = :month
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A month that nobody else records in or closes, until the transaction ends."""

    state: MonthState
    cut_at: datetime | None  #: UTC; None while it is open
    cut_reason: str  #: why it was cut in spite of what was not ready; "": all was


def lock_month(connection: Connection, client_id: int, month: date) -> Locked:
    """Wait until no writer records in a stored month any more, and keep all others from it.

    Raises:
        AtWorkError: a writer records in it for longer than a closer waits.
    """
    try:
        row = connection.execute(_LOCKED, {"client": client_id, "month": month}).one()
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            message = f"Records of {month:%Y-%m} are being stored: close it when that is done."
            raise AtWorkError(message) from error
        raise
    return Locked(
        state=MonthState(row.state),
        cut_at=row.cut_at and row.cut_at.astimezone(UTC),
        cut_reason=row.cut_reason,
    )


def cut(
    connection: Connection, client_id: int, month: date, at: datetime, reason: str = ""
) -> None:
    """Close an open month for records, and note what is known by then of later months.

    Args:
        connection: the transaction, holding `lock_month`.
        client_id: whose month.
        month: by its first day.
        at: the present.
        reason: why in spite of what is not ready; "": all is.
    """
    asked = {"client": client_id, "month": month, "at": at, "reason": reason}
    connection.execute(_CUT, asked)
