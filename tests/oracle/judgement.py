"""The oracle's verdict beside what the database holds and what the product's queries answer."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection

from billing_core.explanation import added
from billing_core.period import BillingPeriod
from db.queries.rate_cards import agreement_of
from db.queries.record_values import RecordInOrder, RecordsAsked
from db.queries.records import page_of_records
from db.queries.setup import meters as stored_meters
from db.queries.usage import periods_of, usage_at
from tests.oracle import stored
from tests.oracle.ground import Ground
from tests.oracle.plain.months import Month, hour_of
from tests.oracle.plain.rate_card import METERS, PRICES
from tests.oracle.plain.verdict import Stream, amounts, quantities, verdict


def differences(ground: Ground, stream: Stream) -> list[str]:
    """What the database holds that the oracle doesn't find, and the other way round."""
    with ground.database.as_writer(ground.client_id) as connection:
        found = [*_state(connection, ground, stream)]
        open_months = {month.first for month in stream.months}
        for period in periods_of(connection, ground.client_id):
            if period.month in open_months:
                month = Month(period.month, stream.zone)
                found += _usage(connection, ground, stream, period, month)
                found += _added(connection, ground, stream, period, month)
    return found


def _state(connection: Connection, ground: Ground, stream: Stream) -> Iterator[str]:
    """What is stored; of closed months only the events."""
    expected, closed = verdict(stream, ground.slug), {month.first for month in stream.closed}
    events = stored.events(connection, ground.client_id)
    yield from _unlike("event", expected.events.items(), events.items())
    for what, rows, read in (
        ("hour", expected.hours, stored.hours),
        ("value", expected.values, stored.values),
        ("total", expected.totals, stored.totals),
        ("crossing", expected.crossings, stored.crossings),
    ):
        found = [row for row in read(connection, ground.client_id) if row.billed not in closed]
        yield from _unlike(what, rows, found)


def _unlike(what: str, expected: Iterable[object], found: Iterable[object]) -> Iterator[str]:
    """A multiset's differences, in words."""
    wanted, have = sorted(map(repr, expected)), sorted(map(repr, found))
    for each in sorted({*wanted, *have}):
        if wanted.count(each) != have.count(each):
            yield f"{what}: {have.count(each)} instead of {wanted.count(each)} of {each}"


def _usage(
    connection: Connection, ground: Ground, stream: Stream, period: BillingPeriod, month: Month
) -> Iterator[str]:
    instants = sorted(set(_asked(stream, month)))
    meters = [meter for meter in METERS.values() if stream.of(meter)]
    known = stored_meters(connection)
    answers = usage_at(
        connection, ground.client_id, period, [known[meter.code] for meter in meters], instants
    )
    for meter in meters:
        found = {
            checkpoint.at: {each.resource: each.quantity for each in checkpoint.quantities}
            for checkpoint in answers[meter.code].checkpoints
        }
        expected = quantities(stream, meter, month, instants)
        for at in instants:
            nonzero = {resource: each for resource, each in found[at].items() if each}
            if nonzero != expected[at]:
                yield f"usage of {meter.code} at {at}: {nonzero} instead of {expected[at]}"


def _asked(stream: Stream, month: Month) -> Iterator[datetime]:
    """Instants of events, right after them, at hours' starts; the month's middle and its end.

    Not its very start: nothing of the month has passed by then, so no level was held in it.
    """
    yield month.ends_at
    yield month.starts_at + timedelta(days=15)
    for each in stream.billed(month):
        yield from (at for at in _around(each.at, stream.zone) if at > month.starts_at)


def _around(instant: datetime, zone: str) -> Iterator[datetime]:
    yield instant
    yield hour_of(instant, zone) if instant.minute else instant
    yield instant + timedelta(microseconds=1)


def _added(
    connection: Connection, ground: Ground, stream: Stream, period: BillingPeriod, month: Month
) -> Iterator[str]:
    agreement = agreement_of(connection, ground.client_id, period.month)
    assert agreement is not None
    found: dict[tuple[str, UUID], Fraction] = {}
    expected = amounts(stream, month)
    for code, meter in {price.code: price.meter for price in PRICES}.items():
        for row in _records(connection, ground.client_id, meter, period, stream):
            step, at = row.step, row.record.occurred_at
            if METERS[meter].aggregation == "max" and at == period.starts_at:
                # What is carried in opens the column, though this record takes its place at once.
                expected.pop((code, row.record.event_id), None)
            elif step is not None:  # a record that another one supersedes adds nothing
                amount = added(agreement, code, period, step.before, step.after, at)
                found[code, row.record.event_id] = amount
    yield from _unlike_amounts(expected, found)


def _unlike_amounts(
    expected: Mapping[tuple[str, UUID], Fraction], found: Mapping[tuple[str, UUID], Fraction]
) -> Iterator[str]:
    for key in sorted({*expected, *found}):
        if expected.get(key) != found.get(key):
            yield f"added by {key}: {found.get(key)} instead of {expected.get(key)}"


def _records(
    connection: Connection, client_id: int, meter: str, period: BillingPeriod, stream: Stream
) -> Iterator[RecordInOrder]:
    """All of a month's records, page by page as a viewer turns them."""
    if not any(each.meter == meter for each in stream.events):
        return
    asked: RecordsAsked | None = RecordsAsked(
        meter=stored_meters(connection)[meter],
        period=period,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
    )
    while asked is not None:
        page = page_of_records(connection, client_id, asked)
        yield from page.rows
        asked = replace(asked, older_than=page.rows[-1].record.place) if page.has_older else None
