"""All that is known of a client's months, read at one state of the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from db.queries.billing_calendar import Calendar, calendar_by
from db.queries.billing_ground import Common
from db.queries.closing_setup import closing_setup

_KNOWN: Final = text(
    """
    SELECT billing_period AS month, period_state, number, net, gross, booked_gross, adjusted_net,
           fault,
           legal_numbers, records_version, month_version, looked_at
    FROM billing.month_state WHERE client_id = :client
    """
)
_VERSION: Final = text("SELECT version FROM billing.client_version WHERE client_id = :client")
_MONTH_VERSIONS: Final = text(
    "SELECT billing_period AS month, version FROM billing.month_version WHERE client_id = :client"
)
#: The document that bills each month: the latest, where one took another's place.
_DOCUMENTS: Final = text(
    """
    SELECT i.billing_period AS month, i.number, i.is_legal, i.currency, i.net, i.gross,
           all_of_it.net AS booked_net, all_of_it.gross AS booked_gross,
           (SELECT sum(l.amount) FROM billing.invoice_line l
            WHERE l.client_id = i.client_id AND l.invoice_id = i.invoice_id
              AND l.adjusts_period IS NOT NULL) AS adjusted_net
    FROM billing.invoice i CROSS JOIN LATERAL (
        SELECT sum(o.net) AS net, sum(o.gross) AS gross FROM billing.invoice o
        WHERE o.client_id = i.client_id AND o.billing_period = i.billing_period
          AND o.currency = i.currency) all_of_it
    WHERE i.client_id = :client AND i.corrects_invoice_id IS NULL
    ORDER BY i.chain_position
    """
)
_LEGAL: Final = text(
    """
    SELECT billing_period AS month, currency, string_agg(number, ', ' ORDER BY number) AS numbers,
           sum(net) AS net, sum(gross) AS gross
    FROM billing.legal_invoice WHERE client_id = :client GROUP BY billing_period, currency
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMonth:
    """A month as it was looked up last."""

    month: date
    period_state: str
    number: str | None
    net: Decimal | None
    gross: Decimal | None
    booked_gross: Decimal | None
    adjusted_net: Decimal | None
    fault: str | None
    legal_numbers: str | None
    records_version: int
    month_version: int
    looked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTotals:
    """What a month was issued with."""

    month: date
    number: str
    is_legal: bool
    currency: str
    net: Decimal
    gross: Decimal
    booked_net: Decimal  #: of all documents of the month: what was credited is taken off
    booked_gross: Decimal
    adjusted_net: Decimal | None  #: sum of the lines that correct earlier months; None: no line


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalTotals:
    """What another system issued for a month, in one currency."""

    month: date
    currency: str
    numbers: str
    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """A client's months: as they are, and as they were known."""

    client_id: int
    calendar: Calendar
    common: Common  #: meters and tax rates
    known: Mapping[date, KnownMonth]
    documents: Mapping[date, IssuedTotals]
    legal: Mapping[tuple[date, str], LegalTotals]  #: by month and currency
    version: int  #: the client's
    month_versions: Mapping[date, int]

    def version_of(self, month: date) -> int:
        """Give the version with which something of a month, or of one before it, last changed."""
        raised = (version for of, version in self.month_versions.items() if of <= month)
        return max(raised, default=0)


def books_of(connection: Connection, client_id: int) -> Books:
    """Read a client's months.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
    """
    asked = {"client": client_id}
    known = (KnownMonth(**row) for row in connection.execute(_KNOWN, asked).mappings())
    issued = (IssuedTotals(**row) for row in connection.execute(_DOCUMENTS, asked).mappings())
    legal = (LegalTotals(**row) for row in connection.execute(_LEGAL, asked).mappings())
    versions = connection.execute(_MONTH_VERSIONS, asked)
    setup = closing_setup(connection, client_id)
    return Books(
        client_id=client_id,
        calendar=calendar_by(connection, client_id, setup.client, setup.agreements),
        common=Common(meters=setup.meters, tax_rates=setup.tax_rates),
        known={each.month: each for each in known},
        documents={each.month: each for each in issued},
        legal={(each.month, each.currency): each for each in legal},
        version=connection.execute(_VERSION, asked).scalar() or 0,
        month_versions={row.month: row.version for row in versions},
    )
