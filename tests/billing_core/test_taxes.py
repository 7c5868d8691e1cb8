"""Dated rates, and the tax of lines: one sum per rate, rounded once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import InvoiceLine, LineKind, Timing
from billing_core.rating import DetailedLine, DetailKind
from billing_core.taxes import TaxRate, TaxTreatment, tax_lines


def rate(code: str = "NL-21", share: str = "0.21", **fields: Any) -> TaxRate:  # noqa: ANN401 - any field
    values: dict[str, Any] = {
        "name": f"VAT {code}",
        "treatment": TaxTreatment.STANDARD,
        "starts_on": date(2026, 1, 1),
    }
    return TaxRate(code=code, rate=Decimal(share), **{**values, **fields})


def line(amount: str, code: str, last_day: date = date(2026, 10, 31)) -> InvoiceLine:
    detail = DetailedLine(
        kind=DetailKind.FEE,
        text="Fee",
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        amount=Decimal(amount),
    )
    return InvoiceLine(
        number=1,
        price_code="base",
        name="Base",
        kind=LineKind.FIXED,
        model=None,
        timing=Timing.IN_ADVANCE,
        service_from=date(2026, 10, 1),
        service_to=last_day,
        detailed_lines=(detail,),
        amount=Decimal(amount),
        tax_code=code,
    )


def test_tax_is_on_the_sum_of_its_lines_rounded_once() -> None:
    """0.05 × 0.21 = 0.0105 each; three lines: 0.15 × 0.21 = 0.0315, so 0.03, not 3 × 0.01."""
    lines = [line("0.05", "NL-21")] * 3
    (tax,) = tax_lines(lines, [rate()], "EUR")
    assert (tax.net, tax.tax) == (Decimal("0.15"), Decimal("0.03"))


def test_half_a_cent_is_rounded_away_from_zero_below_zero_too() -> None:
    """-0.50 × 0.05 = -0.025, so -0.03."""
    (tax,) = tax_lines([line("-0.50", "US-5")], [rate("US-5", "0.05")], "USD")
    assert tax.tax == Decimal("-0.03")


def test_each_rate_has_a_line_in_the_order_of_the_invoice() -> None:
    rates = [rate(), rate("NL-9", "0.09"), rate("RC", "0", treatment=TaxTreatment.REVERSE_CHARGE)]
    lines = [line("10.00", "NL-9"), line("5.00", ""), line("20.00", "RC"), line("1.00", "NL-9")]
    found = tax_lines(lines, rates, "EUR")
    assert [(each.code, each.net, each.tax) for each in found] == [
        ("NL-9", Decimal("11.00"), Decimal("0.99")),
        ("RC", Decimal("20.00"), Decimal("0.00")),
    ]


def test_a_service_is_taxed_at_the_rate_of_its_last_day() -> None:
    rates = [rate(ends_on=date(2026, 11, 1)), rate(share="0.22", starts_on=date(2026, 11, 1))]
    lines = [line("100.00", "NL-21"), line("100.00", "NL-21", date(2026, 11, 30))]
    found = tax_lines(lines, rates, "EUR")
    assert [each.tax for each in found] == [Decimal("21.00"), Decimal("22.00")]


def test_a_line_whose_code_has_no_rate_is_refused() -> None:
    with pytest.raises(LookupError, match="tax code NL-21 has no rate on 2026-10-31"):
        tax_lines([line("1.00", "NL-21")], [rate(starts_on=date(2026, 11, 1))], "EUR")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"code": " "}, "code: is empty"),
        ({"share": "1.5"}, "rate: is not a share from 0 to 1"),
        ({"share": "NaN"}, "rate: is not a finite number"),
        ({"ends_on": date(2026, 1, 1)}, "ends_on: 2026-01-01 is not after 2026-01-01"),
        (
            {"treatment": TaxTreatment.REVERSE_CHARGE},
            "rate: is not 0, but a reverse_charge tax adds nothing",
        ),
    ],
)
def test_a_rate_that_cannot_be_is_refused(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Faults) as refused:
        rate(**fields)
    assert sentence in str(refused.value)
