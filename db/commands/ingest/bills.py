"""What a vendor's bill says of events: currency, closed-book cost, the resource's name.

The cost goes to a table of its own, in the transaction of its event; only the MSP reads it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection, text

from db.commands.ingest.checks import RECORD
from db.commands.ingest.rejections import Rejection
from db.commands.usage_batch import Billed

BILLED = text(
    """
    CREATE TEMPORARY TABLE IF NOT EXISTS billed (
        event_id uuid, currency text, cost numeric(33, 15), provider text, service text, name text
    ) ON COMMIT DELETE ROWS
    """
)
CLEAR = text("DELETE FROM pg_temp.billed")
STAGE = text(
    """
    INSERT INTO pg_temp.billed
    SELECT * FROM unnest(CAST(:event_ids AS uuid[]), CAST(:currencies AS text[]),
        CAST(:costs AS numeric[]), CAST(:providers AS text[]), CAST(:services AS text[]),
        CAST(:names AS text[]))
    """
)
#: A bill in another currency than that of the agreement that runs on the day.
OTHER_CURRENCY = text(
    f"""
    DELETE FROM pg_temp.offered o
    USING pg_temp.billed b, billing.agreement a, billing.client c
    WHERE b.event_id = o.event_id AND a.client_id = :client AND c.client_id = :client
      AND CAST(o.occurred_at AT TIME ZONE c.zone AS date) >= a.starts_on
      AND (a.ends_on IS NULL OR CAST(o.occurred_at AT TIME ZONE c.zone AS date) < a.ends_on)
      AND a.currency <> b.currency
    RETURNING o.line, o.event_id, o.leaf_hash, {RECORD} AS record, b.currency, a.code AS agreement,
        a.currency AS agreed
    """  # noqa: S608 - RECORD is ours
)
NAMES = text(
    """
    INSERT INTO billing.resource (client_id, code, name)
    SELECT DISTINCT ON (o.resource) :client, o.resource, b.name
    FROM pg_temp.offered o JOIN pg_temp.billed b ON b.event_id = o.event_id
    WHERE b.name IS NOT NULL
    ORDER BY o.resource, o.line
    ON CONFLICT (client_id, code) DO NOTHING
    """
)
#: Of events that are stored as they were offered, whoever stored them.
COSTS = text(
    """
    INSERT INTO billing.vendor_cost (client_id, event_id, cost, currency, provider, service)
    SELECT DISTINCT ON (o.event_id) :client, o.event_id, b.cost, b.currency, b.provider, b.service
    FROM pg_temp.offered o
    JOIN pg_temp.billed b ON b.event_id = o.event_id
    JOIN billing.usage_event e ON e.client_id = :client AND e.event_id = o.event_id
    WHERE b.cost IS NOT NULL AND e.leaf_hash = o.leaf_hash
    ORDER BY o.event_id, o.line
    ON CONFLICT (client_id, event_id) DO NOTHING
    """
)


def reject_currencies(
    connection: Connection, client_id: int, billed: Sequence[Billed]
) -> Iterator[Rejection]:
    """Take out what is billed in another currency than the agreement's; comes before the others."""
    if not billed:
        return
    _stage(connection, billed)
    for row in connection.execute(OTHER_CURRENCY, {"client": client_id}):
        agreed = f"the agreement {row.agreement} is in {row.agreed}"
        yield Rejection(
            line=row.line,
            code="currency",
            reason=f"it is billed in {row.currency}, but {agreed}; nothing is converted",
            record=row.record,
            event_id=row.event_id,
            offered_leaf_hash=bytes(row.leaf_hash),
        )


def name_resources(connection: Connection, client_id: int, billed: Sequence[Billed]) -> None:
    """Store new resources under the names that the bill gives them."""
    if billed:
        connection.execute(NAMES, {"client": client_id})


def store_costs(connection: Connection, client_id: int, billed: Sequence[Billed]) -> None:
    """Store what the vendor charges for resold events, apart from them."""
    if billed:
        connection.execute(COSTS, {"client": client_id})


def with_bills(rejections: Iterable[Rejection], billed: Iterable[Billed]) -> tuple[Rejection, ...]:
    """Rejections whose records also say what the bill says, so that they can be replayed."""
    said = {UUID(hex=each[0]): each for each in billed}
    return tuple(
        replace(each, record=_with_bill(each.record, said[each.event_id]))
        if each.event_id in said
        else each
        for each in rejections
    )


def _stage(connection: Connection, billed: Sequence[Billed]) -> None:
    """Put beside the offered events what their bill says."""
    event_ids, currencies, costs, providers, services, names = zip(*billed, strict=True)
    connection.execute(BILLED)
    connection.execute(CLEAR)
    connection.execute(
        STAGE,
        {
            "event_ids": list(event_ids),
            "currencies": list(currencies),
            "costs": list(costs),
            "providers": list(providers),
            "services": list(services),
            "names": list(names),
        },
    )


def _with_bill(record: str, billed: Billed) -> str:
    _, currency, cost, provider, service, name = billed
    fields = {"currency": currency, "cost": cost, "provider": provider, "service": service}
    kept = {key: value for key, value in {**fields, "name": name}.items() if value is not None}
    return json.dumps({**json.loads(record), **kept}, ensure_ascii=False)
