"""Crossings: bounds and thresholds that a meter's total passed, kept as facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection, text

from billing_core.metering import Aggregation
from billing_core.numbers import rounded_quantity
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement, Price
from billing_core.rating import Bound, bounds_of, crossed, price_in_period
from db.commands.ingest.passing import Passing, steps_of
from db.commands.ingest.totals import Total

PRICE_IDS = text(
    """
    SELECT p.price_id, p.code, p.starts_on FROM billing.price p
    JOIN billing.agreement a ON a.client_id = p.client_id AND a.agreement_id = p.agreement_id
    WHERE p.client_id = :client AND a.code = :agreement
    """
)
#: Those that stand: replaced by no later row.
STANDING = text(
    """
    SELECT c.crossing_id, c.price_id, c.kind, c.tier_ordinal, c.bound, c.event_id, c.state,
        c.crossed_at, c.total_before, c.total_after
    FROM billing.crossing c
    WHERE c.client_id = :client AND c.meter_id = :meter_id AND c.billing_period = :month
      AND NOT EXISTS (SELECT FROM billing.crossing n
          WHERE n.client_id = c.client_id AND n.replaces_crossing_id = c.crossing_id)
    """
)
NOTE = text(
    """
    INSERT INTO billing.crossing (client_id, price_id, meter_id, billing_period, kind,
        tier_ordinal, share, bound, crossed_at, event_id, total_before, total_after,
        replaces_crossing_id, state)
    VALUES (:client, :price_id, :meter_id, :month, :kind, :ordinal, :share, :bound, :crossed_at,
        :event_id, :before, :after, :replaces, :state)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceVersion:
    """A version of a price of a meter, with what its bounds are in a period."""

    price_id: int
    bounds: tuple[Bound, ...]
    starts_at: datetime  #: inclusive; in the period
    ends_at: datetime  #: exclusive


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A crossing that stands."""

    crossing_id: int
    event_id: UUID | None
    state: str
    crossed_at: datetime
    total_before: object
    total_after: object


Key = tuple[int, str, int, object]


def note_crossings(
    connection: Connection, client_id: int, totals: Iterable[Total], agreements: Iterable[Agreement]
) -> None:
    """Note what the totals passed. Doing it again notes nothing twice."""
    signed = tuple(agreements)
    for total in totals:
        agreement = _agreement_in(signed, total.period)
        if agreement is None:
            continue
        versions = tuple(_versions(connection, client_id, agreement, total))
        if any(version.bounds for version in versions):
            _note(connection, client_id, total, versions)


def _agreement_in(agreements: Iterable[Agreement], period: BillingPeriod) -> Agreement | None:
    return next(
        (each for each in agreements if any(each.runs_on(day) for day in period.days())), None
    )


def _versions(
    connection: Connection, client_id: int, agreement: Agreement, total: Total
) -> Iterator[PriceVersion]:
    priced = [price for price in agreement.prices if price.meter == total.meter.code]
    if not any(price.tiers for price in priced):
        return
    ids: Mapping[tuple[str, date], int] = {
        (row.code, row.starts_on): row.price_id
        for row in connection.execute(PRICE_IDS, {"client": client_id, "agreement": agreement.code})
    }
    for price in priced:
        starts_at, ends_at = _bounds_in(price, total.period)
        if starts_at < ends_at:
            bounds = bounds_of(price_in_period(agreement, price, total.period))
            price_id = ids[price.code, price.starts_on]
            yield PriceVersion(
                price_id=price_id, bounds=bounds, starts_at=starts_at, ends_at=ends_at
            )


def _bounds_in(price: Price, period: BillingPeriod) -> tuple[datetime, datetime]:
    starts_at = max(period.starts_at, period.start_of(price.starts_on))
    if price.ends_on is None or price.ends_on > period.last_day:
        return starts_at, period.ends_at
    return starts_at, period.start_of(price.ends_on)


def _note(
    connection: Connection, client_id: int, total: Total, versions: tuple[PriceVersion, ...]
) -> None:
    values = {"client": client_id, "meter_id": total.brought.meter_id, "month": total.period.month}
    standing = dict(_standing(connection, values))
    for version in versions:
        asked = tuple(_in_question(total, version, standing))
        passings = _passings(connection, client_id, total, version, asked)
        for bound in asked:
            key = _key(version, bound)
            _note_one(
                connection, values, version.price_id, bound, passings.get(bound), standing.get(key)
            )


def _standing(
    connection: Connection, values: Mapping[str, object]
) -> Iterator[tuple[Key, Standing]]:
    for row in connection.execute(STANDING, values):
        yield (
            (row.price_id, row.kind, row.tier_ordinal, row.bound),
            Standing(
                crossing_id=row.crossing_id,
                event_id=row.event_id,
                state=row.state,
                crossed_at=row.crossed_at,
                total_before=row.total_before,
                total_after=row.total_after,
            ),
        )


def _key(version: PriceVersion, bound: Bound) -> Key:
    return version.price_id, bound.kind.value, bound.ordinal, bound.quantity


def _in_question(
    total: Total, version: PriceVersion, standing: Mapping[Key, Standing]
) -> Iterator[Bound]:
    """The bounds that the batch may have passed, or whose passing it may have moved."""
    before, reach = Fraction(total.brought.before), _reach(total)
    if total.brought.is_appended:
        possible = crossed(version.bounds, Fraction(0), reach)
        if _only_rises(total):
            possible = crossed(version.bounds, before, reach)
        yield from (each for each in possible if _key(version, each) not in standing)
        return
    for bound in version.bounds:
        if _key(version, bound) in standing or crossed([bound], Fraction(-1), reach):
            yield bound


def _only_rises(total: Total) -> bool:
    return total.meter.aggregation is not Aggregation.LAST and not total.meter.allows_credits


def _reach(total: Total) -> Fraction:
    """A quantity that the total can't have exceeded at any event of the batch."""
    if _only_rises(total):
        return Fraction(total.after)
    highest = max(Fraction(total.brought.before), Fraction(total.after), Fraction(0))
    return highest + Fraction(total.brought.raises or 0)


