"""An invoice as it is read: groups of lines that add up to its net total."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing_core.invoicing import build_invoice
from billing_core.invoicing.groups import Group, group_of, groups_of
from tests.billing_core.made import OCTOBER, agreement, price, usage

OF = agreement(
    price("flat", fee="1000", code="platform"),
    price("flat", fee="20", code="portal"),
    price("unit", unit_price="0.10"),
    price("one_off", fee="15", starts_on=date(2026, 10, 5), code="delivery"),
)
INVOICE = build_invoice(agreement=OF, period=OCTOBER, usage=usage(OF, "600"), as_of=OCTOBER.ends_at)


def test_fees_come_first_and_then_what_varies() -> None:
    found = [
        (each.group.value, [line.price_code for line in each.lines], each.amount)
        for each in groups_of(INVOICE)
    ]
    assert found == [
        ("fixed", ["platform", "portal"], Decimal("1020.00")),
        ("variable", ["unit", "delivery"], Decimal("75.00")),
    ]


def test_what_corrects_an_earlier_month_stands_by_itself() -> None:
    line = INVOICE.lines[2]
    corrected = replace(INVOICE, lines=(*INVOICE.lines, replace(line, number=5, adjusts="2026-09")))
    last = groups_of(corrected)[-1]
    assert (last.group, last.amount) == (Group.ADJUSTMENTS, Decimal("60.00"))


def test_what_takes_a_line_back_is_a_credit_even_of_an_adjustment() -> None:
    line = replace(INVOICE.lines[2], adjusts="2026-09", credits_line=3)
    assert group_of(line) is Group.CREDITS


def test_an_invoice_without_lines_has_no_groups() -> None:
    assert groups_of(replace(INVOICE, lines=())) == ()
