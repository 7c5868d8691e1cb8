"""Whether a month may be closed: it is ready, or there is a reason to close it all the same."""

from datetime import date, datetime

from sqlalchemy import Connection

from db.commands.closing.refusals import refuse_all
from db.queries.billing_calendar import Calendar
from db.queries.readiness import readiness_of


def require_ready(
    connection: Connection,
    client_id: int,
    calendar: Calendar,
    month: date,
    as_of: datetime,
    override: str,
) -> str:
    """Refuse a month that may not be closed.

    Args:
        connection: the transaction, holding the month.
        client_id: whose month.
        calendar: the client's.
        month: by its first day.
        as_of: the present.
        override: why in spite of what is not ready; "": only if all is.

    Returns:
        The reason, where one was needed; "" where all is ready.

    Raises:
        ClosingRefusedError: with a sentence for each thing in the way.
    """
    readiness = readiness_of(connection, client_id, calendar, month, as_of)
    refuse_all(readiness.obstacles())
    doubts = tuple(readiness.doubts())
    if not override.strip():
        refuse_all(doubts, may_be_overridden=True)
    return override.strip() if doubts else ""
