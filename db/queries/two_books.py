"""What another system issued for each month, beside what is computed here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection, TextClause, text

from billing_core.invoicing import Invoice
from billing_core.invoicing.legal import LegalDifference
from billing_core.money import round_amount
from billing_core.numbers import EXACT
from db.queries.billing_calendar import Calendar, calendar_of
from db.queries.billing_ground import UnbuildableError, common_ground, ground_of
from db.queries.setup import meters

#: All documents of a month: what was credited is taken off, what was billed again is there.
_OURS: Final = text(
    """
    SELECT billing_period AS month, currency, sum(net) AS net, sum(gross) AS gross,
        array_agg(number ORDER BY chain_position) AS numbers
    FROM billing.invoice WHERE client_id = :client
    GROUP BY billing_period, currency
    """
)
_THEIRS: Final = text(
    """
    SELECT billing_period AS month, currency, sum(net) AS net, sum(gross) AS gross,
        array_agg(number ORDER BY issued_on, number) AS numbers
    FROM billing.legal_invoice WHERE client_id = :client
    GROUP BY billing_period, currency
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a month comes to in one of the books."""

    numbers: tuple[str, ...]  #: of its documents; a shadow month has none here
    currency: str
    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedMonth:
    """A month in both books."""

    month: date  #: by its first day
    is_shadow: bool  #: before the client's first invoice: computed to be compared, never issued
    ours: Totals | None  #: None: it is not issued yet
    theirs: Totals | None  #: None: nothing was taken back

    @property
    def difference(self) -> LegalDifference | None:
        """Theirs less ours; None where one is missing, or another currency."""
        ours, theirs = self.ours, self.theirs
        if ours is None or theirs is None or ours.currency != theirs.currency:
            return None
        return LegalDifference(
            net=EXACT.subtract(theirs.net, ours.net), gross=EXACT.subtract(theirs.gross, ours.gross)
        )


def compared_months(
    connection: Connection, client_id: int, as_of: datetime
) -> tuple[ComparedMonth, ...]:
    """Give a client's months in both books, in order: issued ones, shadow ones, those taken back.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        as_of: the present; shadow months that have ended are computed.
    """
    calendar = calendar_of(connection, client_id)
    theirs = _totals(connection, _THEIRS, client_id)
    ours = _totals(connection, _OURS, client_id)
    shadows = dict(_shadows(connection, client_id, calendar, as_of))
    return tuple(
        ComparedMonth(
            month=month,
            is_shadow=month in shadows,
            ours=ours.get(month) or shadows.get(month),
            theirs=theirs.get(month),
        )
        for month in sorted({*ours, *theirs, *shadows})
    )


def _totals(connection: Connection, statement: TextClause, client_id: int) -> Mapping[date, Totals]:
    rows = connection.execute(statement, {"client": client_id})
    return {
        row.month: Totals(
            numbers=tuple(row.numbers),
            currency=row.currency,
            net=round_amount(Fraction(row.net), row.currency),
            gross=round_amount(Fraction(row.gross), row.currency),
        )
        for row in rows
    }


def _shadows(
    connection: Connection, client_id: int, calendar: Calendar, as_of: datetime
) -> Iterator[tuple[date, Totals | None]]:
    """Compute the ended months before the client's first invoice; None where none can be built."""
    common = common_ground(connection, meters(connection))
    for stored in calendar.stored.values():
        period = stored.period
        agreement = calendar.agreement_of(period.month)
        is_shadow = calendar.first is not None and period.month < calendar.first
        if is_shadow and agreement is not None and as_of >= period.ends_at:
            ground = ground_of(connection, client_id, agreement, period, period.ends_at, common)
            try:
                yield period.month, _of(ground.invoice())
            except UnbuildableError:
                yield period.month, None


def _of(invoice: Invoice) -> Totals:
    return Totals(numbers=(), currency=invoice.currency, net=invoice.net, gross=invoice.gross)
