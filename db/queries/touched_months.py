"""Which earlier months the events that a month bills touch: those are built again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from db.prepared import Question
from db.queries.usage_carried import carried_in

#: Corrections that the month bills, of events that an earlier one bills and did not know them by.
_CORRECTIONS: Final = """billing.usage_event s
        JOIN billing.usage_event e
            ON e.client_id = s.client_id AND e.event_id = s.supersedes_event_id
        JOIN billing.billing_period b
            ON b.client_id = e.client_id AND b.billing_period = e.billing_period
        WHERE s.client_id = :client AND s.supersedes_event_id IS NOT NULL
          AND s.billing_period = :month AND e.billing_period < :month
          AND NOT s.event_id = ANY (b.known_corrections)"""
#: Events that came late, and events of earlier months that one of the month's supersedes. The
#: meters are asked one by one: the index of events starts with them. And, without a meter, months
#: that were billed again after another document had adjusted them.
_TOUCHED: Final = text(
    f"""
    SELECT m.code AS meter, r.code AS resource, to_char(t.own, 'YYYY-MM') AS own,
        to_char(t.touched, 'YYYY-MM') AS touched
    FROM (
        SELECT l.meter_id, l.resource_id, l.usage_period AS own, l.usage_period AS touched
        FROM billing.meter m CROSS JOIN LATERAL (
            SELECT e.meter_id, e.resource_id, e.usage_period FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = m.meter_id
              AND e.billing_period = :month AND e.occurred_at < :starts_at) l
        UNION
        SELECT s.meter_id, e.resource_id, s.usage_period, e.usage_period
        FROM {_CORRECTIONS}) t
    JOIN billing.meter m ON m.meter_id = t.meter_id
    JOIN billing.resource r ON r.client_id = :client AND r.resource_id = t.resource_id
    UNION ALL
    SELECT NULL, NULL, NULL, to_char(i.billing_period, 'YYYY-MM')
    FROM billing.invoice i
    WHERE i.client_id = :client AND i.replaces_invoice_id IS NOT NULL AND i.billing_period < :month
      AND i.chain_position > (SELECT max(a.chain_position)
          FROM billing.invoice_line l JOIN billing.invoice a USING (client_id, invoice_id)
          WHERE l.client_id = i.client_id AND l.adjusts_period = i.billing_period)
    ORDER BY 1, 2, 3, 4
    """  # noqa: S608 - put together from our own constants
)
#: How many there are: it changes with each of them, and they are never taken back. Null while a
#: month before it waits for its own document.
_COUNT: Final = Question(
    "touching",
    f"""
    SELECT CASE WHEN NOT EXISTS (
        SELECT FROM billing.billing_period p JOIN billing.client c USING (client_id)
        WHERE p.client_id = :client AND p.billing_period < :month AND p.state <> 'issued'
          AND (c.invoices_from IS NULL OR p.billing_period >= c.invoices_from))
    THEN (SELECT count(*) FROM billing.meter m CROSS JOIN LATERAL (
            SELECT FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = m.meter_id
              AND e.billing_period = :month AND e.occurred_at < :starts_at) late)
        + (SELECT count(*) FROM {_CORRECTIONS}) END
    """,  # noqa: S608 - put together from our own constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """A resource's quantity of an earlier month that events of a month may change."""

    meter: str  #: code
    resource: str
    own: str  #: the month in which the touching events occurred: that of their set
    month: str  #: the month that they touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What is to be built again of earlier months."""

    touches: tuple[Touch, ...]
    #: Months that were billed again since another document adjusted them: what they were adjusted
    #: by was reckoned with the rate card that was replaced.
    again: frozenset[str]


def touched_months(connection: Connection, client_id: int, period: BillingPeriod) -> Touched:
    """Give the months that a month's events touch by what they state, or supersede.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        period: the month that bills the events.
    """
    rows = connection.execute(_TOUCHED, _asked(client_id, period)).all()
    return Touched(
        touches=tuple(
            Touch(meter=row.meter, resource=row.resource, own=row.own, month=row.touched)
            for row in rows
            if row.meter is not None
        ),
        again=frozenset(row.touched for row in rows if row.meter is None),
    )


def touch_count(connection: Connection, client_id: int, period: BillingPeriod) -> int | None:
    """Count the month's events that touch earlier months; None while one of these is not issued.

    What an earlier month is going to adjust itself is not known to a later one until then.
    """
    found: int | None = _COUNT.ask(connection, _asked(client_id, period)).scalar_one()
    return found


def carried_into(
    connection: Connection,
    client_id: int,
    touches: Iterable[Touch],
    months: Iterable[BillingPeriod],
    levels: Mapping[str, Meter],
    period: BillingPeriod,
) -> frozenset[str]:
    """Give the months into which another level is carried, because of what touches one before them.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        touches: what touches earlier months by itself.
        months: issued ones.
        levels: meters of levels, by code.
        period: the month that bills the touching events.
    """
    of_levels = [each for each in touches if each.meter in levels]
    found = set()
    for into in months:
        earlier = {each.meter for each in of_levels if each.month < into.name}
        asked = [levels[code] for code in sorted(earlier)]
        before, after = (
            carried_in(connection, client_id, into, asked, known) if asked else {}
            for known in (period.previous(), period)
        )
        if before != after:
            found.add(into.name)
    return frozenset(found)


def _asked(client_id: int, period: BillingPeriod) -> Mapping[str, object]:
    return {"client": client_id, "month": period.month, "starts_at": period.starts_at}
