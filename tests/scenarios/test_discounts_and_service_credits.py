"""Discounts and service credits with their reasons, worked by hand.

October 2026 of Harbour Freight::

    base-platform, November   1,000.00, less 5 %: -50.00          Framework 2026          950.00
    compute-hours             333.3 × 0.15 = 49.995       50.00
                              less 10 % of 50.00          -5.00   Framework 2026           45.00
    service credit            -150.00                             4 h outage on 3 October -150.00
    net                                                                                   845.00

A discount is on what stands above it, as rounded; a minimum of 48.00 would come after it: 3.00.
"""

from datetime import date

import pytest

from billing_core.faults import Faults
from billing_core.invoicing import Invoice, build_invoice
from billing_core.prices import Price
from tests.billing_core.made import OCTOBER, agreement, event, faults_in, meter, price
from tests.scenarios.worked import amounts_of, details_of, metered

COMPUTE = meter(code="compute-hours", name="Compute", unit="h")


def compute(**fields: str) -> Price:
    code = "compute-hours"
    return price(
        "unit",
        code=code,
        meter=code,
        unit_price="0.15",
        discount_rate="0.1",
        reason="Framework 2026",
        clause="§ 7.2",
        **fields,
    )


def october(metered_price: Price) -> Invoice:
    of = agreement(
        price(
            "flat",
            code="base-platform",
            fee="1000",
            discount_rate="0.05",
            reason="Framework 2026",
            clause="§ 4",
        ),
        metered_price,
        price(
            "one_off",
            code="outage",
            name="Service credit",
            fee="-150",
            starts_on=date(2026, 10, 3),
            reason="4 h outage on 3 October",
            reference="Ticket 4711",
        ),
    )
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, {COMPUTE: [event(1, "2026-10-05T08:00", "333.3")]}),
        as_of=OCTOBER.ends_at,
    )


def test_the_amounts_are_those_worked_by_hand() -> None:
    invoice = october(compute())
    assert amounts_of(invoice) == [
        ("base-platform", "950.00"),
        ("compute-hours", "45.00"),
        ("outage", "-150.00"),
    ]
    assert str(invoice.net) == "845.00"


def test_a_discount_names_its_reason_and_its_line_the_clause() -> None:
    base, hours, _ = october(compute()).lines
    assert [each.text for each in (base.detailed_lines[1], hours.detailed_lines[1])] == [
        "Discount of 5 %: Framework 2026",
        "Discount of 10 %: Framework 2026",
    ]
    assert [(line.reason, line.clause) for line in (base, hours)] == [
        ("Framework 2026", "§ 4"),
        ("Framework 2026", "§ 7.2"),
    ]


def test_a_minimum_comes_after_the_discount() -> None:
    assert details_of(october(compute(minimum="48")).lines[1]) == [
        ("usage", "333.3", "0.15", "0", "50.00"),
        ("discount", "50", "-0.1", "0", "-5.00"),
        ("minimum", "1", "48.00", "-45.00", "3.00"),
    ]


def test_a_service_credit_says_why_and_names_its_reference() -> None:
    outage = october(compute()).lines[2]
    assert (outage.reason, outage.reference) == ("4 h outage on 3 October", "Ticket 4711")
    assert details_of(outage) == [("one_off", "1", "-150", "0", "-150.00")]


def test_a_service_credit_without_a_reason_or_a_reference_is_refused() -> None:
    with pytest.raises(Faults) as raised:
        price("one_off", fee="-150", reason=" ")
    assert faults_in(raised.value) == ["reason"]
    assert price("one_off", fee="-150", reference="Ticket 4711").reason == ""
