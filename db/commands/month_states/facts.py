"""What is kept of one month: its state, its totals, what is missing of it."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from billing_core.invoicing import Invoice
from billing_core.money import sum_of
from billing_core.prices import Agreement
from db.commands.month_states.books import Books, KnownMonth
from db.queries.billing_calendar import MonthState
from db.queries.month_drafts import draft_of, matters_of
from db.queries.readiness import readiness_of

_FACTS: Final = (
    "ends_at", "grace_until", "period_state", "is_shadow", "currency", "net", "gross",
    "booked_net", "booked_gross", "adjusted_net", "former_net", "number", "is_legal",
    "legal_numbers", "legal_net", "legal_gross", "matters", "fault",
)  # fmt: skip
_COLUMNS: Final = (*_FACTS, "records_version", "month_version", "looked_at")


def _keeping() -> str:
    """Write the statement that keeps a month; whoever watches hears only of what changed."""
    names = ", ".join(_COLUMNS)
    given = names.replace("matters", "CAST(:matters AS jsonb)")
    given = ", ".join(f":{each}" if each in _COLUMNS else each for each in given.split(", "))
    renewed = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    old, new = (", ".join(f"{of}.{name}" for name in _FACTS) for of in ("s", "excluded"))
    return (
        f"INSERT INTO billing.month_state AS s (client_id, billing_period, {names}) "  # noqa: S608 - the names are ours
        f"VALUES (:client, :month, {given}) ON CONFLICT (client_id, billing_period) DO UPDATE "
        f"SET {renewed}, changes = s.changes + (({old}) IS DISTINCT FROM ({new}))::integer"
    )


_KEEP: Final = text(_keeping())


def is_as_known(books: Books, month: date, now: datetime) -> bool:
    """Say whether nothing can have changed of a month since it was looked up."""
    known = books.known.get(month)
    if known is None or known.period_state != books.calendar.state_of(month).value:
        return False
    legal = books.legal.get((month, _currency(books, month)))
    if known.legal_numbers != (legal.numbers if legal else None):
        return False
    if month in books.documents:
        issued = books.documents[month]
        return (known.number, known.booked_gross) == (issued.number, issued.booked_gross)
    ends_at = books.calendar.period_of(month).ends_at
    return known.records_version == books.version and not known.looked_at < ends_at <= now


def keep_month(connection: Connection, books: Books, month: date, now: datetime) -> None:
    """Look a month up and keep what is known of it.

    Args:
        connection: the transaction that the books were read in.
        books: of its client.
        month: by its first day; it is stored, and an agreement bills it.
        now: the present, UTC.
    """
    facts = {
        **_frame(books, month),
        **_totals(connection, books, month, now),
        "records_version": books.version,
        "month_version": books.version_of(month),
        "looked_at": now,
    }
    connection.execute(_KEEP, {"client": books.client_id, "month": month, **facts})


def _frame(books: Books, month: date) -> Mapping[str, object]:
    """Give what is known of a month before it is drafted."""
    calendar, period = books.calendar, books.calendar.period_of(month)
    grace = timedelta(hours=_agreement(books, month).grace_hours)
    currency = _currency(books, month)
    before = calendar.billed_before(month)
    former = books.documents.get(before) if before else None
    legal = books.legal.get((month, currency))
    return {
        "ends_at": period.ends_at,
        "grace_until": period.ends_at + grace,
        "period_state": calendar.state_of(month).value,
        "is_shadow": not calendar.has_document(month),
        "currency": currency,
        "former_net": former.net if former and former.currency == currency else None,
        "legal_numbers": legal.numbers if legal else None,
        "legal_net": legal.net if legal else None,
        "legal_gross": legal.gross if legal else None,
    }


def _totals(
    connection: Connection, books: Books, month: date, now: datetime
) -> Mapping[str, object]:
    """Give a month's totals: the document's, else the draft's; none while it runs."""
    issued = books.documents.get(month)
    if issued is not None:
        return _facts(issued.net, issued.gross, issued.adjusted_net) | {
            "number": issued.number,
            "is_legal": issued.is_legal,
            "booked_net": issued.booked_net,
            "booked_gross": issued.booked_gross,
        }
    if books.calendar.period_of(month).ends_at > now:
        return _facts(None, None, None)
    return _drafted(connection, books, month, now) | {
        "matters": json.dumps(_matters(connection, books, month, now))
    }


def _facts(
    net: Decimal | None, gross: Decimal | None, adjusted: Decimal | None, fault: str | None = None
) -> dict[str, object]:
    totals = {"net": net, "gross": gross, "booked_net": net, "booked_gross": gross}
    nothing = {"number": None, "is_legal": None, "matters": "{}"}
    return {**totals, "adjusted_net": adjusted, "fault": fault, **nothing}


def _matters(connection: Connection, books: Books, month: date, now: datetime) -> Mapping[str, int]:
    """Give what is missing; of a month that is never issued, or is being so, nothing matters."""
    calendar = books.calendar
    if not calendar.has_document(month) or calendar.state_of(month) is not MonthState.OPEN:
        return {}
    rates = books.common.tax_rates
    return matters_of(readiness_of(connection, books.client_id, calendar, month, now, rates))


def _drafted(connection: Connection, books: Books, month: date, now: datetime) -> dict[str, object]:
    known = books.known.get(month)
    if known and _draft_is_as_known(books, known):
        return _facts(known.net, known.gross, known.adjusted_net, known.fault)
    draft = draft_of(connection, books.client_id, books.calendar, month, now, books.common)
    if draft.invoice is None:
        return _facts(None, None, None, draft.fault)
    return _facts(draft.invoice.net, draft.invoice.gross, adjusted_net(draft.invoice))


def _draft_is_as_known(books: Books, known: KnownMonth) -> bool:
    """Say whether the draft of a month that had ended is the one that was made before."""
    ended = known.looked_at >= books.calendar.period_of(known.month).ends_at
    return ended and known.month_version == books.version_of(known.month)


def adjusted_net(invoice: Invoice) -> Decimal | None:
    """Give the sum of the lines that correct earlier months; None where there is none."""
    amounts = [line.amount for line in invoice.lines if line.adjusts is not None]
    return sum_of(amounts, invoice.currency) if amounts else None


def _agreement(books: Books, month: date) -> Agreement:
    agreement = books.calendar.agreement_of(month)
    if agreement is None:
        raise LookupError(f"no agreement bills {month:%Y-%m}")
    return agreement


def _currency(books: Books, month: date) -> str:
    issued = books.documents.get(month)
    return issued.currency if issued else _agreement(books, month).currency
