"""Questions that only screens ask: what was crossed in a period, and what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection, Row, text

from billing_core.period import BillingPeriod
from db.prepared import Question

#: Each crossing ever noted of a period, and the correction that was recorded with it, if any.
_NOTED = text("""
    WITH noted AS (
        SELECT * FROM billing.crossing
        WHERE client_id = :client_id AND billing_period = :month
        ORDER BY crossing_id DESC LIMIT :limit),
    corrections AS (
        SELECT e.meter_id, e.recorded_at, (array_agg(e.event_id ORDER BY e.occurred_at))[1] AS first
        FROM billing.usage_event e
        WHERE e.client_id = :client_id AND e.supersedes_event_id IS NOT NULL
          AND e.recorded_at IN (SELECT noticed_at FROM noted WHERE replaces_crossing_id IS NOT NULL)
        GROUP BY e.meter_id, e.recorded_at)
    SELECT p.code AS price_code, p.name AS price_name, m.code AS meter_code, m.unit,
           c.crossing_id, c.replaces_crossing_id, c.state,
           c.kind, c.share, c.bound, c.crossed_at, c.noticed_at, c.event_id,
           c.total_before, c.total_after, corrections.first AS correction,
           approached.name AS tier, entered.name AS next_tier,
           coalesce(entered.burst, false) AS burst
    FROM noted c
    JOIN billing.price p ON p.client_id = c.client_id AND p.price_id = c.price_id
    JOIN billing.meter m ON m.meter_id = c.meter_id
    LEFT JOIN corrections ON c.replaces_crossing_id IS NOT NULL
         AND corrections.meter_id = c.meter_id AND corrections.recorded_at = c.noticed_at
    LEFT JOIN billing.price_tier entered ON entered.client_id = c.client_id
         AND entered.price_id = c.price_id
         AND entered.ordinal = c.tier_ordinal + (c.kind = 'threshold')::integer
    LEFT JOIN billing.price_tier approached ON approached.client_id = c.client_id
         AND approached.price_id = c.price_id AND approached.ordinal = entered.ordinal - 1
    ORDER BY c.crossing_id
""")
_COUNT = Question("crossings", "SELECT count(*) FROM billing.crossing WHERE client_id = :client")
MOST_CROSSINGS = 200  #: of one period; more than that nobody reads
_MOST_NOTED = 2000  #: rows, those that were moved among them


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingNoted:
    """Where a crossing was said to be, from one notice until the next."""

    state: str  #: "crossed", "moved" or "withdrawn"
    crossed_at: datetime
    noticed_at: datetime
    event_id: UUID | None  #: None if it was passed by itself, between records
    correction: UUID | None  #: the correction with which this was noticed; None: another record


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingSeen:
    """A tier's bound or a threshold that was passed, as it is known now."""

    price_code: str
    price_name: str
    meter_code: str
    unit: str
    kind: str  #: "tier" or "threshold"
    share: Decimal | None  #: of a threshold; 0.8 is 80 %
    bound: Fraction  #: the quantity that was passed, included quantity counted
    crossed_at: datetime
    noticed_at: datetime
    event_id: UUID | None  #: None if a level crossed by holding on
    total_before: Fraction
    total_after: Fraction
    tier: str  #: the tier whose upper bound it is
    next_tier: str  #: "" after the last
    burst: bool  #: whether the next tier is a burst tier
    is_withdrawn: bool = False  #: a correction took it back: the bound was never passed
    history: tuple[CrossingNoted, ...] = ()  #: the earlier notices, the first of them first


def crossing_count(connection: Connection, client_id: int) -> int:
    """Give how many notices of crossings a client has.

    None is ever changed or taken away: with as many, and the same prices, each month's crossings
    are the same. The latest id would not say so: a lower one may be committed after it.
    """
    return int(_COUNT.ask(connection, {"client": client_id}).scalar_one())


def crossings_of(
    connection: Connection, client_id: int, period: BillingPeriod
) -> tuple[CrossingSeen, ...]:
    """Give what was passed in a period, the latest first, at most `MOST_CROSSINGS`.

    A crossing that was moved stands where it was moved to, with its history; so does a withdrawn
    one, where it stood last.
    """
    asked = {"client_id": client_id, "month": period.month, "limit": _MOST_NOTED}
    seen = _seen(connection.execute(_NOTED, asked).all())
    ordered = sorted(enumerate(seen), key=lambda each: (each[1].crossed_at, each[0]), reverse=True)
    return tuple(crossing for _, crossing in ordered[:MOST_CROSSINGS])


def _seen(rows: Iterable[Row[tuple[object, ...]]]) -> Iterator[CrossingSeen]:
    """Follow each crossing from its first notice to its last; rows come in order of notice."""
    chains: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in rows:
        chain = chains.pop(row.replaces_crossing_id, []) if row.replaces_crossing_id else []
        chains[row.crossing_id] = [*chain, row]
    return (_crossing(chain) for chain in chains.values())


def _crossing(chain: list[Row[tuple[object, ...]]]) -> CrossingSeen:
    row = chain[-1]
    return CrossingSeen(
        price_code=row.price_code,
        price_name=row.price_name,
        meter_code=row.meter_code,
        unit=row.unit,
        kind=row.kind,
        share=row.share,
        bound=Fraction(row.bound),
        crossed_at=row.crossed_at,
        noticed_at=row.noticed_at,
        event_id=row.event_id,
        total_before=Fraction(row.total_before),
        total_after=Fraction(row.total_after),
        tier=row.tier or "",
        next_tier=row.next_tier or "",
        burst=row.burst,
        is_withdrawn=row.state == "withdrawn",
        history=tuple(_noted(each) for each in chain) if len(chain) > 1 else (),
    )


def _noted(row: Row[tuple[object, ...]]) -> CrossingNoted:
    return CrossingNoted(
        state=row.state,
        crossed_at=row.crossed_at,
        noticed_at=row.noticed_at,
        event_id=row.event_id,
        correction=row.correction,
    )
