"""What scenarios share: lines told as text, and documents as a close would keep them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from billing_core.invoicing import (
    AdjustedPeriod,
    BilledAmount,
    Invoice,
    InvoiceLine,
    LineKind,
    rating_instants,
)
from billing_core.invoicing.document import Document, DocumentKind, Party
from billing_core.metering import Measurement, Meter, MeterUsage, usage_of
from billing_core.period import BillingPeriod
from billing_core.prices import Agreement
from billing_core.taxes import TaxRate, TaxTreatment

VAT = TaxRate(
    code="NL-21",
    name="VAT 21 %",
    treatment=TaxTreatment.STANDARD,
    rate=Decimal("0.21"),
    starts_on=date(2012, 10, 1),
)


def amounts_of(invoice: Invoice) -> list[tuple[str, str]]:
    return [(line.price_code, str(line.amount)) for line in invoice.lines]


def services_of(invoice: Invoice) -> list[tuple[str, str, str]]:
    return [
        (line.price_code, f"{line.service_from} to {line.service_to}", str(line.amount))
        for line in invoice.lines
    ]


def details_of(line: InvoiceLine) -> list[tuple[str, str, str, str, str]]:
    return [
        (
            each.kind.value,
            str(each.quantity),
            str(each.unit_price),
            str(each.flat_fee),
            str(each.amount),
        )
        for each in line.detailed_lines
    ]


def days_of(line: InvoiceLine) -> list[tuple[str, str, str, int | None, int | None, str]]:
    return [
        (
            each.kind.value,
            str(each.quantity),
            str(each.unit_price),
            each.days,
            each.period_days,
            str(each.amount),
        )
        for each in line.detailed_lines
    ]


def totals_of(invoice: Invoice) -> tuple[str, str, str]:
    """Net, tax and gross."""
    return str(invoice.net), str(invoice.tax), str(invoice.gross)


def metered(
    of: Agreement, period: BillingPeriod, events: Mapping[Meter, list[Measurement]]
) -> dict[str, MeterUsage]:
    """The usage of a whole period from its events, with nothing carried in."""
    instants = rating_instants(of, period, period.ends_at)
    return {
        meter.code: usage_of(meter, period, counted, {}, instants)
        for meter, counted in events.items()
    }


def billed_for(
    period: BillingPeriod, documents: Mapping[str, Invoice]
) -> dict[str, tuple[BilledAmount, ...]]:
    """What documents billed for a period: its own and those that adjust it, by price."""
    billed: dict[str, tuple[BilledAmount, ...]] = {}
    for number, invoice in documents.items():
        for line in invoice.lines:
            about = line.adjusts or invoice.period.name
            if line.kind is LineKind.VARIABLE and about == period.name:
                one = BilledAmount(document=number, amount=line.amount)
                billed[line.price_code] = (*billed.get(line.price_code, ()), one)
    return billed


def adjusting(
    of: Agreement,
    period: BillingPeriod,
    events: Mapping[Meter, list[Measurement]],
    documents: Mapping[str, Invoice],
    *touched: str,
    **fields: Any,  # noqa: ANN401 - of an adjusted period
) -> AdjustedPeriod:
    """A period with all its events, after some documents."""
    return AdjustedPeriod(
        agreement=of,
        period=period,
        usage=metered(of, period, events),
        billed=billed_for(period, documents),
        touched=frozenset(touched),
        **fields,
    )


def document(
    invoice: Invoice,
    number: str = "HARB-2026-0010",
    **fields: Any,  # noqa: ANN401 - of a document
) -> Document:
    """The issued document; its kind follows from its total."""
    after = invoice.period.ends_at
    values: dict[str, Any] = {
        "number": number,
        "kind": DocumentKind.CREDIT_NOTE if invoice.gross < 0 else DocumentKind.INVOICE,
        "issuer": Party(name="Fernhill Managed Services, Inc.", country="US"),
        "client": Party(name="Harbour Freight B.V.", country="NL"),
        "issued_at": after,
        "issued_on": invoice.issue_date,
        "due_on": invoice.issue_date,
    }
    return Document(**{**values, **fields}, invoice=invoice)
