"""Crossings without an event: those that time alone brought.

A mean grows while its levels are held, and a level is carried into a month in which nothing has
happened yet. `notice_crossings` finds such crossings up to the present.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction

from sqlalchemy import Connection, Engine, text

from billing_core.rating import is_past
from db.commands.ingest.changed_months import raise_from
from db.commands.ingest.crossings import Question, answer, watches_of
from db.commands.ingest.periods import locked_months
from db.commands.ingest.places import (
    MICROSECOND,
    Known,
    Place,
    known_of,
    lock_meters,
    lock_months,
    open_months,
    places_of,
)
from db.commands.ingest.retries import tried_again
from db.queries.setup import meters
from db.queries.usage_levels import Asked, Held, held_at_end
from db.session import writer_transaction

LAST_MONTH = text("SELECT max(ends_at) FROM billing.billing_period WHERE client_id = :client")


def notice_crossings(engine: Engine, client_id: int, as_of: datetime) -> int:
    """Note the crossings that time alone has brought, in the client's open months.

    Args:
        engine: of the writer.
        client_id: the client.
        as_of: the present.

    Returns:
        How many rows were written; 0 if there was nothing new.
    """

    def once() -> int:
        with writer_transaction(engine, [client_id]) as connection:
            return _notice(connection, client_id, as_of.astimezone(UTC))

    return tried_again(once)


def _notice(connection: Connection, client_id: int, as_of: datetime) -> int:
    stored = _store_month(connection, client_id, as_of)
    due = _due(connection, client_id, as_of)
    written = _written(connection, client_id, due, as_of) if due else 0
    if written or stored:
        month = min(place.period.month for place in due) if written else None
        raise_from(connection, client_id, month)
    return written


def _due(connection: Connection, client_id: int, as_of: datetime) -> list[Place]:
    """Where a bound may have been passed, told without a lock."""
    levels = [each for each in meters(connection).values() if each.aggregation.is_level]
    months = open_months(connection, client_id, as_of)
    places = [each for each in places_of(connection, client_id, levels, months) if each.versions]
    if not places:
        return []
    known = known_of(connection, client_id, places)
    held = _held(connection, client_id, places)
    return [place for place in places if _is_due(place, known, held.get(place.key, ()), as_of)]


def _written(connection: Connection, client_id: int, due: list[Place], as_of: datetime) -> int:
    lock_months(connection, client_id)
    lock_meters(connection, client_id, due)
    known = known_of(connection, client_id, due)
    return sum(answer(connection, _asked(client_id, place, known, as_of)) for place in due)


def _store_month(connection: Connection, client_id: int, as_of: datetime) -> bool:
    """Store the present month, if the ones before it are: a level may be carried into it.

    Returns:
        Whether it was stored now.
    """
    ends_at: datetime | None = connection.execute(LAST_MONTH, {"client": client_id}).scalar()
    if ends_at is None or ends_at > as_of:
        return False
    locked_months(connection, client_id, ends_at, as_of, as_of)
    latest: datetime | None = connection.execute(LAST_MONTH, {"client": client_id}).scalar()
    return latest != ends_at


def _held(
    connection: Connection, client_id: int, places: Iterable[Place]
) -> Mapping[tuple[int, str], list[Held]]:
    """One look at the rollups of each month: what its resources hold."""
    by_month: dict[date, list[Place]] = {}
    for place in places:
        by_month.setdefault(place.period.month, []).append(place)
    found: dict[tuple[int, str], list[Held]] = {}
    for own in by_month.values():
        period, ids = own[0].period, {each.meter.code: each.meter_id for each in own}
        asked = Asked(
            client_id=client_id,
            period=period,
            meters={each.meter.code: each.meter for each in own},
            meter_ids=ids,
            instants=[period.ends_at],
            cuts=(),
        )
        for held in held_at_end(connection, asked):
            found.setdefault((ids[held.meter.code], period.name), []).append(held)
    return found


def _is_due(place: Place, known: Known, held: Iterable[Held], as_of: datetime) -> bool:
    """Whether a bound may have been passed that doesn't stand, or one stands that lies ahead."""
    resources, last_at = tuple(held), known.last_events.get(place.key)
    rows, until = known.rows.get(place.key, {}), place.until(as_of, last_at)
    instants = [until] if last_at else [until, place.period.starts_at + MICROSECOND]
    reach = max(
        sum((each.quantity(instant) for each in resources), Fraction(0)) for instant in instants
    )
    for key, watch in watches_of(place.versions).items():
        latest = rows.get(key)
        if latest and latest.stands:
            if latest.crossed_at > until:
                return True
        elif place.meter.allows_credits or is_past(watch.bound, reach):
            return True
    return False


def _asked(client_id: int, place: Place, known: Known, as_of: datetime) -> Question:
    """The bounds that don't stand, from the last event on: up to it everything is known."""
    rows, last_at = known.rows.get(place.key, {}), known.last_events.get(place.key)
    until = place.until(as_of, last_at)
    return Question(
        replay=place.replay(client_id),
        watches={
            key: watch
            for key, watch in watches_of(place.versions).items()
            if not ((latest := rows.get(key)) and latest.stands and latest.crossed_at <= until)
        },
        rows=rows,
        since=last_at or place.period.starts_at,
        until=until,
    )
