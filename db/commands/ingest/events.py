"""Storing the events of a batch: each once, and never another content under the same id."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, TextClause, text

from db.commands.ingest.checks import RECORD
from db.commands.ingest.periods import Months, have_even_hours
from db.commands.ingest.rejections import Rejection

RESOURCES = text(
    """
    INSERT INTO billing.resource (client_id, code, name)
    SELECT :client, o.code, o.code FROM (SELECT DISTINCT resource AS code FROM pg_temp.offered) o
    WHERE NOT EXISTS (
        SELECT FROM billing.resource r WHERE r.client_id = :client AND r.code = o.code)
    ORDER BY o.code
    ON CONFLICT (client_id, code) DO NOTHING
    """
)
#: In the order of the key, so that two writers wait for each other and never in a circle. Of lines
#: with the same id the first one is stored.
EVENTS = """
    WITH months AS (
        SELECT * FROM unnest(CAST(:months AS date[]), CAST(:billed_in AS date[]),
            CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]), CAST(:zones AS text[]))
            AS p (month, billed_in, starts_at, ends_at, zone)),
    recorded AS (
        INSERT INTO billing.usage_event (client_id, meter_id, occurred_at, billing_period,
            usage_period, source_id, resource_id, event_id, quantity, leaf_hash, source_event_id,
            supersedes_event_id, counted_value, reason, withdraws)
        SELECT DISTINCT ON (o.event_id) :client, m.meter_id, o.occurred_at, p.billed_in, p.month,
            :source, r.resource_id, o.event_id, o.quantity, o.leaf_hash, o.source_event_id,
            o.supersedes, o.counted_value, o.reason, coalesce(o.withdraws, false)
        FROM pg_temp.offered o
        JOIN billing.meter m ON m.code = o.meter
        JOIN billing.resource r ON r.client_id = :client AND r.code = o.resource
        JOIN months p ON o.occurred_at >= p.starts_at AND o.occurred_at < p.ends_at
        ORDER BY o.event_id, o.line{passing_over}
        RETURNING meter_id, billing_period, usage_period, resource_id, occurred_at, event_id,
            quantity, counted_value, supersedes_event_id AS supersedes, withdraws),
    timed AS ({timed}){singly}
    INSERT INTO pg_temp.folded
    SELECT meter_id, billing_period, usage_period, resource_id, hour, min(occurred_at),
        max(occurred_at), count(*), sum(quantity), max(quantity), {corrects}
    FROM timed GROUP BY meter_id, billing_period, usage_period, resource_id, hour
"""
#: Passing over what is stored costs each event an insertion on trial, confirmed afterwards. Where
#: all are thought to be new it is left out: if one isn't, the key refuses the statement.
PASSING_OVER = """
        ON CONFLICT (client_id, event_id) DO NOTHING"""
SINGLY = """,
    singly AS (
        INSERT INTO pg_temp.added
        SELECT n.meter_id, n.billing_period, n.usage_period, n.resource_id, n.hour,
            n.occurred_at, n.event_id, n.quantity, n.counted_value, n.supersedes,
            n.withdraws
        FROM timed n JOIN billing.meter m USING (meter_id)
        WHERE m.aggregation <> 'sum' OR m.allows_credits OR n.supersedes IS NOT NULL)"""
#: Hours counted from any start of an hour: right wherever clocks change by whole hours.
EVEN = """
        SELECT n.*, date_bin('1 hour', n.occurred_at, CAST(:origin AS timestamptz)) AS hour
        FROM recorded n"""
#: Hours of the zone's clock, wherever it is.
ODD = """
        SELECT n.*, date_trunc('hour', n.occurred_at, p.zone) AS hour
        FROM recorded n JOIN months p ON p.month = n.usage_period"""


@cache
def _storing(*, even: bool, singly: bool, all_new: bool) -> TextClause:
    statement = EVENTS.format(
        passing_over="" if all_new else PASSING_OVER,
        timed=EVEN if even else ODD,
        singly=SINGLY if singly else "",
        corrects="bool_or(supersedes IS NOT NULL)" if singly else "false",
    )
    return text(statement)


STORED = text(
    """
    SELECT coalesce(sum(event_count), 0)::bigint AS accepted,
        coalesce(sum(event_count) FILTER (WHERE usage_period <> billing_period), 0)::bigint AS late
    FROM pg_temp.folded
    """
)
CONFLICTS = text(
    f"""
    SELECT o.line, o.event_id, o.leaf_hash AS offered, e.leaf_hash AS stored, {RECORD} AS record
    FROM pg_temp.offered o
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = o.event_id
    WHERE e.leaf_hash <> o.leaf_hash
    """  # noqa: S608 - RECORD is ours
)


TAKEN = (
    "an event with this id is stored with other content; it was not overwritten. Where the new "
    "content is right, say so: python -m jobs supersede (or withdraw) with the event's id"
)


def store_resources(connection: Connection, client_id: int) -> None:
    """Store the resources that are new."""
    connection.execute(RESOURCES, {"client": client_id})


def store_events(
    connection: Connection,
    client_id: int,
    source_id: int,
    months: Months,
    *,
    singly: bool,
    all_new: bool,
) -> tuple[int, int]:
    """Store the offered events that are new, and note them in `folded`.

    Those of a closed month are late: they are billed in the earliest open one.

    Args:
        connection: the transaction.
        client_id: whose events they are.
        source_id: who measured.
        months: those that they fall in.
        singly: whether some must be noted in `added` too.
        all_new: whether none is thought to be stored; if one is, this fails.

    Returns:
        How many were stored, and how many of them are late.
    """
    periods = months.within
    values = {
        "client": client_id,
        "source": source_id,
        "months": [each.month for each in periods],
        "billed_in": [months.billed_in(each).month for each in periods],
        "starts": [each.starts_at for each in periods],
        "ends": [each.ends_at for each in periods],
        "zones": [each.zone for each in periods],
    }
    even = have_even_hours(periods)
    origin = {"origin": periods[0].starts_at} if even else {}
    connection.execute(_storing(even=even, singly=singly, all_new=all_new), {**values, **origin})
    stored = connection.execute(STORED).one()
    return stored.accepted, stored.late


def conflicts(connection: Connection, client_id: int) -> Iterator[Rejection]:
    """The offered events whose id is taken by another content, with both hashes."""
    for row in connection.execute(CONFLICTS, {"client": client_id}):
        yield Rejection(
            line=row.line,
            code="conflict",
            reason=TAKEN,
            record=row.record,
            event_id=row.event_id,
            stored_leaf_hash=bytes(row.stored),
            offered_leaf_hash=bytes(row.offered),
        )
