"""Running totals after a batch: stored, each with its last effective event."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, text

from billing_core.metering import Aggregation, Meter
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from db.commands.ingest.totals import Brought
from db.queries.usage_last import last_quantities

#: The counts and the sums of months' hours, where adding up isn't enough.
OF_HOURS = text(
    """
    SELECT k.place, coalesce(sum(h.event_count), 0)::bigint AS event_count,
        coalesce(sum(h.quantity_sum), 0) AS quantity, min(h.first_at) AS first_at,
        max(h.last_at) AS last_at
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]),
        CAST(:starts AS timestamptz[])) WITH ORDINALITY AS k (meter_id, month, starts_at, place)
    LEFT JOIN billing.usage_hour h ON h.client_id = :client AND h.meter_id = k.meter_id
        AND h.billing_period = k.month AND h.first_at >= k.starts_at
    GROUP BY k.place ORDER BY k.place
    """
)
OF_VALUES = text(
    """
    SELECT (SELECT count(*) FROM billing.usage_distinct d WHERE d.client_id = :client
        AND d.meter_id = k.meter_id AND d.billing_period = k.month) AS quantity
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]))
        WITH ORDINALITY AS k (meter_id, month, place)
    ORDER BY k.place
    """
)
STORE = text(
    """
    UPDATE billing.usage_total t SET event_count = k.event_count, quantity = k.quantity,
        first_at = k.first_at, last_at = k.last_at,
        last_event_id = CASE WHEN k.is_known THEN t.last_event_id ELSE (
            SELECT e.event_id FROM billing.usage_event e
            WHERE e.client_id = :client AND e.meter_id = k.meter_id AND e.billing_period = k.month
              AND e.usage_period = k.month AND e.occurred_at = k.last_at
              AND NOT e.withdraws AND NOT EXISTS (SELECT FROM billing.usage_event s
                  WHERE s.client_id = :client AND s.supersedes_event_id = e.event_id)
            ORDER BY e.event_id DESC LIMIT 1) END
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[]),
        CAST(:counts AS bigint[]), CAST(:quantities AS numeric[]), CAST(:firsts AS timestamptz[]),
        CAST(:lasts AS timestamptz[]), CAST(:known AS boolean[]))
        AS k (meter_id, month, event_count, quantity, first_at, last_at, is_known)
    WHERE t.client_id = :client AND t.meter_id = k.meter_id AND t.billing_period = k.month
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The running total of a meter in a month, after a batch."""

    brought: Brought
    event_count: int  #: effective events
    first_at: datetime | None  #: of them
    last_at: datetime | None  #: of them
    after: Decimal  #: the quantity right after the last of them; 0 without any

    @property
    def meter(self) -> Meter:
        """What is counted."""
        return self.brought.meter

    @property
    def period(self) -> BillingPeriod:
        """The month."""
        return self.brought.period


def store_totals(
    connection: Connection, client_id: int, brought: Sequence[Brought]
) -> tuple[Total, ...]:
    """Bring the locked totals up to date, after the rollups."""
    counted = tuple(_counted(connection, client_id, brought))
    quantities = _quantities(connection, client_id, counted)
    totals = tuple(
        replace(each, after=quantities.get(place, each.after)) for place, each in enumerate(counted)
    )
    if totals:
        connection.execute(STORE, {"client": client_id, **_columns(totals)})
    return totals


def _counted(connection: Connection, client_id: int, brought: Iterable[Brought]) -> Iterator[Total]:
    """The totals as sums, with their counts and bounds."""
    brought = tuple(brought)
    anew = [each for each in brought if each.anew]
    starts = {"starts": [each.period.starts_at for each in anew]}
    values = {"client": client_id, **_keys(anew), **starts}
    hours = iter(connection.execute(OF_HOURS, values).all() if anew else ())
    for each in brought:
        if each.anew:
            row = next(hours)
            yield Total(
                brought=each,
                event_count=row.event_count,
                first_at=row.first_at,
                last_at=row.last_at,
                after=row.quantity,
            )
        else:
            yield _added(each)


def _added(each: Brought) -> Total:
    firsts = [at for at in (each.earlier_first_at, each.first_at) if at]
    lasts = [at for at in (each.earlier_last_at, each.last_at) if at]
    return Total(
        brought=each,
        event_count=each.earlier_count + each.event_count,
        first_at=min(firsts, default=None),
        last_at=max(lasts, default=None),
        after=each.before + each.quantity,
    )


def _quantities(
    connection: Connection, client_id: int, totals: Sequence[Total]
) -> Mapping[int, Decimal]:
    """By place, the totals that aren't sums."""
    counts = [
        place
        for place, each in enumerate(totals)
        if each.meter.aggregation is Aggregation.UNIQUE_COUNT
    ]
    found: dict[int, Decimal] = {}
    if counts:
        keys = _keys([totals[place].brought for place in counts])
        values = connection.execute(OF_VALUES, {"client": client_id, **keys}).scalars()
        found = dict(zip(counts, map(Decimal, values), strict=True))
    levels = [place for place, each in enumerate(totals) if each.meter.aggregation.is_level]
    for period in dict.fromkeys(totals[place].period for place in levels):
        own = [place for place in levels if totals[place].period == period]
        stated = {totals[place].meter: totals[place].last_at for place in own}
        quantities = last_quantities(connection, client_id, period, stated)
        found |= {place: rounded_quantity(quantities[totals[place].meter.code]) for place in own}
    return found


def _keys(brought: Iterable[Brought]) -> dict[str, object]:
    brought = tuple(brought)
    return {
        "meter_ids": [each.meter_id for each in brought],
        "months": [each.period.month for each in brought],
    }


def _columns(totals: Sequence[Total]) -> dict[str, object]:
    return {
        **_keys(each.brought for each in totals),
        "counts": [each.event_count for each in totals],
        "quantities": [each.after for each in totals],
        "firsts": [each.first_at for each in totals],
        "lasts": [each.last_at for each in totals],
        "known": [_is_last_known(each) for each in totals],
    }


def _is_last_known(total: Total) -> bool:
    """Whether the last event is the one that was it before the batch."""
    brought = total.brought
    if brought.anew or brought.earlier_last_at is None:
        return False
    return brought.last_at is None or brought.last_at < brought.earlier_last_at
