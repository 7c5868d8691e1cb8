"""Whether a month may be closed: it is ready, or there is a reason to close it all the same."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection

from billing_core.taxes import TaxRate
from db.commands.closing.asked import Closing
from db.commands.closing.refusals import refuse_all
from db.queries.billing_calendar import Calendar
from db.queries.readiness import readiness_of
from db.queries.touched_months import touched_months


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
    refuse_all(_other_currencies(connection, asked.client_id, calendar, asked.month))
    readiness = readiness_of(connection, asked.client_id, calendar, asked.month, asked.as_of, rates)
    refuse_all(readiness.obstacles())
    doubts = tuple(readiness.doubts())
    if not asked.override.strip():
        refuse_all(doubts, may_be_overridden=True)
    return asked.override.strip() if doubts else ""


def _other_currencies(
    connection: Connection, client_id: int, calendar: Calendar, month: date
) -> Iterator[str]:
    """Give, for each month in another currency that would be adjusted, that it cannot be."""
    own = calendar.agreement_of(month)
    if own is None or len({each.currency for each in calendar.agreements}) == 1:
        return
    touched = touched_months(connection, client_id, calendar.period_of(month))
    for name in sorted(touched.again.union(each.month for each in touched.touches)):
        of = calendar.agreement_of(date.fromisoformat(f"{name}-01"))
        if of is not None and of.currency != own.currency:
            yield (
                f"{name} was billed in {of.currency}, so it can't be adjusted on a document in "
                f"{own.currency}. Let the agreement in the new currency begin a month later."
            )
