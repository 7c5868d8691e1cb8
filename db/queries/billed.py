"""What earlier documents billed: for months that are adjusted, and of fees beyond an end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, text

from billing_core.canonical import value_from
from billing_core.invoicing import InvoiceLine
from billing_core.invoicing.billed_before import fees_billed_beyond, standing
from billing_core.invoicing.document import Document
from billing_core.invoicing.fees import flat_codes, runs_to
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement

#: Documents of some months, those that adjust them, and those that correct or replace any of these.
_OF_MONTHS: Final = text(
    """
    WITH named AS (
        SELECT i.invoice_id FROM billing.invoice i
        WHERE i.client_id = :client AND i.billing_period = ANY (CAST(:months AS date[]))
        UNION
        SELECT l.invoice_id FROM billing.invoice_line l
        WHERE l.client_id = :client AND l.adjusts_period = ANY (CAST(:months AS date[])))
    SELECT i.document, i.rate_card FROM billing.invoice i
    WHERE i.client_id = :client AND i.billing_period < :before AND (
        i.invoice_id IN (SELECT invoice_id FROM named)
        OR i.corrects_invoice_id IN (SELECT invoice_id FROM named)
        OR i.replaces_invoice_id IN (SELECT invoice_id FROM named))
    ORDER BY i.chain_position
    """
)
#: The same of documents with fixed lines that reach into a month.
_OF_FEES: Final = text(
    """
    WITH named AS (
        SELECT DISTINCT l.invoice_id FROM billing.invoice_line l
        WHERE l.client_id = :client AND l.kind = 'fixed' AND l.service_to >= :before)
    SELECT i.document FROM billing.invoice i
    WHERE i.client_id = :client AND i.billing_period < :before AND (
        i.invoice_id IN (SELECT invoice_id FROM named)
        OR i.corrects_invoice_id IN (SELECT invoice_id FROM named)
        OR i.replaces_invoice_id IN (SELECT invoice_id FROM named))
    ORDER BY i.chain_position
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledMonths:
    """Documents that stand, and the rate cards of months."""

    documents: tuple[Document, ...]  #: in the order of their issue
    rate_cards: Mapping[str, Agreement]  #: by month: that of its own document

    def periods(self) -> tuple[BillingPeriod, ...]:
        """Give the months that have a document of their own, in order."""
        found = {own.invoice.period.name: own.invoice.period for own in self.documents}
        return tuple(found[name] for name in sorted(found) if name in self.rate_cards)


def billed_months(
    connection: Connection, client_id: int, months: Iterable[str], before: BillingPeriod
) -> BilledMonths:
    """Read what was billed for months by documents of months before one.

    Args:
        connection: sees the client's rows.
        client_id: the client.
        months: names of earlier months.
        before: the month whose document looks back.
    """
    asked = {
        "client": client_id,
        "months": sorted(date.fromisoformat(f"{name}-01") for name in months),
        "before": before.month,
    }
    rows = connection.execute(_OF_MONTHS, asked).all()
    read = [value_from(Document, row.document) for row in rows]
    documents = standing(read)
    numbers = {document.number for document in documents if document.corrects is None}
    return BilledMonths(
        documents=documents,
        rate_cards={
            document.invoice.period.name: value_from(Agreement, row.rate_card)
            for document, row in zip(read, rows, strict=True)
            if document.number in numbers
        },
    )


def billed_fees(
    connection: Connection, client_id: int, agreement: Agreement, period: BillingPeriod
) -> tuple[InvoiceLine, ...]:
    """Give the fixed lines of earlier documents that reach into a month, if any may be unused.

    They are asked for only where an end of the agreement, or of a price, is known.
    """
    if not _has_known_end(agreement):
        return ()
    rows = connection.execute(_OF_FEES, {"client": client_id, "before": period.month}).scalars()
    documents = standing([value_from(Document, row) for row in rows])
    return fees_billed_beyond(period, agreement.code, documents)


def _has_known_end(agreement: Agreement) -> bool:
    return any(
        runs_to(agreement, price) is not None
        for code in flat_codes(agreement)
        for price in agreement.versions_of(code)
    )
