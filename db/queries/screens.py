"""Questions that only screens ask: what was crossed in a period."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection, Row, text

from billing_core.period import BillingPeriod

_CROSSINGS = text("""
    SELECT p.code AS price_code, p.name AS price_name, m.code AS meter_code, m.unit,
           c.kind, c.share, c.bound, c.crossed_at, c.noticed_at, c.event_id,
           c.total_before, c.total_after,
           approached.name AS tier, entered.name AS next_tier,
           coalesce(entered.burst, false) AS burst
    FROM billing.crossing c
    JOIN billing.price p ON p.client_id = c.client_id AND p.price_id = c.price_id
    JOIN billing.meter m ON m.meter_id = c.meter_id
    LEFT JOIN billing.price_tier entered ON entered.client_id = c.client_id
         AND entered.price_id = c.price_id
         AND entered.ordinal = c.tier_ordinal + (c.kind = 'threshold')::integer
    LEFT JOIN billing.price_tier approached ON approached.client_id = c.client_id
         AND approached.price_id = c.price_id AND approached.ordinal = entered.ordinal - 1
    WHERE c.client_id = :client_id AND c.billing_period = :month AND c.state <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM billing.crossing later WHERE later.client_id = c.client_id
                      AND later.replaces_crossing_id = c.crossing_id)
    ORDER BY c.crossed_at DESC, c.crossing_id DESC
    LIMIT :limit
""")
MOST_CROSSINGS = 200  #: of one period; more than that nobody reads


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingSeen:
    """A tier's bound or a threshold that was passed, as it stands now."""

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


def crossings_of(
    connection: Connection, client_id: int, period: BillingPeriod
) -> tuple[CrossingSeen, ...]:
    """Give what was passed in a period, the latest first, at most `MOST_CROSSINGS`.

    A crossing that was moved stands where it was moved to; a withdrawn one isn't given.
    """
    asked = {"client_id": client_id, "month": period.month, "limit": MOST_CROSSINGS}
    return tuple(_crossing(row) for row in connection.execute(_CROSSINGS, asked))


def _crossing(row: Row[tuple[object, ...]]) -> CrossingSeen:
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
    )
