"""Bills in FOCUS 1.2: held against the specification's rules, and adding up to the invoice."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from billing_core.invoicing.document import Document, DocumentKind
from documents.focus import focus_csv
from documents.focus.prices import focus_unit
from intake.focus import columns as intake_columns
from tests.documents.focus_rules import RULES, Bill, broken, read_bill
from tests.documents.made import (
    backup,
    detail,
    document_of,
    edition,
    fixed,
    invoice_of,
    line,
    october,
    september,
)


def bill(document: Document | None = None) -> Bill:
    return read_bill(b"".join(focus_csv(edition(document))))


def told(row: Mapping[str, str], *names: str) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


CREDIT_NOTE = document_of(
    invoice_of(
        replace(
            backup(1),
            detailed_lines=(detail("credit", "1", "-211.00", "-211.00"),),
            amount=Decimal("-211.00"),
            credits_line=3,
        )
    ),
    number="HARB-2026-0008",
    kind=DocumentKind.CREDIT_NOTE,
    corrects="HARB-2026-0007",
    reason="Measured twice",
)
ODD = document_of(
    invoice_of(
        fixed(1, "loyalty", detail("fee", "1", "-50.00", "-50.00")),
        fixed(
            2, "seats", detail("change_credit", "-3", "20.00", "-32.90", days=17, period_days=31)
        ),
        line(
            3,
            "tiered",
            detail("usage", "10", "0.5", "12.50", tier="A", flat_fee="7.50"),
            model="graduated",
            meter="backup-gb",
        ),
        line(
            4,
            "packs",
            detail("usage", "3", "10.00", "30.00"),
            model="package",
            meter="requests",
            quantity=Decimal(2500),
        ),
        line(5, "no-meter-known", detail("usage", "1", "1.00", "1.00"), meter="gone"),
        september(6),
    ),
    kind=DocumentKind.CREDIT_NOTE,
)


@pytest.mark.parametrize("document", [october(), CREDIT_NOTE, ODD], ids=["all", "credit", "odd"])
def test_a_bill_keeps_every_rule_of_the_specification(document: Document) -> None:
    assert broken(bill(document)) == []


@pytest.mark.parametrize(
    ("document", "gross"),
    [(october(), "15101.81"), (CREDIT_NOTE, "-211.00"), (ODD, "-29.90")],
    ids=["all", "credit", "odd"],
)
def test_billed_cost_adds_up_to_what_the_invoice_asks_for(document: Document, gross: str) -> None:
    rows = bill(document).rows
    assert {row["InvoiceId"] for row in rows} == {document.number}
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal(gross)


def test_usage_has_what_was_used_and_a_cost_before_rounding() -> None:
    burst = bill().rows[4]
    assert told(burst, "ChargeCategory", "ChargeFrequency", "ConsumedQuantity", "ConsumedUnit") == (
        "Usage",
        "Usage-Based",
        "640.5",
        "GB",
    )
    assert told(burst, "ContractedUnitPrice", "ContractedCost", "BilledCost") == (
        "0.085",
        "54.4425",
        "54.44",
    )
    assert told(burst, "SkuId", "SkuPriceId", "SkuPriceDetails") == (
        "backup-storage",
        "backup-storage/Burst",
        '{"x_Tier": "Burst"}',
    )


def test_periods_are_the_clients_days_in_utc() -> None:
    base = bill().rows[0]
    assert told(base, "BillingPeriodStart", "BillingPeriodEnd") == (
        "2026-09-30T22:00:00Z",
        "2026-10-31T23:00:00Z",
    )
    assert told(base, "ChargePeriodStart", "ChargePeriodEnd") == (
        "2026-10-31T23:00:00Z",
        "2026-11-30T23:00:00Z",
    )


def test_a_prorated_fee_has_the_quantity_that_its_days_come_to() -> None:
    seats = bill().rows[1]
    assert told(seats, "PricingQuantity", "ContractedCost", "BilledCost") == (
        "1.645161290322581",
        "32.90322580645162",
        "32.9",
    )


def test_what_changes_a_line_is_an_adjustment_and_what_is_given_a_credit() -> None:
    kinds = {row["x_DetailKind"]: row["ChargeCategory"] for row in bill().rows}
    assert kinds == {
        "fee": "Purchase",
        "change_charge": "Purchase",
        "included": "Usage",
        "usage": "Usage",
        "discount": "Adjustment",
        "one_off": "Purchase",
        "minimum": "Adjustment",
        "recomputed": "Usage",
        "billed_before": "Usage",
        "commitment": "Adjustment",
        "tax": "Tax",
    }
    loyalty = bill(ODD).rows[0]
    assert told(loyalty, "ChargeCategory", "BilledCost", "PricingQuantity") == (
        "Credit",
        "-50",
        "",
    )


def test_a_fee_that_is_taken_back_is_a_purchase_of_less_than_nothing() -> None:
    unused = bill(ODD).rows[1]
    assert told(unused, "ChargeCategory", "BilledCost", "PricingQuantity") == (
        "Purchase",
        "-32.9",
        "-1.645161290322581",
    )


def test_a_tiers_flat_fee_is_a_row_of_its_own() -> None:
    used, fee = bill(ODD).rows[2:4]
    names = ("ChargeCategory", "PricingQuantity", "ContractedUnitPrice", "BilledCost")
    assert told(used, *names) == ("Usage", "10", "0.5", "5")
    assert told(fee, *names) == ("Purchase", "1", "7.5", "7.5")
    assert {row["x_DetailedLineNumber"] for row in (used, fee)} == {"1"}


def test_packages_are_priced_and_what_they_were_opened_for_is_consumed() -> None:
    packs = bill(ODD).rows[4]
    assert told(packs, "PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit") == (
        "3",
        "Packages",
        "2500",
        "Requests",
    )


def test_what_corrects_an_earlier_month_or_document_is_a_correction() -> None:
    classes = [row["ChargeClass"] for row in bill().rows]
    assert [index for index, value in enumerate(classes) if value == "Correction"] == [10, 11]
    (credited,) = bill(CREDIT_NOTE).rows
    assert told(credited, "ChargeClass", "ChargeCategory", "BilledCost") == (
        "Correction",
        "Usage",
        "-211",
    )


def test_tax_is_a_row_for_each_rate() -> None:
    vat, reverse = bill().rows[-2:]
    assert told(vat, "ChargeCategory", "BilledCost", "SkuId", "ServiceName") == (
        "Tax",
        "2568.91",
        "",
        "VAT 21 %",
    )
    assert reverse["ChargeDescription"].endswith("Article 196 of Directive 2006/112/EC.")


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("GB", "GB"),
        ("machine hour", "Machine-Hours"),
        ("user", "Users"),
        ("hours", "Hours"),
        ("", "Units"),
        ("GB month", "GB-Months"),
    ],
)
def test_units_are_written_as_the_specification_writes_them(unit: str, written: str) -> None:
    assert focus_unit(unit) == written


def test_it_has_every_column_that_our_own_intake_asks_for() -> None:
    assert set(bill().columns) >= set(intake_columns.MANDATORY)


def test_every_rule_can_be_broken() -> None:
    spoilt = {**bill().rows[3], "ChargeCategory": "Gift", "BilledCost": "1,5"}
    assert [name for name, holds in RULES.items() if not holds(spoilt)] == [
        "ChargeCategory must be one of the allowed values",
        "NumericFormat: BilledCost",
        "ConsumedQuantity-C-004-C, C-006-C",
        "EffectiveCost-C-010-C",
    ]
    without = Bill(columns=["BilledCost", "x_A", "ChargeClass"], rows=[])
    assert "CostAndUsage-D: ListCost is not there" in broken(without)
    assert "ColumnHandling-A-013: a custom column stands among the others" in broken(without)
