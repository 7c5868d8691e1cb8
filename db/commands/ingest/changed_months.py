"""From which month on a batch changes what screens show: their caches keep what came before.

What a month shows depends on its own events and on the levels carried into it, so on all that was
recorded in months up to it. A correction changes the month of what it corrects as well, and an
event that comes after its correction the month of that one.
"""

from datetime import date
from typing import Final

from sqlalchemy import Connection, text

#: The earliest month of the batch's new events, of events that they supersede, and of corrections
#: that came before what they correct.
RAISE_FROM: Final = text(
    """
    SELECT billing.raise_client_version(:client, (
        SELECT min(month) FROM (
            SELECT least(f.billing_period, f.usage_period) AS month FROM pg_temp.folded f
            UNION ALL
            SELECT least(e.billing_period, e.usage_period)
            FROM pg_temp.added a JOIN billing.usage_event e
                ON e.client_id = :client AND e.event_id = a.supersedes
            UNION ALL
            SELECT least(s.billing_period, s.usage_period)
            FROM pg_temp.offered o JOIN billing.usage_event s
                ON s.client_id = :client AND s.supersedes_event_id = o.event_id
            WHERE EXISTS (SELECT FROM billing.usage_event
                WHERE client_id = :client AND supersedes_event_id IS NOT NULL)) changed))
    """
)
RAISE: Final = text("SELECT billing.raise_client_version(:client, CAST(:month AS date))")
#: Before every month: what changes for all of them.
EVERY_MONTH: Final = date.min


def raise_from_batch(connection: Connection, client_id: int) -> None:
    """Raise a client's version from the earliest month that the batch just stored has changed.

    Args:
        connection: the transaction that stored it, and noted it in the temporary tables.
        client_id: whose version.
    """
    connection.execute(RAISE_FROM, {"client": client_id})


def raise_from(connection: Connection, client_id: int, month: date | None) -> None:
    """Raise a client's version from a month on; None: only for what isn't of a month."""
    connection.execute(RAISE, {"client": client_id, "month": month})
