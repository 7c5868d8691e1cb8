"""Corrections of events, and what a client's totals and crossings come to."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing_core.event import UsageEvent
from db.commands.ingest import Recorded, record
from tests.support.usage import SOURCE, Ground

AS_OF = datetime(2026, 11, 15, tzinfo=UTC)


def recorded(client: Ground, *events: UsageEvent, as_of: datetime = AS_OF) -> Recorded:
    """Record events in one batch."""
    return record(client.database.writer, client.client_id, SOURCE, events, as_of=as_of)


def correction(wrong: UsageEvent, *, at: str | None = None, **right: str) -> UsageEvent:
    """An event that supersedes another one, with other values where given."""
    values: dict[str, Any] = dict(right)
    if at is not None:
        values["occurred_at"] = datetime.fromisoformat(at).astimezone(UTC)
    if "quantity" in right:
        values["quantity"] = Decimal(right["quantity"])
    own_id = f"supersedes:{wrong.event_id}"
    return replace(
        wrong, source_event_id=own_id, supersedes=wrong.event_id, reason="a wrong reading", **values
    )


def withdrawal(wrong: UsageEvent) -> UsageEvent:
    """An event that takes another one back."""
    corrected = correction(wrong, quantity="0")
    return replace(corrected, withdraws=True, counted_value=None)


def totals(client: Ground, month: str = "2026-11") -> dict[str, tuple[object, ...]]:
    """By meter: events, first and last instant, quantity; without meters that have none."""
    rows = client.rows(
        "SELECT m.code, t.event_count, to_char(t.first_at, 'DD HH24:MI'), "
        "to_char(t.last_at, 'DD HH24:MI'), t.quantity::text, t.last_event_id "
        "FROM billing.usage_total t JOIN billing.meter m USING (meter_id) "
        "WHERE t.client_id = :client AND t.billing_period = CAST(:month AS date) "
        "ORDER BY m.code",
        month=f"{month}-01",
    )
    return dict(_totals(rows))


def _totals(rows: list[tuple[object, ...]]) -> Iterator[tuple[str, tuple[object, ...]]]:
    for code, count, first_at, last_at, quantity, last_event_id in rows:
        if count:
            yield str(code), (count, first_at, last_at, str(Fraction(str(quantity))))
        else:
            assert (first_at, last_at, quantity, last_event_id) == (None, None, "0", None)


def state(client: Ground) -> dict[str, list[tuple[object, ...]]]:
    """All that follows from the events, but for rows that say that nothing is there."""
    names = (
        "JOIN billing.meter m USING (meter_id) "
        "JOIN billing.resource r USING (client_id, resource_id) WHERE client_id = :client"
    )
    return {
        "hours": client.rows(
            "SELECT m.code, h.billing_period::text, r.code, h.hour, h.first_at, h.last_at, "
            "h.event_count, h.quantity_sum, h.quantity_max, h.first_level, h.last_level, "
            f"h.level_seconds FROM billing.usage_hour h {names} ORDER BY 1, 2, 3, 4"
        ),
        "values": client.rows(
            "SELECT m.code, d.billing_period::text, r.code, d.counted_value, d.first_at, "
            f"d.first_event_id, d.event_count FROM billing.usage_distinct d {names} "
            "ORDER BY 1, 2, 3, 4"
        ),
        "totals": client.rows(
            "SELECT m.code, t.billing_period::text, t.event_count, t.first_at, t.last_at, "
            "t.quantity, t.last_event_id FROM billing.usage_total t "
            "JOIN billing.meter m USING (meter_id) "
            "WHERE client_id = :client AND event_count > 0 ORDER BY 1, 2"
        ),
        "crossings": client.rows(
            "SELECT p.code, c.billing_period::text, c.kind, c.tier_ordinal, c.bound, c.crossed_at, "
            "c.event_id, c.total_before, c.total_after FROM billing.crossing c "
            "JOIN billing.price p USING (client_id, price_id) "
            "WHERE client_id = :client AND c.state <> 'withdrawn' AND NOT EXISTS ("
            "SELECT FROM billing.crossing n WHERE n.client_id = c.client_id "
            "AND n.replaces_crossing_id = c.crossing_id) ORDER BY 1, 2, 3, 4, 5"
        ),
    }


def crossings(client: Ground, meter: str = "egress", month: str = "2026-11") -> list[str]:
    """What stands: kind, bound, instant, totals before and after, and whether by itself."""
    rows = client.rows(
        "SELECT c.kind, trim_scale(c.bound)::text, "
        "rtrim(rtrim(to_char(c.crossed_at, 'DD HH24:MI:SS.US'), '0'), '.'), "
        "trim_scale(c.total_before)::text, trim_scale(c.total_after)::text, c.event_id IS NULL "
        "FROM billing.crossing c JOIN billing.meter m USING (meter_id) "
        "WHERE c.client_id = :client AND m.code = :meter "
        "AND c.billing_period = CAST(:month AS date) AND c.state <> 'withdrawn' "
        "AND NOT EXISTS (SELECT FROM billing.crossing n WHERE n.client_id = c.client_id "
        "AND n.replaces_crossing_id = c.crossing_id) ORDER BY c.bound, c.kind",
        meter=meter,
        month=f"{month}-01",
    )
    return [
        f"{kind} {bound} at {at}: {before} -> {after}{' by itself' if alone else ''}"
        for kind, bound, at, before, after, alone in rows
    ]
