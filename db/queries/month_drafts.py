"""One client's month at its end, computed now: what is not ready, and the draft of its document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from billing_core.invoicing import Invoice
from billing_core.prices import Agreement
from db.queries.billing_calendar import Calendar, calendar_of
from db.queries.billing_ground import Common, UnbuildableError, common_ground, draft_ground_of
from db.queries.readiness import Readiness, readiness_of
from db.queries.setup import meters


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDraft:
    """A month's document as it would be issued now."""

    agreement: Agreement
    invoice: Invoice | None  #: None where it can't be built
    fault: str | None  #: why not, as a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthStanding:
    """What stands between a month and its document, and the draft of it."""

    readiness: Readiness
    draft: MonthDraft


def matters_of(readiness: Readiness) -> Mapping[str, int]:
    """Give what is not ready but for time, by kind, with how many of each there are."""
    found = {
        "month_before": int(readiness.waits_for is not None),
        "silent_sources": len(readiness.silent),
        "refused_records": sum(each.count for each in readiness.refused),
        "unpriced_meters": len(readiness.unpriced),
        "untaxed_codes": len(readiness.untaxed),
    }
    return {kind: count for kind, count in found.items() if count}


def sentences_of(readiness: Readiness) -> tuple[tuple[str, str], ...]:
    """Give what stands between a month and its document: each kind with its sentence, in order."""
    kinds = (
        *["running"] * (not readiness.is_over),
        *["month_before"] * (readiness.waits_for is not None),
        *["untaxed_codes"] * len(readiness.untaxed),
        *["grace"] * (readiness.is_over and readiness.is_in_grace),
        *["silent_sources"] * len(readiness.silent),
        *["refused_records"] * len(readiness.refused),
        *["unpriced_meters"] * len(readiness.unpriced),
    )
    return tuple(zip(kinds, (*readiness.obstacles(), *readiness.doubts()), strict=True))


def draft_of(
    connection: Connection,
    client_id: int,
    calendar: Calendar,
    month: date,
    now: datetime,
    common: Common,
) -> MonthDraft:
    """Build the document of a month as it would be issued now.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        calendar: as read at the same state.
        month: by its first day; it has ended, and an agreement bills it.
        now: the present.
        common: meters and tax rates.
    """
    ground = draft_ground_of(connection, client_id, calendar, month, now, common)
    try:
        return MonthDraft(agreement=ground.agreement, invoice=ground.invoice(), fault=None)
    except UnbuildableError as fault:
        return MonthDraft(agreement=ground.agreement, invoice=None, fault=str(fault))


def standing_of(
    connection: Connection, client_id: int, month: date, now: datetime
) -> MonthStanding | None:
    """Give what stands between an ended month and its document; None where nothing bills it."""
    calendar = calendar_of(connection, client_id)
    if calendar.agreement_of(month) is None:
        return None
    common = common_ground(connection, meters(connection))
    return MonthStanding(
        readiness=readiness_of(connection, client_id, calendar, month, now, common.tax_rates),
        draft=draft_of(connection, client_id, calendar, month, now, common),
    )
