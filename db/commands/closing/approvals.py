"""What people let go on a screen, for the worker to do: months to close, disputes to credit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection, text

from db.commands.closing.asked import Closing
from db.commands.closing.refusals import ClosingRefusedError
from db.commands.ingest.changed_months import raise_from

#: Months whose grace time is over, or that are to be closed in spite of it.
_DUE: Final = text(
    """
    SELECT a.client_id, c.slug, a.billing_period AS month, a.approved_by AS actor
    FROM billing.period_approval a
    JOIN billing.client c USING (client_id)
    JOIN billing.billing_period p USING (client_id, billing_period)
    JOIN billing.agreement g USING (client_id, agreement_id)
    WHERE p.state <> 'issued' AND p.ends_at <= :at
      AND (p.state = 'closing' OR a.override_reason IS NOT NULL
           OR p.ends_at + g.grace_hours * interval '1 hour' <= :at)
    ORDER BY c.slug, a.billing_period
    """
)
_APPROVAL: Final = text(
    """
    SELECT override_reason FROM billing.period_approval
    WHERE client_id = :client AND billing_period = :month
    """
)
_FAULT: Final = text(
    """
    UPDATE billing.period_approval SET failed_at = :at, fault = :fault
    WHERE client_id = :client AND billing_period = :month AND fault IS DISTINCT FROM :fault
    """
)
_AGREED: Final = text(
    """
    SELECT q.client_id, c.slug, q.question_id, i.number, q.line_number AS line,
        q.agreed_amount AS amount
    FROM billing.invoice_question q
    JOIN billing.client c USING (client_id)
    JOIN billing.invoice i USING (client_id, invoice_id)
    WHERE q.state = 'agreed' AND q.credit_invoice_id IS NULL AND q.line_number IS NOT NULL
    ORDER BY c.slug, q.question_id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedMonth:
    """A month that somebody let be issued, and that can be."""

    client_id: int
    slug: str
    month: date  #: by its first day
    actor: str  #: who approved it


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDispute:
    """A dispute that was agreed to, and is not credited yet."""

    client_id: int
    slug: str
    question_id: int
    number: str  #: of the disputed document
    line: int
    amount: Decimal  #: net

    @property
    def reason(self) -> str:
        """What the credit note says; it names the dispute, so each is credited once."""
        return f"Dispute {self.question_id} of line {self.line} was agreed to"

    @property
    def amounts(self) -> Mapping[int, Decimal]:
        """What is credited."""
        return {self.line: self.amount}


def approved_months(connection: Connection, as_of: datetime) -> tuple[ApprovedMonth, ...]:
    """Give the approved months that are due, of the clients that the transaction sees."""
    rows = connection.execute(_DUE, {"at": as_of}).mappings()
    return tuple(ApprovedMonth(**row) for row in rows)


def let_go(connection: Connection, asked: Closing) -> Closing:
    """Give what is asked for with the reason that its approval has now.

    Args:
        connection: the transaction, holding the month: nobody takes an approval back any more.
        asked: what was approved.

    Raises:
        ClosingRefusedError: the approval was taken back before the month was locked.
    """
    given = {"client": asked.client_id, "month": asked.month}
    found = connection.execute(_APPROVAL, given).one_or_none()
    if found is None:
        raise ClosingRefusedError(f"The approval of {asked.month:%Y-%m} was taken back.")
    return replace(asked, override=found.override_reason or "")


def agreed_disputes(connection: Connection) -> tuple[AgreedDispute, ...]:
    """Give the agreed disputes without a credit note, of the clients that the transaction sees."""
    return tuple(AgreedDispute(**row) for row in connection.execute(_AGREED).mappings())


def note_fault(
    connection: Connection, approved: ApprovedMonth, fault: str | None, at: datetime
) -> None:
    """Say at an approval why its month could not be closed; None: it was.

    Args:
        connection: a transaction of the writer that declared the client.
        approved: the month.
        fault: one or more sentences.
        at: the present.
    """
    client = approved.client_id
    values = {"client": client, "month": approved.month, "fault": fault, "at": fault and at}
    if connection.execute(_FAULT, values).rowcount:
        raise_from(connection, client, None)
