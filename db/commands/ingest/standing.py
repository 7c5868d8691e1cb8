"""Crossings that stand, and the rows that replace them. Nothing is edited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from billing_core.numbers import rounded_quantity
from billing_core.rating import Bound, Passing
from db.commands.ingest.passing import Replay
from db.commands.ingest.versions import Version

#: Rows that no later row replaces; also those that say that one was withdrawn.
LATEST = text(
    """
    SELECT c.meter_id, to_char(c.billing_period, 'YYYY-MM') AS month, c.crossing_id,
        a.code AS agreement, p.code AS price, p.starts_on, c.kind, c.tier_ordinal, c.share, c.bound,
        c.event_id, c.state, c.crossed_at, c.total_before, c.total_after
    FROM unnest(CAST(:meter_ids AS integer[]), CAST(:months AS date[])) AS k (meter_id, month)
    JOIN billing.crossing c ON c.client_id = :client AND c.meter_id = k.meter_id
        AND c.billing_period = k.month
    JOIN billing.price p ON p.client_id = c.client_id AND p.price_id = c.price_id
    JOIN billing.agreement a ON a.client_id = p.client_id AND a.agreement_id = p.agreement_id
    WHERE NOT EXISTS (SELECT FROM billing.crossing n
        WHERE n.client_id = c.client_id AND n.replaces_crossing_id = c.crossing_id)
    """
)
NOTE = text(
    """
    INSERT INTO billing.crossing (client_id, price_id, meter_id, billing_period, kind,
        tier_ordinal, share, bound, crossed_at, event_id, total_before, total_after,
        replaces_crossing_id, state)
    SELECT :client, p.price_id, :meter_id, :month, :kind, :ordinal, :share, :bound, :crossed_at,
        :event_id, :before, :after, :replaces, :state
    FROM billing.price p
    JOIN billing.agreement a ON a.client_id = p.client_id AND a.agreement_id = p.agreement_id
    WHERE p.client_id = :client AND a.code = :agreement AND p.code = :price
      AND p.starts_on = :starts_on
    """
)


class Key(NamedTuple):
    """What a crossing is of: a bound of a version of a price."""

    agreement: str
    price: str
    starts_on: date
    kind: str
    ordinal: int
    bound: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The latest row of a bound."""

    crossing_id: int
    share: Decimal | None
    event_id: UUID | None
    state: str
    crossed_at: datetime
    before: Decimal
    after: Decimal

    @property
    def stands(self) -> bool:
        """Whether the bound counts as passed."""
        return self.state != "withdrawn"


Rows = Mapping[Key, Latest]


def key_of(version: Version, bound: Bound) -> Key:
    """Give the key under which a bound's crossing is stored."""
    return Key(
        agreement=version.agreement,
        price=version.price,
        starts_on=version.starts_on,
        kind=bound.kind.value,
        ordinal=bound.ordinal,
        bound=rounded_quantity(Fraction(bound.quantity)),
    )


def latest_rows(
    connection: Connection, client_id: int, months: Iterable[tuple[int, date]]
) -> Mapping[tuple[int, str], Rows]:
    """Give the latest rows of meters in months, by meter and month."""
    wanted = tuple(months)
    values = {
        "client": client_id,
        "meter_ids": [meter_id for meter_id, _ in wanted],
        "months": [month for _, month in wanted],
    }
    found: dict[tuple[int, str], dict[Key, Latest]] = {}
    for row in connection.execute(LATEST, values):
        key = Key(row.agreement, row.price, row.starts_on, row.kind, row.tier_ordinal, row.bound)
        found.setdefault((row.meter_id, row.month), {})[key] = Latest(
            crossing_id=row.crossing_id,
            share=row.share,
            event_id=row.event_id,
            state=row.state,
            crossed_at=row.crossed_at.astimezone(UTC),
            before=row.total_before,
            after=row.total_after,
        )
    return found


def note(
    connection: Connection,
    replay: Replay,
    key: Key,
    share: Decimal | None,
    passing: Passing | None,
    latest: Latest | None,
) -> bool:
    """Note where a bound was passed, or that it wasn't, unless that is what stands.

    Returns:
        Whether a row was written.
    """
    told = _told(passing, latest)
    if told is None:
        return False
    values: dict[str, object] = {
        "client": replay.client_id,
        "meter_id": replay.meter_id,
        "share": share,
    }
    values |= {"month": replay.period.month, "replaces": latest.crossing_id if latest else None}
    connection.execute(NOTE, {**values, **key._asdict(), **told})
    return True


def _told(passing: Passing | None, latest: Latest | None) -> dict[str, object] | None:
    """What the new row says; None where there is nothing new."""
    if passing is None:
        if latest is None or not latest.stands:
            return None
        return {
            "state": "withdrawn",
            "crossed_at": latest.crossed_at,
            "event_id": latest.event_id,
            "before": latest.before,
            "after": latest.after,
        }
    told: dict[str, object] = {
        "state": "moved" if latest else "crossed",
        "crossed_at": passing.at,
        "event_id": passing.event_id,
        "before": rounded_quantity(passing.before),
        "after": rounded_quantity(passing.after),
    }
    return None if latest and latest.stands and _is_same(told, latest) else told


def _is_same(told: Mapping[str, object], latest: Latest) -> bool:
    return (
        told["event_id"] == latest.event_id
        and told["crossed_at"] == latest.crossed_at
        and told["before"] == latest.before
        and told["after"] == latest.after
    )
