"""What of a batch can't be stored, and why. The rest can."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import Connection, Row, TextClause, text

from billing_core.metering import Aggregation, Meter
from billing_core.period import start_of_day
from billing_core.prices import Agreement
from db.commands.ingest.periods import Months
from db.commands.ingest.rejections import Rejection
from db.commands.ingest.staging import MeterOffered

AHEAD: Final = timedelta(minutes=5)  # how far a source's clock may be ahead of ours

#: An offered event as text, for the record beside its rejection.
RECORD = """json_strip_nulls(json_build_object(
    'time', o.occurred_at, 'meter', o.meter, 'resource', o.resource, 'quantity', o.quantity::text,
    'id', o.source_event_id, 'counted_value', o.counted_value, 'supersedes_event', o.supersedes,
    'withdraws', CASE WHEN o.withdraws THEN true END, 'reason', o.reason))::text"""


def _rejecting(condition: str, *also: str) -> TextClause:
    returned = ", ".join(("o.line", "o.event_id", "o.leaf_hash", f"{RECORD} AS record", *also))
    return text(
        f"DELETE FROM pg_temp.offered o WHERE {condition} "  # noqa: S608 - conditions are ours
        f"RETURNING {returned}"
    )


UNKNOWN = _rejecting("o.meter = ANY (:meters)", "o.meter")
NEGATIVE = _rejecting("o.meter = :meter AND o.quantity < 0")
UNCOUNTED = _rejecting("o.meter = :meter AND o.counted_value IS NULL AND o.withdraws IS NOT TRUE")
AFTER = _rejecting("o.occurred_at > :latest")
BEFORE = _rejecting("o.occurred_at < :earliest")
ITSELF = _rejecting("o.supersedes = o.event_id")
#: What comes before its original is taken: else the outcome would depend on the order of arrival.
OTHER = _rejecting(
    """o.supersedes IS NOT NULL
    AND (EXISTS (SELECT FROM billing.usage_event e JOIN billing.meter m USING (meter_id)
            WHERE e.client_id = :client AND e.event_id = o.supersedes AND m.code <> o.meter)
        OR EXISTS (SELECT FROM pg_temp.offered p
            WHERE p.event_id = o.supersedes AND p.meter <> o.meter))"""
)
AGAIN = _rejecting(
    """o.supersedes IS NOT NULL
    AND (EXISTS (SELECT FROM billing.usage_event e WHERE e.client_id = :client
            AND e.supersedes_event_id = o.supersedes AND e.event_id <> o.event_id)
        OR EXISTS (SELECT FROM pg_temp.offered p WHERE p.supersedes = o.supersedes
            AND p.event_id <> o.event_id AND p.line < o.line))"""
)
OUTSIDE = _rejecting(
    """NOT EXISTS (SELECT FROM billing.billing_period p JOIN billing.agreement a
            ON a.client_id = p.client_id AND a.starts_on < p.billing_period + interval '1 month'
            AND (a.ends_on IS NULL OR a.ends_on > p.billing_period)
        WHERE p.client_id = :client
          AND o.occurred_at >= p.starts_at AND o.occurred_at < p.ends_at)"""
)

#: What a closed month of another currency would be adjusted by. What is stored already stays.
OLD_CURRENCY = _rejecting(
    """NOT EXISTS (SELECT FROM billing.usage_event e
            WHERE e.client_id = :client AND e.event_id = o.event_id)
    AND EXISTS (SELECT FROM billing.billing_period p
        WHERE p.client_id = :client AND p.ends_at <= :since AND p.state <> 'open'
          AND (o.occurred_at >= p.starts_at AND o.occurred_at < p.ends_at
            OR EXISTS (SELECT FROM billing.usage_event e
                WHERE e.client_id = :client AND e.event_id = o.supersedes
                  AND e.billing_period = p.billing_period)))"""
)


def reject_values(
    connection: Connection, offered: Iterable[MeterOffered], meters: Mapping[str, Meter]
) -> Iterator[Rejection]:
    """Take out events of unknown meters, and what their meter doesn't allow."""
    offered = tuple(offered)
    unknown = [each.meter for each in offered if each.meter not in meters]
    if unknown:
        for row in connection.execute(UNKNOWN, {"meters": unknown}):
            reason = f"there is no meter {row.meter!r}; add it to the setup, then load again"
            yield _rejection(row, "meter", reason)
    for each in offered:
        meter = meters.get(each.meter)
        if meter is None:
            continue
        if each.least < 0 and not meter.allows_credits:
            reason = f"{meter.code} allows no negative quantity; a wrong event is superseded"
            yield from _rejected(connection, NEGATIVE, "negative", reason, meter=each.meter)
        if meter.aggregation is Aggregation.UNIQUE_COUNT and each.counted < each.count:
            reason = f"{meter.code} counts values, and there is no counted value"
            yield from _rejected(connection, UNCOUNTED, "counted_value", reason, meter=each.meter)


