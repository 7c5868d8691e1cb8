"""Renewing: crossings computed anew after a change of prices."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection

from db.commands.ingest.crossings import Question, answer, horizon, watches_of
from db.commands.ingest.places import (
    Place,
    known_of,
    lock_meters,
    lock_months,
    open_months,
    places_of,
)
from db.commands.ingest.standing import note
from db.queries.setup import meters


def renew_crossings(connection: Connection, client_id: int) -> int:
    """Compute all crossings of the open months anew, after a change of prices.

    Args:
        connection: a transaction that may write them.
        client_id: the client.

    Returns:
        How many rows were written.
    """
    lock_months(connection, client_id)
    known = meters(connection)
    months = open_months(connection, client_id, datetime.max.replace(tzinfo=UTC))
    places = tuple(places_of(connection, client_id, known.values(), months))
    lock_meters(connection, client_id, places)
    return _renew(connection, client_id, places)


def _renew(connection: Connection, client_id: int, places: Iterable[Place]) -> int:
    places, written = tuple(places), 0
    known = known_of(connection, client_id, places)
    for place in places:
        rows, watches = known.rows.get(place.key, {}), watches_of(place.versions)
        replay = place.replay(client_id)
        until = horizon(known.last_events.get(place.key), rows)
        for key in rows.keys() - watches.keys():
            written += note(connection, replay, key, rows[key].share, None, rows[key])
        if until is not None and watches:
            question = Question(
                replay=replay,
                watches=watches,
                rows=rows,
                since=place.period.starts_at,
                until=until,
            )
            written += answer(connection, question)
    return written
