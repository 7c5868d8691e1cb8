"""All that a list of events of one client comes to, for open months."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

from tests.oracle.plain.crossings import Crossing, crossings
from tests.oracle.plain.months import Month, months_between
from tests.oracle.plain.prices import added, steps
from tests.oracle.plain.rate_card import METERS, PRICES
from tests.oracle.plain.rollups import (
    Hour,
    Total,
    Value,
    billing_months,
    hours,
    total,
    values,
)
from tests.oracle.plain.running import by_resource, just_before
from tests.oracle.plain.said import Meter, Said, leaf_of


class Verdict(NamedTuple):
    """What must be found in the database."""

    events: Mapping[UUID, tuple[bytes, date]]
    hours: set[Hour]
    values: set[Value]
    totals: set[Total]
    crossings: set[Crossing]


class Stream(NamedTuple):
    """Events of a client, and the present in which all of them have arrived."""

    zone: str
    events: tuple[Said, ...]
    as_of: datetime
    closed: tuple[Month, ...] = ()
    early: tuple[Said, ...] = ()  #: recorded before the closed months were

    @property
    def months(self) -> list[Month]:
        """The open months, from the first event to the present."""
        first = min(each.at for each in self.events)
        found = months_between(first, self.as_of, self.zone)
        return [month for month in found if month not in self.closed]

    @property
    def billing(self) -> dict[UUID, date]:
        """The first day of the month that bills each event, as it was when it was recorded."""
        late = billing_months(self.events, self.zone, self.closed)
        return late | billing_months(self.early, self.zone)

    def of(self, meter: Meter) -> list[Said]:
        """The meter's events."""
        return [each for each in self.events if each.meter == meter.code]

    def counting(self, meter: Meter, month: Month) -> list[Said]:
        """The meter's events that count as an open month knows them, in order.

        A closed month was billed with its events, whatever corrected them afterwards: that counts
        from the month on that bills the correction.
        """
        billed, closed = self.billing, {each.first for each in self.closed}
        early = {each.identity for each in self.early}

        def is_known(correction: Said, wrong: UUID) -> bool:
            within = billed[correction.identity] <= month.first
            is_open = billed[wrong] not in closed
            return within or is_open or correction.identity in early

        found = self.of(meter)
        wrong = {
            each.corrected
            for each in found
            if each.corrected in billed and is_known(each, each.corrected)
        }
        counting = [each for each in found if not each.withdraws and each.identity not in wrong]
        return sorted(counting, key=lambda each: each.place)

    def billed(self, month: Month) -> list[Said]:
        """A month's own events."""
        return [each for each in self.events if month.contains(each.at)]


def verdict(stream: Stream, client: str) -> Verdict:
    """Judge a stream."""
    billed = stream.billing
    meters, months = METERS.values(), stream.months
    found = [
        total(meter, stream.counting(meter, month), month) for meter in meters for month in months
    ]
    return Verdict(
        events={
            each.identity: (leaf_of(each, client), billed[each.identity]) for each in stream.events
        },
        hours={
            row
            for meter in meters
            for row in hours(meter, stream.of(meter), stream.zone, billed)
            if row.billed not in {month.first for month in stream.closed}
        },
        values={
            row
            for meter in meters
            for month in months
            for row in values(meter, stream.of(meter), month)
        },
        totals={row for row in found if row is not None},
        crossings={row for month in months for row in _crossings(stream, month)},
    )


def quantities(
    stream: Stream, meter: Meter, month: Month, instants: Iterable[datetime]
) -> dict[datetime, dict[str, Fraction]]:
    """The quantities by resource just before each instant, without those that have none."""
    events = stream.counting(meter, month)
    return {at: _nonzero(by_resource(meter, events, month, just_before(at))) for at in instants}


def amounts(stream: Stream, month: Month) -> dict[tuple[str, UUID], Fraction]:
    """What each event of a month added, by price; nothing where no version was in force."""
    found: dict[tuple[str, UUID], Fraction] = {}
    for price in PRICES:
        meter = METERS[price.meter]
        for said, before, following in steps(meter, stream.counting(meter, month), month):
            key = price.code, said.identity
            found.setdefault(key, Fraction(0))
            if price.is_in_force(said.at, stream.zone):
                found[key] = added(price, before, following)
    return found


def _crossings(stream: Stream, month: Month) -> set[Crossing]:
    found: set[Crossing] = set()
    for price in PRICES:
        meter = METERS[price.meter]
        events: Sequence[Said] = stream.counting(meter, month)
        found |= crossings(price, meter, events, month, stream.as_of)
    return found


def _nonzero(quantities: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {resource: quantity for resource, quantity in quantities.items() if quantity}
