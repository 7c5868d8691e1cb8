"""Supersession: the hours whose events a batch supersedes, or that are superseded already.

A correction may come before what it corrects: then the original is superseded as it is stored.
"""

from sqlalchemy import Connection, text

from db.commands.ingest.rollups import Kinds

ANY = text(
    """
    SELECT EXISTS (SELECT FROM billing.usage_event
        WHERE client_id = :client AND supersedes_event_id IS NOT NULL)
    """
)
#: The hour of an event, where the month that bills it is open; others never change.
HOUR_OF = """
    SELECT e.meter_id, e.billing_period, e.resource_id, date_trunc('hour', e.occurred_at, p.zone)
    FROM {named}
    JOIN billing.billing_period p ON p.client_id = :client AND p.billing_period = e.usage_period
    JOIN billing.billing_period b ON b.client_id = :client
        AND b.billing_period = e.billing_period AND b.state = 'open'
"""
#: The batch's own corrections: they may withdraw, or be superseded themselves.
CORRECTIONS = """
    SELECT a.meter_id, a.billing_period, a.resource_id, a.hour
    FROM pg_temp.added a WHERE a.supersedes IS NOT NULL
"""
#: Events that the batch supersedes.
ORIGINALS = HOUR_OF.format(
    named="""pg_temp.added a
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = a.supersedes"""
)
#: Events of the batch whose correction was stored before them; not those stored long ago.
CORRECTED_BEFORE = HOUR_OF.format(
    named="""pg_temp.offered o
    JOIN billing.usage_event s ON s.client_id = :client AND s.supersedes_event_id = o.event_id
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = o.event_id
    JOIN pg_temp.folded f ON f.meter_id = e.meter_id AND f.billing_period = e.billing_period
        AND f.resource_id = e.resource_id AND e.occurred_at BETWEEN f.first_at AND f.last_at"""
)
NOTE_CORRECTED_BEFORE = text(f"INSERT INTO pg_temp.anew {CORRECTED_BEFORE}")
NOTE_ALL = text(
    f"INSERT INTO pg_temp.anew {CORRECTIONS} UNION {ORIGINALS} UNION {CORRECTED_BEFORE}"
)


def note_superseded(connection: Connection, client_id: int, kinds: Kinds) -> bool:
    """Note in `anew` the hours that supersession changes, and say whether there are any.

    Args:
        connection: the transaction, holding the locks of the meters: what it sees is all there is.
        client_id: whose events.
        kinds: what the batch has.
    """
    client = {"client": client_id}
    if kinds.corrections:
        return connection.execute(NOTE_ALL, client).rowcount > 0
    if not connection.execute(ANY, client).scalar_one():
        return False
    return connection.execute(NOTE_CORRECTED_BEFORE, client).rowcount > 0
