"""February with 28 and with 29 days, worked by hand: an agreement that starts on the 15th.

14 of 28 days are served in 2027, 15 of 29 in 2028; 200 hours are used each time::

                                                      2027                   2028
    base-platform   870.00 × days ÷ days of month     435.00                 450.00
                    March                             870.00                 870.00
    m365-e3         4 × 7.25 = 29.00, likewise         14.50                  15.00
                    March                              29.00                  29.00
    support-year    3,650.00 a year from March:        14 of 365 days         15 of 366 days
                                                      140.00                 149.59 (149.5901…)
                    March to February               3,650.00               3,650.00
    compute-hours   290 included, likewise            145; 55 × 1.00         150; 50 × 1.00
                                                       55.00                  50.00
    commitment      580.00, likewise                  290.00 - 55.00         300.00 - 50.00
                                                      235.00                 250.00
    net                                             5,428.50               5,463.59

The whole Februaries cost the same fee, though they differ in days.
"""

from datetime import date
from decimal import Decimal

import pytest

from billing_core.invoicing import Invoice, build_invoice
from billing_core.period import month_period
from billing_core.prices import AgreementQuantity, Interval
from tests.billing_core.made import AMSTERDAM, agreement, event, meter, price
from tests.scenarios.worked import amounts_of, metered

COMPUTE = meter(code="compute-hours", name="Compute", unit="h")


def february(year: int) -> Invoice:
    starts = date(year, 2, 15)
    seats = AgreementQuantity(price_code="m365-e3", starts_on=starts, quantity=Decimal(4))
    compute = {"code": "compute-hours", "meter": "compute-hours"}
    of = agreement(
        price("flat", code="base-platform", fee="870"),
        price("flat", code="m365-e3", fee="7.25", per_agreement_quantity=True),
        price("flat", code="support-year", fee="3650", interval=Interval.YEAR, anchor_month=3),
        price("unit", unit_price="1", included_quantity="290", **compute),
        starts_on=starts,
        quantities=(seats,),
        minimum_commitment=Decimal(580),
    )
    period = month_period(f"{year}-02", AMSTERDAM)
    used = [event(1, f"{year}-02-28T10:00", "200")]
    return build_invoice(
        agreement=of,
        period=period,
        usage=metered(of, period, {COMPUTE: used}),
        as_of=period.ends_at,
    )


@pytest.mark.parametrize(
    ("year", "amounts", "net"),
    [
        (2027, ["435.00", "870.00", "14.50", "29.00", "140.00", "3650.00", "55.00", "235.00"],
         "5428.50"),
        (2028, ["450.00", "870.00", "15.00", "29.00", "149.59", "3650.00", "50.00", "250.00"],
         "5463.59"),
    ],
)  # fmt: skip
def test_a_part_of_february_is_by_the_days_it_has(year: int, amounts: list[str], net: str) -> None:
    invoice = february(year)
    assert [amount for _, amount in amounts_of(invoice)] == amounts
    assert str(invoice.net) == net


@pytest.mark.parametrize(("year", "last"), [(2027, "02-28"), (2028, "02-29")])
def test_a_whole_february_costs_the_same_fee(year: int, last: str) -> None:
    of = agreement(price("flat", code="base-platform", fee="870"))
    january = month_period(f"{year}-01", AMSTERDAM)
    (line,) = build_invoice(agreement=of, period=january, usage={}, as_of=january.ends_at).lines
    assert (str(line.amount), f"{line.service_to:%m-%d}") == ("870.00", last)
    assert line.detailed_lines[0].days is None
