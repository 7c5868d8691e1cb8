"""A document as a bill in FOCUS 1.2: a row for each detailed line and each tax."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from billing_core.invoicing import DetailedLine, InvoiceLine
from billing_core.numbers import plain
from billing_core.period import start_of_day
from billing_core.taxes import TaxLine
from documents.csv_form import Cell, columns_of, csv_stream
from documents.edition import Edition
from documents.focus.columns import COLUMNS
from documents.focus.kinds import Category, Frequency, category_of, frequency_of, is_correction
from documents.focus.prices import Priced, consumed_unit, parts_of, price_cells

_STANDARD: Final = "Standard"
_PRICED: Final = frozenset({Category.USAGE, Category.PURCHASE})
#: What an MSP sells is of no one category of the specification's list.
_SERVICE: Final = {"ServiceCategory": "Other", "ServiceSubcategory": "Other (Other)"}

Row = Mapping[str, Cell]


def focus_csv(edition: Edition) -> Iterator[bytes]:
    """Write a document in FOCUS 1.2; the sum of BilledCost is what is to be paid, tax included."""
    columns = columns_of(COLUMNS, frozenset())
    rows = (tuple(map(_written, map(row.get, COLUMNS))) for row in focus_rows(edition))
    return csv_stream(columns, rows)


def _written(cell: Cell) -> Cell:
    if isinstance(cell, Decimal):
        return plain(cell)
    return f"{cell:%Y-%m-%dT%H:%M:%SZ}" if isinstance(cell, datetime) else cell


def focus_rows(edition: Edition) -> Iterator[Row]:
    """Give the rows by column; a column that isn't there has no value."""
    head = _of_document(edition)
    for line in edition.document.invoice.lines:
        for number, detail in enumerate(line.detailed_lines, start=1):
            common = {**head, **_of_line(edition, line), **_of_detail(line, detail)}
            for row in _charges(edition, line, detail):
                yield {**common, "x_DetailedLineNumber": number, **row}
    for tax in edition.document.invoice.taxes:
        yield {**head, **_of_tax(tax)}


def _of_document(edition: Edition) -> Row:
    document = edition.document
    period = document.invoice.period
    issuer = document.issuer.name
    return {
        "BillingAccountId": document.invoice.client,
        "BillingAccountName": document.client.name,
        "BillingCurrency": document.invoice.currency,
        "BillingPeriodStart": period.starts_at,
        "BillingPeriodEnd": period.ends_at,
        "ChargePeriodStart": period.starts_at,
        "ChargePeriodEnd": period.ends_at,
        "InvoiceId": document.number,
        "InvoiceIssuerName": issuer,
        "ProviderName": issuer,
        "PublisherName": issuer,
        **_SERVICE,
    }


def _of_line(edition: Edition, line: InvoiceLine) -> Row:
    document = edition.document
    zone = document.invoice.period.zone
    return {
        "ChargeClass": "Correction" if is_correction(document, line) else None,
        "ChargePeriodStart": start_of_day(line.service_from, zone),
        "ChargePeriodEnd": start_of_day(_after(line.service_to), zone),
        "ServiceName": line.name,
        "SkuId": line.price_code,
        "SkuMeter": edition.meter_name_of(line) or line.name,
        "x_InvoiceLineNumber": line.number,
    }


def _after(day: date) -> date:
    return day + timedelta(days=1)


def _of_detail(line: InvoiceLine, detail: DetailedLine) -> Row:
    tier = {"x_Tier": detail.tier} if detail.tier else None
    return {
        "ChargeDescription": ": ".join(filter(None, (line.name, detail.text, line.reason))),
        "SkuPriceDetails": json.dumps(tier, ensure_ascii=False) if tier else None,
        "SkuPriceId": f"{line.price_code}/{detail.tier}" if detail.tier else line.price_code,
        "x_DetailKind": detail.kind,
    }


def _charges(edition: Edition, line: InvoiceLine, detail: DetailedLine) -> Iterator[Row]:
    category = category_of(line, detail)
    correction = is_correction(edition.document, line)
    if category not in _PRICED or correction:
        yield _charge(category, frequency_of(category, detail), detail.amount)
        return
    for part in parts_of(edition, line, detail, category):
        yield _priced(edition, line, detail, part)


def _charge(category: Category, frequency: Frequency, billed: Decimal) -> Row:
    return {
        "BilledCost": billed,
        "ChargeCategory": category,
        "ChargeFrequency": frequency,
        "ContractedCost": billed,
        "EffectiveCost": billed,
        "ListCost": billed,
        "PricingCategory": None if category is Category.TAX else _STANDARD,
    }


def _priced(edition: Edition, line: InvoiceLine, detail: DetailedLine, part: Priced) -> Row:
    charge = _charge(part.category, frequency_of(part.category, detail), part.billed)
    if part.category not in _PRICED:
        return charge
    unit = consumed_unit(edition, line) if part.consumed is not None else None
    return {**charge, **price_cells(part), "ConsumedUnit": unit}


def _of_tax(tax: TaxLine) -> Row:
    described = f"{tax.name}: {plain(tax.rate * 100)} % on {tax.net:f}"
    return {
        **_charge(Category.TAX, Frequency.ONE_TIME, tax.tax),
        "ChargeDescription": f"{described}. {tax.note}" if tax.note else described,
        "ServiceName": tax.name,
        "x_DetailKind": "tax",
    }
