"""A setup → the ten files in canonical form, which `read_setup` reads back as the same setup.

Rows stand in the order of their keys, numbers without trailing zeros, and a cell is empty where its
value is the default, or is what the next row says anyway.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from functools import singledispatch

from billing_core.metering import Meter
from billing_core.numbers import plain
from billing_core.prices import Agreement, Price, Tier
from billing_core.setup import Books, Client, Issuer, Person, Setup, Source
from billing_core.taxes import TaxRate, TaxTreatment
from intake.setup.agreements import BACK_BILLING_DAYS, GRACE_HOURS, PAYMENT_DAYS
from intake.setup.files import (
    AGREEMENTS,
    CLIENTS,
    COLUMNS,
    ISSUER,
    METERS,
    PEOPLE,
    PRICES,
    QUANTITIES,
    SOURCES,
    TAXES,
    TIERS,
)
from intake.setup.prices import COLUMN_OF, NO_THRESHOLDS, THRESHOLDS

_MINUTE = timedelta(minutes=1)
Cells = dict[str, object]


def files_of(setup: Setup) -> Mapping[str, bytes]:
    """The contents of the ten files, by name: UTF-8 without a byte order mark, with LF."""
    agreements = sorted(setup.agreements, key=lambda each: (each.client, each.code))
    rows: Mapping[str, Iterable[Cells]] = {
        ISSUER: [_of_issuer(setup.issuer)],
        CLIENTS: map(_of_client, sorted(setup.clients, key=lambda each: each.slug)),
        PEOPLE: map(_of_person, sorted(setup.people, key=lambda each: each.email)),
        METERS: map(_of_meter, sorted(setup.meters, key=lambda each: each.code)),
        SOURCES: map(_of_source, sorted(setup.sources, key=lambda each: (each.client, each.code))),
        TAXES: _of_taxes(setup.tax_rates),
        AGREEMENTS: map(_of_agreement, agreements),
        PRICES: (row for each in agreements for row in _of_prices(each)),
        TIERS: (row for each in agreements for row in _of_tiers(each)),
        QUANTITIES: (row for each in agreements for row in _of_quantities(each)),
    }
    return {file: _written(COLUMNS[file], rows[file]) for file in COLUMNS}


def _written(columns: tuple[str, ...], rows: Iterable[Cells]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return buffer.getvalue().encode()


@singledispatch
def _cell(value: object) -> str:
    return "" if value is None else str(value)


@_cell.register
def _(value: bool) -> str:  # noqa: FBT001 - the one argument of what it writes
    return "yes" if value else "no"


@_cell.register
def _(value: Decimal) -> str:
    return plain(value)


def _of_issuer(issuer: Issuer) -> Cells:
    cells: Cells = {column: getattr(issuer, column) for column in COLUMNS[ISSUER]}
    return {**cells, "books": None if issuer.books is Books.HERE else issuer.books}


def _of_client(client: Client) -> Cells:
    cells: Cells = {column: getattr(client, column) for column in COLUMNS[CLIENTS]}
    first = client.invoices_from
    return {**cells, "invoices_from": first and first.isoformat()[: len("2026-10")]}


def _of_person(person: Person) -> Cells:
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "clients": " ".join(person.clients),
    }


def _of_meter(meter: Meter) -> Cells:
    return {
        "meter": meter.code,
        "name": meter.name,
        "unit": meter.unit,
        "aggregation": meter.aggregation,
        "holds_for_minutes": meter.holds_for and meter.holds_for // _MINUTE,
        "allows_credits": meter.allows_credits or None,
    }


def _of_source(source: Source) -> Cells:
    return {
        "client": source.client,
        "source": source.code,
        "name": source.name,
        "expects_every_minutes": source.expects_every_minutes,
    }


def _of_taxes(rates: Iterable[TaxRate]) -> Iterator[Cells]:
    versions = sorted(rates, key=lambda each: (each.code, each.starts_on))
    starts = {(each.code, each.starts_on) for each in versions}
    for each in versions:
        follows = each.ends_on is not None and (each.code, each.ends_on) in starts
        yield {
            "tax_code": each.code,
            "name": each.name,
            "treatment": each.treatment,
            "rate": each.rate if each.treatment is TaxTreatment.STANDARD else None,
            "starts_on": each.starts_on,
            "ends_on": None if follows else each.ends_on,
            "note": each.note,
        }


def _of_agreement(agreement: Agreement) -> Cells:
    default = {
        "grace_hours": GRACE_HOURS,
        "back_billing_days": BACK_BILLING_DAYS,
        "payment_days": PAYMENT_DAYS,
    }
    cells = {
        column: getattr(agreement, column)
        for column in COLUMNS[AGREEMENTS]
        if column != "agreement" and getattr(agreement, column) != default.get(column)
    }
    return {**cells, "agreement": agreement.code}


def _of_prices(agreement: Agreement) -> Iterator[Cells]:
    starts = {(price.code, price.starts_on) for price in agreement.prices}
    for price in sorted(agreement.prices, key=_version):
        follows = price.ends_on is not None and (price.code, price.ends_on) in starts
        yield {**_place(agreement), **_of_price(price), **({"ends_on": None} if follows else {})}


def _version(price: Price) -> tuple[str, date]:
    return (price.code, price.starts_on)


def _place(agreement: Agreement) -> Cells:
    return {"client": agreement.client, "agreement": agreement.code}


def _of_price(price: Price) -> Cells:
    cells: Cells = {
        COLUMN_OF.get(field.name, field.name): getattr(price, field.name)
        for field in fields(Price)
        if field.name not in {"tiers", "thresholds"} and getattr(price, field.name) != field.default
    }
    if price.model.is_tiered and price.thresholds != THRESHOLDS:
        cells["thresholds"] = " ".join(map(plain, price.thresholds)) or NO_THRESHOLDS
    return cells


def _of_tiers(agreement: Agreement) -> Iterator[Cells]:
    for price in sorted(agreement.prices, key=_version):
        for ordinal, tier in enumerate(price.tiers, start=1):
            version: Cells = {"price": price.code, "starts_on": price.starts_on, "ordinal": ordinal}
            yield {**_place(agreement), **version, **_of_tier(tier)}


def _of_tier(tier: Tier) -> Cells:
    return {
        "tier": tier.name,
        "up_to": tier.up_to,
        "unit_price": tier.unit_price,
        "flat_fee": tier.flat_fee or None,
        "burst": tier.burst or None,
        "milestone": tier.milestone,
    }


def _of_quantities(agreement: Agreement) -> Iterator[Cells]:
    dated = sorted(agreement.quantities, key=lambda each: (each.price_code, each.starts_on))
    for each in dated:
        yield {
            **_place(agreement),
            "price": each.price_code,
            "starts_on": each.starts_on,
            "quantity": each.quantity,
        }
