"""Which months a client is billed for, by which agreement, and in which order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, text

from billing_core.period import BillingPeriod, month_after, month_period
from billing_core.prices import Agreement
from billing_core.setup import Client
from db.queries.parties import parties_of
from db.queries.setup import agreements_of

_MONTHS: Final = text(
    """
    SELECT to_char(billing_period, 'YYYY-MM') AS name, starts_at, ends_at, zone, state, cut_at
    FROM billing.billing_period WHERE client_id = :client ORDER BY billing_period
    """
)


class MonthState(StrEnum):
    """How far a month has come towards its document; it only goes forward."""

    OPEN = "open"
    CLOSING = "closing"  #: cut: it takes no more records
    ISSUED = "issued"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMonth:
    """A month as it is stored."""

    period: BillingPeriod
    state: MonthState
    cut_at: datetime | None  #: UTC; None while it is open


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A client's agreements and months."""

    client: Client
    agreements: tuple[Agreement, ...]  #: in order of time
    stored: Mapping[str, StoredMonth]  #: by name, in order

    @property
    def first(self) -> date | None:
        """The first month that is billed here, by its first day; None without an agreement."""
        if not self.agreements:
            return None
        first = self.agreements[0].starts_on.replace(day=1)
        return max(first, self.client.invoices_from or first)

    def state_of(self, month: date) -> MonthState:
        """Give the state of a month; one that isn't stored is open."""
        found = self.stored.get(f"{month:%Y-%m}")
        return found.state if found else MonthState.OPEN

    def cut_at(self, month: date) -> datetime | None:
        """Give when a month was cut; None while it is open."""
        found = self.stored.get(f"{month:%Y-%m}")
        return found.cut_at if found else None

    def period_of(self, month: date) -> BillingPeriod:
        """Give a month as it is stored, or as it would be."""
        found = self.stored.get(f"{month:%Y-%m}")
        if found:
            return found.period
        period = month_period(f"{month:%Y-%m}", self.client.zone)
        before = self.stored.get(period.previous().name)
        return period if before is None else _after(before.period, period)

    def agreement_of(self, month: date) -> Agreement | None:
        """Give the agreement that a month is billed by.

        A month in which none runs is billed by the one that ended last, if something was recorded
        for it to bill: it is stored then.
        """
        running = next((each for each in self.agreements if _runs_in(each, month)), None)
        if running is not None or f"{month:%Y-%m}" not in self.stored:
            return running
        ended = (each for each in self.agreements if each.starts_on <= month)
        return max(ended, key=lambda each: each.starts_on, default=None)

    def has_document(self, month: date) -> bool:
        """Say whether a month is billed here at all."""
        return (
            self.first is not None and month >= self.first and self.agreement_of(month) is not None
        )

    def billed_before(self, month: date) -> date | None:
        """Give the month whose document comes before that of a month; None: it is the first."""
        return next((each for each in self._back_from(month) if self.has_document(each)), None)

    def _back_from(self, month: date) -> Iterator[date]:
        while self.first is not None and (month := month_after(month, -1)) >= self.first:
            yield month


def calendar_of(connection: Connection, client_id: int) -> Calendar:
    """Read a client's calendar.

    Raises:
        LookupError: where nothing is set up, or the transaction may not see the client.
    """
    _, client = parties_of(connection, client_id)
    return calendar_by(connection, client_id, client, agreements_of(connection, client_id))


def calendar_by(
    connection: Connection, client_id: int, client: Client, agreements: tuple[Agreement, ...]
) -> Calendar:
    """Read the rest of a client's calendar, where what is set up is known."""
    return Calendar(
        client=client, agreements=agreements, stored=stored_months(connection, client_id)
    )


def stored_months(connection: Connection, client_id: int) -> Mapping[str, StoredMonth]:
    """Give a client's stored months by name, in order."""
    return {
        row.name: StoredMonth(
            period=BillingPeriod(
                name=row.name,
                starts_at=row.starts_at.astimezone(UTC),
                ends_at=row.ends_at.astimezone(UTC),
                zone=row.zone,
            ),
            state=MonthState(row.state),
            cut_at=row.cut_at and row.cut_at.astimezone(UTC),
        )
        for row in connection.execute(_MONTHS, {"client": client_id})
    }


def _runs_in(agreement: Agreement, month: date) -> bool:
    begun = agreement.starts_on < month_after(month)
    return begun and (agreement.ends_on is None or agreement.ends_on > month)


def _after(before: BillingPeriod, period: BillingPeriod) -> BillingPeriod:
    return BillingPeriod(
        name=period.name, starts_at=before.ends_at, ends_at=period.ends_at, zone=period.zone
    )
