"""Correcting one event by hand: a new event supersedes it, or withdraws it.

The correction goes the way of every event, under the source of the original, with an id that
follows from the original's. So said again it is a duplicate, and nobody corrects an event twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import RowMapping

from billing_core.event import UsageEvent
from billing_core.numbers import plain
from db.commands.audit import note
from db.commands.correction_values import (
    Corrected,
    Correction,
    CorrectionRefusedError,
    Outcome,
)
from db.commands.ingest import (
    Batch,
    Rejection,
    encoded,
    offered_event,
    raise_from_batch,
    store_offered,
    tried_again,
)
from db.commands.usage_batch import Billed
from db.queries.clients import client_id_of
from db.session import writer_transaction

ORIGINAL: Final = text(
    """
    SELECT e.source_id, s.code AS source, m.code AS meter, m.aggregation, r.code AS resource,
        e.occurred_at, e.counted_value, e.withdraws, by_.event_id AS corrected_by,
        v.cost, v.currency, v.provider, v.service
    FROM billing.usage_event e
    JOIN billing.source s ON s.client_id = e.client_id AND s.source_id = e.source_id
    JOIN billing.resource r ON r.client_id = e.client_id AND r.resource_id = e.resource_id
    JOIN billing.meter m ON m.meter_id = e.meter_id
    LEFT JOIN billing.usage_event by_
        ON by_.client_id = e.client_id AND by_.supersedes_event_id = e.event_id
    LEFT JOIN billing.vendor_cost v ON v.client_id = e.client_id AND v.event_id = e.event_id
    WHERE e.client_id = :client AND e.event_id = :event
    """
)
COST: Final = text(
    "SELECT cost FROM billing.vendor_cost WHERE client_id = :client AND event_id = :event"
)
BILLED_IN: Final = text(
    "SELECT billing_period FROM billing.usage_event WHERE client_id = :client AND event_id = :event"
)


def correct_event(
    engine: Engine,
    slug: str,
    event_id: UUID,
    correction: Correction,
    *,
    actor: str,
    as_of: datetime | None = None,
) -> Corrected:
    """Record a correction of an event; the same one again changes nothing.

    Args:
        engine: of the writer.
        slug: of the client.
        event_id: of the wrong event.
        correction: what is right.
        actor: who says so, for the journal.
        as_of: the present.

    Raises:
        CorrectionRefusedError: there is no such event, it was corrected already, or the ingest
            refuses the correction.
        Faults: a value of the correction is no value of an event.
    """
    client_id = _client_id(engine, slug)

    def once() -> Corrected:
        with writer_transaction(engine, [client_id]) as connection:
            wrong = _wrong_event(connection, client_id, slug, event_id)
            event = _correcting(slug, event_id, wrong, correction)
            batch = _batch(wrong, event, correction)
            outcome = _stored(connection, client_id, wrong, event, batch, as_of)
            _check_cost(connection, client_id, event, correction)
            if outcome != "duplicate":
                _tell(connection, client_id, event, event_id, actor)
            return _corrected(connection, client_id, event, outcome)

    return tried_again(once)


def _client_id(engine: Engine, slug: str) -> int:
    client_id = client_id_of(engine, slug)
    if client_id is None:
        raise CorrectionRefusedError(f"There is no client {slug!r}.")
    return client_id


def _wrong_event(connection: Connection, client_id: int, slug: str, event_id: UUID) -> RowMapping:
    values = {"client": client_id, "event": event_id}
    wrong = connection.execute(ORIGINAL, values).mappings().one_or_none()
    if wrong is None:
        raise CorrectionRefusedError(f"The client {slug} has no event {event_id}.")
    return wrong


def _correcting(slug: str, event_id: UUID, wrong: RowMapping, correction: Correction) -> UsageEvent:
    counts = wrong["aggregation"] == "unique_count"
    if correction.counted_value is not None and not counts:
        raise CorrectionRefusedError(f"The meter {wrong['meter']} counts no values.")
    if correction.withdraws and wrong["withdraws"]:
        message = f"The event {event_id} only takes another one back; there is nothing to withdraw."
        raise CorrectionRefusedError(message)
    return UsageEvent(
        client=slug,
        source=wrong["source"],
        source_event_id=f"supersedes:{event_id}",
        meter=wrong["meter"],
        occurred_at=correction.occurred_at or wrong["occurred_at"].astimezone(UTC),
        quantity=correction.quantity or Decimal(0),
        resource=correction.resource or wrong["resource"],
        counted_value=correction.counted_value or wrong["counted_value"],
        supersedes=event_id,
        reason=correction.reason,
        withdraws=correction.withdraws,
    )


def _batch(wrong: RowMapping, event: UsageEvent, correction: Correction) -> Batch:
    """The one event as it is offered, if nobody was there first."""
    if event.supersedes and wrong["corrected_by"] not in {None, event.event_id}:
        raise _corrected_already(event.supersedes, wrong["corrected_by"])
    lines = encoded([offered_event(1, event)])
    return Batch(lines=lines, count=1, billed=_billed(wrong, event, correction))


def _corrected_already(event_id: UUID, by: UUID) -> CorrectionRefusedError:
    sentence = f"The event {event_id} was corrected already, by {by}: correct that one."
    return CorrectionRefusedError(sentence)


def _billed(wrong: RowMapping, event: UsageEvent, correction: Correction) -> tuple[Billed, ...]:
    """The cost of a resold event, whose other words stay as they were."""
    if correction.withdraws:
        return ()
    if (wrong["cost"] is None) != (correction.cost is None):
        need = "no cost is kept; leave --cost out" if wrong["cost"] is None else (
            "the MSP pays too; say with --cost what is right, or 0"
        )  # fmt: skip
        raise CorrectionRefusedError(f"For the event {event.supersedes} {need}.")
    if correction.cost is None:
        return ()
    of_vendor = (wrong["provider"], wrong["service"])
    return ((event.event_id.hex, wrong["currency"], plain(correction.cost), *of_vendor, None),)


def _check_cost(
    connection: Connection, client_id: int, event: UsageEvent, correction: Correction
) -> None:
    values = {"client": client_id, "event": event.event_id}
    if connection.execute(COST, values).scalar() != correction.cost and event.supersedes:
        raise _corrected_already(event.supersedes, event.event_id)


def _stored(
    connection: Connection,
    client_id: int,
    wrong: RowMapping,
    event: UsageEvent,
    batch: Batch,
    as_of: datetime | None,
) -> Outcome:
    present = as_of or datetime.now(UTC)
    recorded, rejections = store_offered(connection, client_id, wrong["source_id"], batch, present)
    for rejection in rejections:
        raise _refusal(rejection, event)
    if recorded.duplicate:
        return "duplicate"
    return "late" if recorded.late else "accepted"


def _refusal(rejection: Rejection, event: UsageEvent) -> CorrectionRefusedError:
    if rejection.code in {"conflict", "supersedes"} and event.supersedes is not None:
        return _corrected_already(event.supersedes, event.event_id)
    return CorrectionRefusedError(rejection.reason)


def _tell(
    connection: Connection, client_id: int, event: UsageEvent, event_id: UUID, actor: str
) -> None:
    raise_from_batch(connection, client_id)
    note(
        connection,
        actor=actor,
        action="event_withdrawn" if event.withdraws else "event_superseded",
        subject=str(event_id),
        client_id=client_id,
        detail=_detail(event),
    )


def _detail(event: UsageEvent) -> Mapping[str, str]:
    by = {"by": str(event.event_id), "reason": event.reason or ""}
    return by if event.withdraws else {**by, "quantity": f"{event.quantity:f}"}


def _corrected(
    connection: Connection,
    client_id: int,
    event: UsageEvent,
    outcome: Outcome,
) -> Corrected:
    values = {"client": client_id, "event": event.event_id}
    month = connection.execute(BILLED_IN, values).scalar_one()
    return Corrected(event_id=event.event_id, outcome=outcome, billing_period=month)
