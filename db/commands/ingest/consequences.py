"""What follows from stored events: rollups, running totals and crossings.

The state is a function of the stored events, whatever their order of arrival. So each writer first
locks the meters of its batch: what it sees after that is all there is, and nothing comes between.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from billing_core.metering import Meter
from db.commands.ingest.crossings import note_crossings
from db.commands.ingest.known import setup_of
from db.commands.ingest.rollups import LEVELS, Kinds, fold
from db.commands.ingest.stored_totals import store_totals
from db.commands.ingest.supersession import note_superseded
from db.commands.ingest.totals import locked_totals

#: Alone where the batch may change another month than its events' own (a correction of an event
#: that is elsewhere or not seen yet, a level that is carried on) or hours without a running total
#: (late events); together with others where the lock of the running total does.
LOCK_METERS = text(
    f"""
    SELECT meter_id, months, CASE WHEN alone
        THEN pg_advisory_xact_lock(:client, meter_id)::text
        ELSE pg_advisory_xact_lock_shared(:client, meter_id)::text END
    FROM (SELECT f.meter_id,
              count(DISTINCT f.billing_period) FILTER (WHERE f.usage_period = f.billing_period)
                  AS months,
              bool_or(f.corrects OR f.usage_period <> f.billing_period
                  OR m.aggregation IN {LEVELS}) AS alone
          FROM pg_temp.folded f JOIN billing.meter m USING (meter_id)
          GROUP BY f.meter_id ORDER BY f.meter_id) f
    """  # noqa: S608 - put together from our own constants
)


def bring_up_to_date(
    connection: Connection,
    client_id: int,
    kinds: Kinds,
    meters: Mapping[str, Meter],
) -> None:
    """Bring all that follows from the events just stored up to date.

    Args:
        connection: the transaction that stored them, and noted them in the temporary tables.
        client_id: whose they are.
        kinds: what the batch has.
        meters: all that there are.
    """
    locked = connection.execute(LOCK_METERS, {"client": client_id})
    expected = sum(row.months for row in locked)
    corrected = note_superseded(connection, client_id, kinds)
    brought = locked_totals(connection, client_id, kinds, meters, expected=expected)
    fold(connection, client_id, kinds, corrected=corrected)
    totals = store_totals(connection, client_id, brought)
    # As they are now: a change of prices that was under way held the locks.
    agreements = setup_of(connection, client_id).agreements
    note_crossings(connection, client_id, totals, agreements)
