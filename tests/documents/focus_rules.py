"""The requirements of FOCUS 1.2 on a bill, as the specification states them.

Each is named by its id in the specification's requirements model (1.2.0.1). Left out are those that
an MSP's bill can't meet or break: columns for regions, capacity, commitment discounts, tags, sub
accounts, provisioned resources, virtual currencies; and what only a price list could show.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing_core.money import MINOR_UNITS

Row = Mapping[str, str]
Rule = Callable[[Row], bool]

MANDATORY = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency"),
    *("BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass"),
    *("ChargeDescription", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost"),
    *("EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity", "PricingUnit"),
    *("ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
)
#: Usage is measured, prices are negotiated, listed and per unit, several pricing categories exist.
CONDITIONAL = (
    *("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice"),
    *("PricingCategory", "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId"),
)
RECOMMENDED = ("ChargeFrequency", "InvoiceId", "ServiceSubcategory")
NEVER_NULL = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency"),
    *("BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeDescription"),
    *("ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "ContractedCost"),
    *("EffectiveCost", "InvoiceId", "InvoiceIssuerName", "ListCost", "ProviderName"),
    *("PublisherName", "ServiceCategory", "ServiceName", "ServiceSubcategory"),
)
NUMBERS = (
    *("BilledCost", "ConsumedQuantity", "ContractedCost", "ContractedUnitPrice"),
    *("EffectiveCost", "ListCost", "ListUnitPrice", "PricingQuantity"),
)
TIMES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
ALLOWED = {
    "ChargeCategory": {"Usage", "Purchase", "Tax", "Credit", "Adjustment"},
    "ChargeClass": {"Correction", ""},
    "ChargeFrequency": {"One-Time", "Recurring", "Usage-Based"},
    "PricingCategory": {"Standard", "Dynamic", "Committed", "Other", ""},
    "ServiceCategory": {"Other"},
    "ServiceSubcategory": {"Other (Other)"},
}
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
UNIT = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*(?:/[A-Z][a-z]+)?")
PASCAL = re.compile(r"(?:x_)?(?:[A-Z][a-z0-9]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A file in FOCUS as read."""

    columns: Sequence[str]
    rows: Sequence[Row]


def read_bill(content: bytes) -> Bill:
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    rows = list(reader)
    return Bill(columns=reader.fieldnames or (), rows=rows)


def broken(bill: Bill) -> list[str]:
    """Name what a bill breaks: the rule, and the row where there is one."""
    return [*_of_columns(bill.columns), *_of_rows(bill)]


def _of_columns(columns: Sequence[str]) -> Iterator[str]:
    for name in (*MANDATORY, *CONDITIONAL, *RECOMMENDED):
        if name not in columns:
            yield f"CostAndUsage-D: {name} is not there"
    if len(set(columns)) != len(columns):
        yield "ColumnHandling: a column is there twice"
    custom = [name.startswith("x_") for name in columns]
    if custom != sorted(custom):
        yield "ColumnHandling-A-013: a custom column stands among the others"
    yield from (f"ColumnHandling-A-001: {name}" for name in columns if not PASCAL.fullmatch(name))


def _of_rows(bill: Bill) -> Iterator[str]:
    for number, row in enumerate(bill.rows, start=1):
        yield from (f"row {number}: {name}" for name, holds in RULES.items() if not holds(row))
    for sku_price, skus in _parents(bill, "SkuPriceId", "SkuId").items():
        if sku_price and len(skus) != 1:
            yield f"SkuPriceId-C-008-M: {sku_price} has several SkuIds"
    for service, categories in _parents(bill, "ServiceName", "ServiceCategory").items():
        if len(categories) != 1:
            yield f"ServiceName-C-005-C: {service} has several categories"


def _parents(bill: Bill, child: str, parent: str) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in bill.rows:
        found.setdefault(row[child], set()).add(row[parent])
    return found


def _is(row: Row, *categories: str) -> bool:
    return row["ChargeCategory"] in categories


def _priced(row: Row) -> bool:
    return _is(row, "Usage", "Purchase") and row["ChargeClass"] != "Correction"


def _product(row: Row, price: str, cost: str) -> bool:
    if not row[price] or not row["PricingQuantity"] or row["ChargeClass"] == "Correction":
        return True
    return Decimal(row[price]) * Decimal(row["PricingQuantity"]) == Decimal(row[cost])


