"""Whether a month may be closed: it is ready, or there is a reason to close it all the same."""

from collections.abc import Sequence

from sqlalchemy import Connection

from billing_core.taxes import TaxRate
from db.commands.closing.asked import Closing
from db.commands.closing.refusals import refuse_all
from db.queries.billing_calendar import Calendar
from db.queries.readiness import readiness_of


def require_ready(
    connection: Connection,
    asked: Closing,
    calendar: Calendar,
    rates: Sequence[TaxRate],
) -> str:
    """Refuse a month that may not be closed.

    Args:
        connection: the transaction, holding the month.
        asked: whose month, and why in spite of what is not ready.
        calendar: the client's.
        rates: of all tax codes.

    Returns:
        The reason, where one was needed; "" where all is ready.

    Raises:
        ClosingRefusedError: with a sentence for each thing in the way.
    """
    readiness = readiness_of(connection, asked.client_id, calendar, asked.month, asked.as_of, rates)
    refuse_all(readiness.obstacles())
    doubts = tuple(readiness.doubts())
    if not asked.override.strip():
        refuse_all(doubts, may_be_overridden=True)
    return asked.override.strip() if doubts else ""
