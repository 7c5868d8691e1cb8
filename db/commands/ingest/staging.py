"""The batch on the server: a temporary table filled by COPY, and what it holds in brief."""

import io
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, text

from db.commands.usage_batch import Batch

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the driver's class

#: One round trip. `offered`: the batch as it came. `folded`: its new events, folded by resource and
#: hour. `added`: those that folding isn't enough for: levels, counted values, credits, corrections.
#: `anew`: hours that are computed anew from their events.
TABLES = text(
    """
    CREATE TEMPORARY TABLE IF NOT EXISTS offered (
        line bigint, event_id uuid, meter text, occurred_at timestamptz, quantity numeric(33, 15),
        resource text, source_event_id text, counted_value text, supersedes uuid, reason text,
        withdraws boolean, leaf_hash bytea
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS folded (
        meter_id integer, billing_period date, usage_period date, resource_id integer,
        hour timestamptz, first_at timestamptz, last_at timestamptz, event_count bigint,
        quantity_sum numeric, quantity_max numeric, corrects boolean
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS added (
        meter_id integer, billing_period date, usage_period date, resource_id integer,
        hour timestamptz, occurred_at timestamptz, event_id uuid, quantity numeric(33, 15),
        counted_value text, supersedes uuid, withdraws boolean
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS anew (
        meter_id integer, billing_period date, resource_id integer, hour timestamptz
    ) ON COMMIT DELETE ROWS
    """
)
COPY = "COPY pg_temp.offered FROM STDIN"
CHUNK = 1 << 20
IN_BRIEF = text(
    """
    SELECT meter, min(occurred_at) AS first_at, max(occurred_at) AS last_at,
           min(quantity) AS least, count(*) AS count,
           count(counted_value) AS counted, count(supersedes) AS superseding
    FROM pg_temp.offered GROUP BY meter ORDER BY meter
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterOffered:
    """What a batch offers for one meter."""

    meter: str  #: as the source calls it; may be unknown
    first_at: datetime
    last_at: datetime
    least: Decimal  #: the lowest quantity
    count: int
    counted: int  #: of these with a counted value
    superseding: int  #: of these that supersede another event


def stage(connection: Connection, batch: Batch) -> tuple[MeterOffered, ...]:
    """Copy a batch into its temporary table and say what it holds, meter by meter."""
    connection.execute(TABLES)
    cursor: Cursor = cast("Cursor", connection.connection.cursor())
    with cursor:
        cursor.copy_expert(COPY, io.BytesIO(batch.lines), size=CHUNK)
    return in_brief(connection)


def in_brief(connection: Connection) -> tuple[MeterOffered, ...]:
    """What is offered still, meter by meter."""
    return tuple(MeterOffered(**row) for row in connection.execute(IN_BRIEF).mappings())
