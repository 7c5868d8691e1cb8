"""What a month's document would be now, and what stands in its way; nothing is changed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from billing_core.invoicing import Invoice
from db.queries.billing_calendar import MonthState, calendar_of
from db.queries.billing_ground import UnbuildableError, common_ground, draft_ground_of
from db.queries.issued_documents import document_of_month
from db.queries.readiness import Readiness, readiness_of
from db.queries.setup import meters


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPreview:
    """A month as issued, or as it would be."""

    number: str | None  #: of its document; None: it has none yet
    invoice: Invoice | None  #: None: it cannot be built
    readiness: Readiness
    fault: str = ""  #: why not, as a sentence


def preview_of(
    connection: Connection, client_id: int, month: date, as_of: datetime
) -> MonthPreview | None:
    """Give a client's month as issued, or as it would be; None where it has no document.

    Args:
        connection: sees the client's rows, at one state of the database.
        client_id: the client.
        month: by its first day.
        as_of: the present.
    """
    calendar = calendar_of(connection, client_id)
    if not calendar.has_document(month):
        return None
    readiness = readiness_of(connection, client_id, calendar, month, as_of)
    if calendar.state_of(month) is MonthState.ISSUED:
        issued = document_of_month(connection, client_id, month)
        if issued is not None:
            document = issued.document
            return MonthPreview(
                number=document.number, invoice=document.invoice, readiness=readiness
            )
    common = common_ground(connection, meters(connection))
    known = calendar.cut_at(month) or as_of
    ground = draft_ground_of(connection, client_id, calendar, month, known, common)
    try:
        return MonthPreview(number=None, invoice=ground.invoice(), readiness=readiness)
    except UnbuildableError as fault:
        return MonthPreview(number=None, invoice=None, readiness=readiness, fault=str(fault))
