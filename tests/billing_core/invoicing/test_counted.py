"""Which lines counted toward a commitment: those of the month, wherever they were charged."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_core.invoicing import build_invoice
from billing_core.invoicing.counted import counted_lines
from tests.billing_core.made import NOVEMBER, agreement, price, usage

OF = agreement(
    price("flat", fee="50", code="platform", counts_toward_commitment=True),
    price("flat", fee="9", code="portal"),
    price("unit", unit_price="0.10"),
    price("one_off", fee="15", starts_on=date(2026, 11, 5), code="delivery"),
    minimum_commitment=Decimal(200),
)
INVOICE = build_invoice(
    agreement=OF, period=NOVEMBER, usage=usage(OF, "600", period=NOVEMBER), as_of=NOVEMBER.ends_at
)


def test_the_fee_of_the_month_counts_though_it_was_charged_before_and_use_counts() -> None:
    """50.00 of November's platform and 60.00 of usage leave 90.00 of 200.00."""
    found = counted_lines(OF, INVOICE)
    assert [(each.price_code, each.service_from, each.amount) for each in found] == [
        ("platform", date(2026, 11, 1), Decimal("50.00")),
        ("unit", date(2026, 11, 1), Decimal("60.00")),
    ]
    assert INVOICE.lines[-1].amount == Decimal("90.00")


def test_what_corrects_or_credits_counts_in_no_commitment_here() -> None:
    line = next(each for each in INVOICE.lines if each.price_code == "unit")
    number = len(INVOICE.lines)
    more = (
        replace(line, number=number + 1, adjusts="2026-10"),
        replace(line, number=number + 2, credits_line=1),
    )
    assert len(counted_lines(OF, replace(INVOICE, lines=(*INVOICE.lines, *more)))) == 2
