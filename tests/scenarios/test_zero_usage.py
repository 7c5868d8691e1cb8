"""A month in which nothing was used, worked by hand.

A first tier has a flat fee of 25.00, due at zero usage only with `flat_on_zero`; a minimum of 40.00
is due always::

                      without            flat_on_zero
    no minimum          0.00                 25.00
    minimum 40.00      40.00 (0 + 40)        40.00 (25 + 15)

A unit price, a package and a markup come to 0.00. What is committed is owed whole. An invoice
without an amount is issued all the same.
"""

from decimal import Decimal

import pytest

from billing_core.invoicing import Invoice, build_invoice
from billing_core.invoicing.document import DocumentKind
from billing_core.prices import Agreement
from tests.billing_core.made import OCTOBER, agreement, meter, price, tier
from tests.scenarios.worked import VAT, amounts_of, document, metered, totals_of

GB = meter()
TIERS = (tier("Base", "100", "2", "25"), tier("Burst", None, "1", "50"))


def unused(of: Agreement) -> Invoice:
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, {GB: []}),
        as_of=OCTOBER.ends_at,
        tax_rates=[VAT],
    )


@pytest.mark.parametrize("model", ["graduated", "volume"])
@pytest.mark.parametrize(
    ("flat_on_zero", "minimum", "details"),
    [
        (False, None, ["0.00"]),
        (True, None, ["25.00"]),
        (False, "40", ["0.00", "40.00"]),
        (True, "40", ["25.00", "15.00"]),
    ],
)
def test_a_tiers_fee_and_a_minimum_at_zero_usage(
    model: str, flat_on_zero: bool, minimum: str | None, details: list[str]
) -> None:
    of = agreement(price(model, tiers=TIERS, flat_on_zero=flat_on_zero, minimum=minimum))
    (line,) = unused(of).lines
    assert [str(each.amount) for each in line.detailed_lines] == details


def test_an_invoice_without_an_amount_is_an_invoice() -> None:
    of = agreement(
        price("unit", unit_price="1"),
        price("package", package_size="10", package_price="5"),
        price("markup", markup_rate="0.15"),
        tax_code="NL-21",
    )
    invoice = unused(of)
    assert amounts_of(invoice) == [("unit", "0.00"), ("package", "0.00"), ("markup", "0.00")]
    assert totals_of(invoice) == ("0.00", "0.00", "0.00")
    assert document(invoice).kind is DocumentKind.INVOICE


def test_what_is_committed_is_owed_whole() -> None:
    of = agreement(price("unit", unit_price="1"), minimum_commitment=Decimal(300))
    assert amounts_of(unused(of)) == [("unit", "0.00"), ("commitment-shortfall", "300.00")]
