"""A month's bill: the document that was issued for it, or what it would be from what is known now.

What a draft adjusts of issued months is read again only when another late or superseding record has
come: it is kept by their number.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from billing_core.invoicing import Invoice, InvoiceLine, build_invoice
from billing_core.metering import MeterUsage
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.tax_days import tax_uses
from billing_core.taxes import TaxRate
from components import data
from components import issued as documents
from components.data import SETUP, month_kept, read
from components.viewer import Viewer
from db.queries.adjusted_periods import NOTHING, Adjustments, adjustments_of
from db.queries.billed import billed_fees
from db.queries.issued_documents import IssuedDocument, document_of_month
from db.queries.taxes import tax_rates
from db.queries.touched_months import touch_count


def issued(viewer: Viewer, period: BillingPeriod) -> IssuedDocument | None:
    """Give the document that stands for a month; None where it has none yet."""
    if period.name not in documents.months(viewer):
        return None
    ask = partial(document_of_month, month=period.month)
    return month_kept(viewer, ("document-of", period.name), SETUP, lambda: read(viewer, ask))


def ended_agreement(viewer: Viewer, period: BillingPeriod) -> Agreement | None:
    """Give the agreement that ended last before a month, if the month bills what came late of it.

    Args:
        viewer: Of this run.
        period: A month in which no agreement runs.
    """
    begun = (each for each in data.agreements(viewer) if each.starts_on <= period.last_day)
    latest = max(begun, key=lambda each: each.starts_on, default=None)
    if latest is None or not documents.months(viewer):
        return None
    return latest if read(viewer, partial(touch_count, period=period)) else None


def drafted(
    viewer: Viewer,
    agreement: Agreement,
    period: BillingPeriod,
    usage: Mapping[str, MeterUsage],
    until: datetime,
) -> Invoice:
    """Build a month's invoice from what is known now, with what it adjusts of issued months.

    Before a tax rate is set up that it needs, it says nothing of taxes; nor of months in another
    currency, which its document will be refused for.
    """
    adjusted = _adjustments(viewer, period).periods
    build = partial(
        build_invoice,
        agreement=agreement,
        period=period,
        usage=usage,
        as_of=until,
        adjusted=[each for each in adjusted if each.agreement.currency == agreement.currency],
        billed_fees=_billed_fees(viewer, agreement, period),
    )
    rates = _tax_rates(viewer, agreement)
    try:
        return build(tax_rates=rates)
    except LookupError:
        return build()


def _adjustments(viewer: Viewer, period: BillingPeriod) -> Adjustments:
    """Give what a month's draft adjusts; nothing while a month before it is not issued itself."""
    if not documents.months(viewer):
        return NOTHING
    count = read(viewer, partial(touch_count, period=period))
    meters = data.meters(viewer)
    ask = partial(adjustments_of, period=period, meters=meters)
    about = ("adjustments", period.name, str(count))
    return NOTHING if count is None else month_kept(viewer, about, SETUP, lambda: read(viewer, ask))


def _billed_fees(
    viewer: Viewer, agreement: Agreement, period: BillingPeriod
) -> tuple[InvoiceLine, ...]:
    if not documents.months(viewer):
        return ()
    ask = partial(billed_fees, agreement=agreement, period=period)
    about = ("billed-fees", agreement.code, period.name)
    return month_kept(viewer, about, SETUP, lambda: read(viewer, ask))


def _tax_rates(viewer: Viewer, agreement: Agreement) -> tuple[TaxRate, ...]:
    if not any(tax_uses(agreement)):
        return ()
    ask = partial(month_kept, viewer, ("tax-rates",), SETUP)
    return ask(lambda: read(viewer, lambda each, _client: tax_rates(each)))