def reject_times(
    connection: Connection,
    offered: Iterable[MeterOffered],
    agreements: Iterable[Agreement],
    as_of: datetime,
) -> Iterator[Rejection]:
    """Take out events of the future, and those of before the client's first agreement."""
    latest = as_of.astimezone(UTC) + AHEAD
    if any(each.last_at > latest for each in offered):
        reason = "it lies in the future; check the clock of the source"
        yield from _rejected(connection, AFTER, "future", reason, latest=latest)
    starts = [start_of_day(each.starts_on, each.zone) for each in agreements]
    earliest = min(starts, default=latest)
    if any(each.first_at < earliest for each in offered):
        reason = "no agreement ran at that time"
        yield from _rejected(connection, BEFORE, "agreement", reason, earliest=earliest)


def reject_outside(connection: Connection, client_id: int) -> Iterator[Rejection]:
    """Take out events of months in which no agreement runs."""
    reason = "no agreement ran at that time"
    yield from _rejected(connection, OUTSIDE, "agreement", reason, client=client_id)


def reject_old_currency(
    connection: Connection, client_id: int, agreements: Sequence[Agreement], months: Months
) -> Iterator[Rejection]:
    """Take out what comes late for a month in another currency than the one that would bill it.

    A document has one currency, and what would adjust the old month is of the old one.
    """
    billing = months.earliest_open
    began = [each for each in agreements if billing and each.starts_on <= billing.last_day]
    if not billing or not began or len({each.currency for each in began}) == 1:
        return
    now = began[-1].currency
    own = takewhile(lambda each: each.currency == now, reversed(began))
    first = min(each.starts_on for each in own)
    reason = (
        f"its month is billed in another currency, and {billing.name}, which would bill it now, in "
        f"{now}; settle it by a credit or a one-off charge, then dismiss it"
    )
    since = start_of_day(first, billing.zone)
    yield from _rejected(
        connection, OLD_CURRENCY, "old_currency", reason, client=client_id, since=since
    )


def reject_corrections(connection: Connection, client_id: int) -> Iterator[Rejection]:
    """Take out corrections that are wrong in whatever order they come.

    One that names itself or an event of another meter, and a second one of the same event. An event
    that isn't known yet may be corrected: it is superseded as soon as it comes.
    """
    reason = "it supersedes itself; name the wrong event"
    yield from _rejected(connection, ITSELF, "supersedes", reason)
    reason = "it supersedes an event of another meter"
    yield from _rejected(connection, OTHER, "supersedes", reason, client=client_id)
    reason = "the event it supersedes was superseded by another one already"
    yield from _rejected(connection, AGAIN, "supersedes", reason, client=client_id)


def _rejected(
    connection: Connection, statement: TextClause, code: str, reason: str, **values: object
) -> Iterator[Rejection]:
    for row in connection.execute(statement, values):
        yield _rejection(row, code, reason)


def _rejection(row: Row[Any], code: str, reason: str) -> Rejection:
    return Rejection(
        line=row.line,
        code=code,
        reason=reason,
        record=row.record,
        event_id=row.event_id,
        offered_leaf_hash=bytes(row.leaf_hash),
    )