def _no_price(row: Row) -> bool:
    names = ("ContractedUnitPrice", "ListUnitPrice", "PricingQuantity", "PricingUnit")
    return not any(row[name] for name in names)


def _consumed(row: Row) -> bool:
    if not _is(row, "Usage"):
        return not row["ConsumedQuantity"]
    return row["ChargeClass"] == "Correction" or bool(row["ConsumedQuantity"])


def _details(row: Row) -> bool:
    if not row["SkuPriceDetails"]:
        return True
    found = json.loads(row["SkuPriceDetails"])
    flat = all(isinstance(value, str | int | bool | None) for value in found.values())
    return bool(row["SkuPriceId"]) and flat and all(name.startswith("x_") for name in found)


def _sku(name: str) -> Rule:
    def holds(row: Row) -> bool:
        if _is(row, "Tax"):
            return not row[name]
        return bool(row[name]) or not _priced(row)

    return holds


def _number(name: str) -> Rule:
    return lambda row: not row[name] or bool(NUMBER.fullmatch(row[name]))


def _there(name: str) -> Rule:
    return lambda row: bool(row[name])


def _allowed(name: str) -> Rule:
    return lambda row: row[name] in ALLOWED[name]


def _time(name: str) -> Rule:
    return lambda row: bool(TIME.fullmatch(row[name]))


RULES: Mapping[str, Rule] = {
    **{f"{name} must not be null": _there(name) for name in NEVER_NULL},
    **{f"{name} must be one of the allowed values": _allowed(name) for name in ALLOWED},
    **{f"NumericFormat: {name}": _number(name) for name in NUMBERS},
    **{f"DateTimeFormat: {name}": _time(name) for name in TIMES},
    **{
        f"{name}: tax has none, usage and purchases have one": _sku(name)
        for name in (
            "SkuId",
            "SkuPriceId",
            "PricingCategory",
            "PricingQuantity",
            "ListUnitPrice",
            "ContractedUnitPrice",
        )
    },
    "CurrencyFormat": lambda row: row["BillingCurrency"] in MINOR_UNITS,
    "BillingPeriod: half-open": lambda row: row["BillingPeriodStart"] < row["BillingPeriodEnd"],
    "ChargePeriod: half-open": lambda row: row["ChargePeriodStart"] < row["ChargePeriodEnd"],
    "ChargeFrequency-C-004-C": lambda row: (
        not _is(row, "Purchase") or row["ChargeFrequency"] != "Usage-Based"
    ),
    "ConsumedQuantity-C-004-C, C-006-C": _consumed,
    "ConsumedUnit-C-005-C, C-006-C": lambda row: (
        bool(row["ConsumedUnit"]) == bool(row["ConsumedQuantity"])
    ),
    "PricingUnit-C-005-C, C-006-C": lambda row: (
        bool(row["PricingUnit"]) == bool(row["PricingQuantity"])
    ),
    "UnitFormat": lambda row: all(
        not row[name] or bool(UNIT.fullmatch(row[name])) for name in ("PricingUnit", "ConsumedUnit")
    ),
    "ContractedUnitPrice-C-009-C": lambda row: not row["ContractedUnitPrice"].startswith("-"),
    "ListUnitPrice-C-008-M": lambda row: not row["ListUnitPrice"].startswith("-"),
    "ContractedUnitPrice-C-011-C": lambda row: _product(
        row, "ContractedUnitPrice", "ContractedCost"
    ),
    "ListUnitPrice-C-010-C": lambda row: _product(row, "ListUnitPrice", "ListCost"),
    "ContractedCost-C-008-C": lambda row: (
        not _is(row, "Credit", "Adjustment") or row["ContractedCost"] == row["BilledCost"]
    ),
    "ListCost-C-008-C": lambda row: (
        not _is(row, "Credit", "Adjustment") or row["ListCost"] == row["BilledCost"]
    ),
    "EffectiveCost-C-010-C": lambda row: row["EffectiveCost"] == row["BilledCost"],
    "Credit, Adjustment and Tax have no price": lambda row: (
        not _is(row, "Credit", "Adjustment", "Tax") or _no_price(row)
    ),
    "SkuMeter-C-004-C, C-005-C": lambda row: bool(row["SkuMeter"]) == bool(row["SkuId"]),
    "SkuPriceDetails, KeyValueFormat": _details,
    "StringHandling-A-007-M": lambda row: (
        not any(value and not value.strip() for value in row.values())
    ),
}
