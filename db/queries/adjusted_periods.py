"""Issued months that a month's events touch: as known now, and what was billed for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from billing_core.invoicing import rating_instants
from billing_core.invoicing.adjustments import AdjustedPeriod
from billing_core.invoicing.billed_before import billed_for, credited_for
from billing_core.metering import Meter
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from db.queries.billed import BilledMonths, billed_months
from db.queries.known_usage import known_usage
from db.queries.touched_months import Touch, carried_into, touched_months
from db.queries.usage_carried import Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """An issued month that is built again, and the levels carried into it as they are known now."""

    period: AdjustedPeriod
    carried: Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustments:
    """What a month's document adjusts, and the events that made it so."""

    months: tuple[Adjusted, ...]  #: in order
    touches: tuple[Touch, ...]  #: what is carried on from there is in `Adjusted.carried`

    @property
    def periods(self) -> tuple[AdjustedPeriod, ...]:
        """What the builder is given."""
        return tuple(each.period for each in self.months)

    def touched_by(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Give the months that each set of events touches, by its meter and usage period."""
        found: dict[tuple[str, str], set[str]] = {}
        for each in self.touches:
            found.setdefault((each.meter, each.own), set()).add(each.month)
        return {key: frozenset(months) for key, months in found.items()}


NOTHING: Final = Adjustments(months=(), touches=())


def adjustments_of(
    connection: Connection, client_id: int, period: BillingPeriod, meters: Mapping[str, Meter]
) -> Adjustments:
    """Read what the document of a month adjusts.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        period: the month; those before it are issued.
        meters: all of them, by code.
    """
    touched = touched_months(connection, client_id, period)
    touches, again = touched.touches, touched.again
    if not touches and not again:
        return NOTHING
    months = again | {each.month for each in touches}
    if any(meters[each.meter].aggregation.is_level for each in touches):
        months |= _months_between(min(months), period)
    billed = billed_months(connection, client_id, months, period)
    levels = {code: each for code, each in meters.items() if each.aggregation.is_level}
    carried = carried_into(connection, client_id, touches, billed.periods(), levels, period)
    reading = _Reading(connection, client_id, period, meters, billed)
    wanted = again | carried | {each.month for each in touches}
    return Adjustments(
        months=tuple(
            reading.adjusted(each, _meters_of(touches, each.name))
            for each in billed.periods()
            if each.name in wanted
        ),
        touches=touches,
    )


def _months_between(first: str, period: BillingPeriod) -> frozenset[str]:
    return frozenset(_back_to(first, period))


def _back_to(first: str, period: BillingPeriod) -> Iterator[str]:
    month = period.previous()
    while month.name > first:
        yield month.name
        month = month.previous()


def _meters_of(touches: tuple[Touch, ...], month: str) -> frozenset[str]:
    return frozenset(each.meter for each in touches if each.month == month)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads issued months as they are known in a later one."""

    connection: Connection
    client_id: int
    known_in: BillingPeriod
    meters: Mapping[str, Meter]
    billed: BilledMonths

    def adjusted(self, period: BillingPeriod, touched: frozenset[str]) -> Adjusted:
        agreement = self.billed.rate_cards[period.name]
        known = known_usage(
            self.connection,
            self.client_id,
            period,
            metered_by(agreement, self.meters),
            rating_instants(agreement, period, period.ends_at),
            self.known_in,
        )
        adjusted = AdjustedPeriod(
            agreement=agreement,
            period=period,
            usage=known.usage,
            billed=billed_for(period.name, self.billed.documents),
            touched=touched,
            credited=credited_for(period.name, self.billed.documents),
        )
        return Adjusted(period=adjusted, carried=known.carried)


def metered_by(agreement: Agreement, meters: Mapping[str, Meter]) -> tuple[Meter, ...]:
    """Give the meters that an agreement's prices ask for, each once."""
    codes = dict.fromkeys(each.meter for each in agreement.prices if each.meter)
    return tuple(meters[code] for code in codes)
