"""Whether a month may be closed: it is ready, or there is a reason to close it all the same."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, text

from db.commands.closing.asked import Closing
from db.commands.closing.refusals import refuse_all
from db.queries.billing_calendar import Calendar
from db.queries.billing_ground import Common, UnbuildableError, draft_ground_of
from db.queries.closing_setup import ClosingSetup
from db.queries.readiness import readiness_of

#: Whether a quantity is so large that at some price its amount could not be stored: at less than a
#: milliard for each unit none is that has fewer digits. What came late is in no total.
_LARGE: Final = text(
    """
    SELECT EXISTS (
        SELECT FROM billing.usage_total t
        WHERE t.client_id = :client AND t.billing_period = :month AND abs(t.quantity) >= 1e9)
    OR EXISTS (
        SELECT FROM billing.meter m CROSS JOIN LATERAL (
            SELECT FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = m.meter_id AND e.billing_period = :month
              AND e.occurred_at < :starts_at AND abs(e.quantity) >= 1e9 LIMIT 1) late)
    """
)


def require_ready(
    connection: Connection, asked: Closing, calendar: Calendar, setup: ClosingSetup
) -> str:
    """Refuse a month that may not be closed yet, unless a reason overrides what is in the way.

    Args:
        connection: sees the client's rows, holding `lock_month`.
        asked: which month, and why.
        calendar: of the client; the month has a document.
        setup: of the client.

    Returns:
        The reason that it is closed for in spite of what isn't ready; "": all is.

    Raises:
        ClosingRefusedError: with a sentence for each thing in the way.
    """
    client_id, month, rates = asked.client_id, asked.month, setup.tax_rates
    readiness = readiness_of(connection, client_id, calendar, month, asked.as_of, rates)
    refuse_all(readiness.obstacles())
    refuse_all(_unbuildable(connection, asked, calendar, setup))
    doubts = tuple(readiness.doubts())
    if not asked.override.strip():
        refuse_all(doubts, may_be_overridden=True)
    return asked.override.strip() if doubts else ""


def _unbuildable(
    connection: Connection, asked: Closing, calendar: Calendar, setup: ClosingSetup
) -> Iterator[str]:
    """Say why nothing could be issued: once the month is cut, no record of it is mended any more.

    It is built where that may be so: where currencies change, or a quantity is very large.
    """
    period = calendar.period_of(asked.month)
    given = {"client": asked.client_id, "month": period.month, "starts_at": period.starts_at}
    is_of_one_currency = len({each.currency for each in calendar.agreements}) == 1
    if is_of_one_currency and not connection.execute(_LARGE, given).scalar_one():
        return
    common = Common(meters=setup.meters, tax_rates=setup.tax_rates)
    month, as_of = asked.month, asked.as_of
    ground = draft_ground_of(connection, asked.client_id, calendar, month, as_of, common)
    try:
        ground.invoice()
    except UnbuildableError as fault:
        yield str(fault)