def _passings(
    connection: Connection,
    client_id: int,
    total: Total,
    version: PriceVersion,
    asked: Iterable[Bound],
) -> Mapping[Bound, Passing]:
    """The event at which each bound was passed first while the version was in force."""
    waiting, found = list(asked), {}
    if not waiting:
        return {}
    lowest = min(Fraction(bound.quantity) for bound in waiting)
    for step in steps_of(connection, client_id, total, from_quantity=lowest):
        if version.starts_at <= step.occurred_at < version.ends_at:
            for bound in crossed(waiting, step.before, step.after):
                found[bound] = step
                waiting.remove(bound)
        if not waiting:
            break
    return found


def _note_one(
    connection: Connection,
    values: Mapping[str, object],
    price_id: int,
    bound: Bound,
    passing: Passing | None,
    standing: Standing | None,
) -> None:
    if passing is None and (standing is None or standing.state == "withdrawn"):
        return
    if passing and standing and standing.state != "withdrawn" and _is_same(passing, standing):
        return
    row = {**values, "price_id": price_id, "kind": bound.kind.value, "ordinal": bound.ordinal}
    row |= {"share": bound.share, "bound": bound.quantity}
    row |= {"replaces": standing.crossing_id if standing else None}
    connection.execute(NOTE, {**row, **_told(passing, standing)})


def _is_same(passing: Passing, standing: Standing) -> bool:
    return passing.event_id == standing.event_id


def _told(passing: Passing | None, standing: Standing | None) -> dict[str, object]:
    if passing is None:
        if standing is None:
            raise AssertionError("nothing to tell")
        return {
            "state": "withdrawn",
            "crossed_at": standing.crossed_at,
            "event_id": standing.event_id,
            "before": standing.total_before,
            "after": standing.total_after,
        }
    return {
        "state": "moved" if standing else "crossed",
        "crossed_at": passing.occurred_at.astimezone(UTC),
        "event_id": passing.event_id,
        "before": rounded_quantity(passing.before),
        "after": rounded_quantity(passing.after),
    }
