"""Which text in the address leads to which price."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing_core.metering import Aggregation, Meter
from billing_core.prices import ChargeModel, Price
from components.glance import named_in_address, names_in_address
from components.standing import Standing


def standing(code: str, meter: str) -> Standing:
    price = Price(
        code=code,
        name=code,
        model=ChargeModel.UNIT,
        starts_on=date(2026, 1, 1),
        meter=meter,
        unit_price=Decimal(1),
    )
    counted = Meter(code=meter, name=meter, unit="hour", aggregation=Aggregation.SUM)
    return Standing(
        price=price, meter=counted, quantity=Fraction(0), amount=None, tier=None, way=None
    )


def test_a_price_is_found_by_its_meter_and_by_its_code() -> None:
    known = named_in_address((standing("compute", "vcpu-hours"), standing("data", "gb-out")))
    assert names_in_address(known) == {
        "vcpu-hours": "vcpu-hours",
        "gb-out": "gb-out",
        "compute": "vcpu-hours",
        "data": "gb-out",
    }


def test_a_meter_that_two_prices_share_leads_to_the_first() -> None:
    known = named_in_address((standing("day", "hours"), standing("night", "hours")))
    assert names_in_address(known) == {"day": "day", "night": "night", "hours": "day"}
