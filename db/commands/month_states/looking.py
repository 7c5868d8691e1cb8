"""Whose months are looked up when: a client of whom nothing has changed costs nothing.

A month is looked up again when its client's version has changed, or when it has ended since; one
that is issued only when it is credited, or when another system's number for it comes.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from sqlalchemy import Engine, text

from billing_core.period import month_after
from db.commands.billing_periods import ensure_period
from db.commands.ingest.changed_months import EVERY_MONTH, raise_from
from db.commands.ingest.retries import tried_again
from db.commands.month_states.books import books_of
from db.commands.month_states.facts import is_as_known, keep_month
from db.queries.billing_calendar import Calendar, calendar_by
from db.queries.clients import client_ids
from db.queries.closing_setup import closing_setup
from db.session import writer_transaction

#: Clients that are declared at once: each row is held against the list of them.
_AT_ONCE: Final = 50
#: A month may end up to a day sooner where the client is than by UTC.
_DUE: Final = text(
    """
    SELECT asked.client_id FROM unnest(CAST(:clients AS integer[])) AS asked (client_id)
    LEFT JOIN billing.client_version v ON v.client_id = asked.client_id
    WHERE EXISTS (SELECT FROM billing.issuer) AND (
          EXISTS (
        SELECT FROM billing.billing_period p
        WHERE p.client_id = asked.client_id AND p.starts_at <= :now AND NOT EXISTS (
            SELECT FROM billing.month_state s
            WHERE s.client_id = p.client_id AND s.billing_period = p.billing_period))
       OR EXISTS (
        SELECT FROM billing.agreement a JOIN billing.client c ON c.client_id = a.client_id
        CROSS JOIN LATERAL (SELECT greatest(
            date_trunc('month', a.starts_on::timestamp), c.invoices_from,
            (SELECT max(s.billing_period) + interval '1 month' FROM billing.month_state s
             WHERE s.client_id = a.client_id))) AS following (month)
        WHERE a.client_id = asked.client_id AND (a.ends_on IS NULL OR a.ends_on > following.month)
          AND :now >= (following.month + interval '1 month' - interval '1 day') AT TIME ZONE 'UTC')
       OR EXISTS (
        SELECT FROM billing.month_state s
        WHERE s.client_id = asked.client_id AND s.ends_at <= :now
          AND (s.looked_at < s.ends_at OR s.records_version <> coalesce(v.version, 0))
          AND (s.period_state <> 'issued' OR s.number IS NULL))
       OR EXISTS (
        SELECT FROM billing.month_state s JOIN billing.legal_invoice l
            ON l.client_id = s.client_id AND l.billing_period = s.billing_period
        WHERE s.client_id = asked.client_id AND l.recorded_at > s.looked_at)
       OR EXISTS (
        SELECT FROM billing.month_state s JOIN billing.invoice i
            ON i.client_id = s.client_id AND i.billing_period = s.billing_period
        WHERE s.client_id = asked.client_id AND i.issued_at > s.looked_at))
    """
)
#: All that came for an issued month before this look, whether it changed a total or not.
_SEEN: Final = text(
    """
    UPDATE billing.month_state s SET looked_at = came.latest
    FROM (SELECT m.billing_period, greatest(
              (SELECT max(l.recorded_at) FROM billing.legal_invoice l
               WHERE l.client_id = m.client_id AND l.billing_period = m.billing_period),
              (SELECT max(i.issued_at) FROM billing.invoice i
               WHERE i.client_id = m.client_id AND i.billing_period = m.billing_period)) AS latest
          FROM billing.month_state m
          WHERE m.client_id = :client AND m.period_state = 'issued') came
    WHERE s.client_id = :client AND s.billing_period = came.billing_period
      AND s.looked_at < came.latest
    """
)
#: What was as it is known, and what was looked up, is as of now.
_LOOKED: Final = text(
    """
    UPDATE billing.month_state SET looked_at = :now
    WHERE client_id = ANY (:clients) AND period_state <> 'issued' AND looked_at < :now
    """
)


def refresh_months(engine: Engine, now: datetime) -> int:
    """Look up the months of all clients of whom something may have changed; how many clients.

    Args:
        engine: of the writer.
        now: the present, UTC.
    """
    with writer_transaction(engine, []) as connection:
        ids = sorted(client_ids(connection).values())
    some = [ids[first : first + _AT_ONCE] for first in range(0, len(ids), _AT_ONCE)]
    return sum(_refresh(engine, each, now) for each in some)


def _refresh(engine: Engine, client_ids: list[int], now: datetime) -> int:
    asked = {"clients": client_ids, "now": now}
    with writer_transaction(engine, client_ids) as connection:
        due = list(connection.execute(_DUE, asked).scalars())
    for client_id in due:
        refresh_months_of(engine, client_id, now)
    with writer_transaction(engine, client_ids) as connection:
        connection.execute(_LOOKED, asked)
    return len(due)


def refresh_months_of(engine: Engine, client_id: int, now: datetime) -> None:
    """Look up one client's months, as after one of them was closed.

    Args:
        engine: of the writer.
        client_id: whose months.
        now: the present, UTC.
    """
    tried_again(lambda: _store_ended(engine, client_id, now))
    tried_again(lambda: _look(engine, client_id, now))


def _store_ended(engine: Engine, client_id: int, now: datetime) -> None:
    """Store the months that have ended and get a document: what is stored can be approved."""
    with writer_transaction(engine, [client_id]) as connection:
        setup = closing_setup(connection, client_id)
        calendar = calendar_by(connection, client_id, setup.client, setup.agreements)
        new = [each for each in _ended(calendar, now) if f"{each:%Y-%m}" not in calendar.stored]
        for month in new:
            ensure_period(connection, client_id, calendar.period_of(month))
        if new:
            raise_from(connection, client_id, EVERY_MONTH)


def _ended(calendar: Calendar, now: datetime) -> Iterator[date]:
    """Give the months that have ended and have a document, the first of them first."""
    month = calendar.first
    while month is not None and calendar.period_of(month).ends_at <= now:
        if calendar.has_document(month):
            yield month
        month = month_after(month)


def _look(engine: Engine, client_id: int, now: datetime) -> None:
    with writer_transaction(engine, [client_id], of_one_state=True) as connection:
        books = books_of(connection, client_id)
        for stored in books.calendar.stored.values():
            month, begun = stored.period.month, stored.period.starts_at <= now
            if begun and books.calendar.agreement_of(month) and not is_as_known(books, month, now):
                keep_month(connection, books, month, now)
        connection.execute(_SEEN, {"client": client_id})
