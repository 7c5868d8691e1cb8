"""An invoice of 200 lines, worked by hand without adding them singly.

Price k has a meter of its own, k units of which are used at 0.015::

    0.015 × (1 + 2 + … + 200) = 0.015 × 20,100                                 301.50
    100 of the lines, those of odd k, end in half a cent and go up: 100 × 0.005  0.50
    net                                                                        302.00
    VAT   302.00 × 0.21                                                         63.42
    gross                                                                      365.42
"""

from billing_core.invoicing import Invoice, build_invoice
from tests.billing_core.made import OCTOBER, agreement, event, meter, price
from tests.scenarios.worked import VAT, amounts_of, metered, totals_of

COUNT = 200
METERS = [meter(code=f"meter-{k:03}") for k in range(1, COUNT + 1)]


def october() -> Invoice:
    prices = [
        price("unit", code=f"price-{k:03}", meter=each.code, unit_price="0.015")
        for k, each in enumerate(METERS, start=1)
    ]
    of = agreement(*prices, tax_code="NL-21")
    used = {each: [event(k, "2026-10-05T08:00", str(k))] for k, each in enumerate(METERS, start=1)}
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage=metered(of, OCTOBER, used),
        as_of=OCTOBER.ends_at,
        tax_rates=[VAT],
    )


def test_two_hundred_lines_add_up_and_are_taxed_once() -> None:
    assert totals_of(october()) == ("302.00", "63.42", "365.42")


def test_its_lines_are_numbered_in_the_order_of_the_rate_card() -> None:
    invoice = october()
    assert [line.number for line in invoice.lines] == list(range(1, 201))
    assert amounts_of(invoice)[:3] == [
        ("price-001", "0.02"),
        ("price-002", "0.03"),
        ("price-003", "0.05"),
    ]
    assert amounts_of(invoice)[-1] == ("price-200", "3.00")
