"""The examples of the FOCUS 1.2 specification, typed by hand: what is said of each."""

from pathlib import Path

import pytest

from tests.intake.bills import FOCUS, refused_whole, told

HOW = "can't be read; write it like 2026-10-25T02:30:00Z or 2026-10-25T02:30:00+02:00"
NO_NUMBER = "is not a number: write it like 1234.5, -0.02 or 8e-05"
LACKING = (
    "header (read as FOCUS 1.1): mandatory columns are missing: BillingAccountId, "
    "BillingAccountName, BillingCurrency, ChargeClass, ChargeDescription, ContractedCost, "
    "InvoiceIssuerName, ListCost, PricingQuantity, PricingUnit, ProviderName, PublisherName, "
    "ServiceCategory, ServiceName"
)


def times(billing: str, starts: str, ends: str) -> str:
    columns = ("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd")
    written = zip(columns, (billing, starts, ends), strict=True)
    return "; ".join(f"{column}: the time {text!r} {HOW}" for column, text in written)


@pytest.fixture(scope="module")
def examples(shared: Path) -> Path:
    return shared / "data" / "focus" / "spec_1.2_examples"


@pytest.mark.parametrize("scenario", ["purchase", "usage"])
def test_a_file_of_a_few_columns_is_refused_with_all_that_are_missing(
    tmp_path: Path, examples: Path, scenario: str
) -> None:
    name = f"commitment_discount_{scenario}_scenario_1.csv"
    assert refused_whole(tmp_path, (examples / name).read_text("utf-8")) == LACKING


@pytest.mark.parametrize(
    ("name", "notes", "refused"),
    [
        (
            "saas_spend_agreements_a1.csv",
            "FOCUS 1.1",
            [
                (2, times("4/1/25", "4/1/25", "5/1/25")),
                (3, times("5/1/25", "5/1/25", "6/1/25")),
                (4, times("6/1/25", "6/1/25", "7/1/25")),
                (5, times("3/1/26", "4/1/25", "4/1/26")),
            ],
        ),
        (
            "simple_saas_agreements_a1.csv",
            "FOCUS 1.1",
            [
                (
                    2,
                    f'{times("4/1/25", "4/1/25", "4/1/26")}; BilledCost: "$10,000.00 " {NO_NUMBER}',
                )
            ],
        ),
        (
            "simple_saas_agreements_b.csv",
            "FOCUS 1.1",
            [
                (
                    2,
                    f'{times("3/1/26", "4/1/25", "4/1/26")}; BilledCost: "$50,000.00 " {NO_NUMBER}',
                )
            ],
        ),
        (
            "virtual_currency_pricing_model_a1.csv",
            "FOCUS 1.2; mandatory columns are missing: ServiceCategory",
            [(2, times("4/1/25", "4/1/25", "4/1/26"))],
        ),
    ],
)
def test_each_row_is_refused_with_each_column_that_is_wrong(
    tmp_path: Path, examples: Path, name: str, notes: str, refused: list[tuple[int, str]]
) -> None:
    found = told(tmp_path, (examples / name).read_text("utf-8-sig"), FOCUS)
    assert (found.notes, found.measured) == ([notes], [])
    assert [(row.line, row.reason) for row in found.refused] == refused
