"""October 2026 of Harbour Freight, 31 days and 745 hours in Amsterdam, worked by hand.

New prices hold from 15 October (14 days at the old ones, 336 hours). Seats are added on three days:
25 are agreed, 28 from the 5th, 30 from the 15th, 33 from the 26th.

**Fixed.** October's fee for 25 seats at 13.00 was charged on September's invoice. Each change
credits what is left of the old and charges the new, to the end of October::

    5 Oct    27 of 31 days   25 × 13.00 × 27 ÷ 31 = 283.0645…                       -283.06
                             28 × 13.00 × 27 ÷ 31 = 317.0322…                        317.03    33.97
    15 Oct   17 of 31 days   28 × 13.00 × 17 ÷ 31 = 199.6129…                       -199.61
                             30 × 13.50 × 17 ÷ 31 = 222.0967…                        222.10    22.49
    26 Oct    6 of 31 days   30 × 13.50 ×  6 ÷ 31 =  78.3870…                        -78.39
                             33 × 13.50 ×  6 ÷ 31 =  86.2258…                         86.23     7.84
    1 Nov    in advance      33 × 13.50                                                       445.50

**compute-hours**, 310.5 by the end of the 14th, 612.25 in all. The tiers count the whole month; the
Burst tier is entered after the change, at the new price and fee::

    old   Base  up to 400   310.5  × 0.10                                             31.05
    new   Base  up to 400    89.5  × 0.12                                             10.74
          Burst above 400   212.25 × 0.09 + 45.00 = 19.1025 + 45                      64.10   105.89

**backup-storage**, 74.5 GB until the 15th, then 149 GB; the night of the 25th has an hour more::

    old   74.5 GB × 336 h ÷ 745 h = 33.6 GB × 0.50                                    16.80
    new   149 GB  × 409 h ÷ 745 h = 81.8 GB × 0.60                                    49.08    65.88

**Net** 33.97 + 22.49 + 7.84 + 445.50 + 105.89 + 65.88                                        681.57
"""

from datetime import date
from decimal import Decimal

from billing_core.invoicing import Invoice, build_invoice, rating_instants
from billing_core.metering import Level, usage_of
from billing_core.prices import Agreement, AgreementQuantity, Price
from tests.billing_core.made import OCTOBER, agreement, event, meter, price, tier, utc

CHANGE = date(2026, 10, 15)
COMPUTE = meter(code="compute-hours", name="Compute", unit="h")
STORAGE = meter("time_weighted_mean", code="backup-storage", name="Backup storage")


def compute(base: str, burst: str, fee: str, **dates: date) -> Price:
    tiers = (tier("Base", "400", base), tier("Burst", None, burst, fee))
    return price("graduated", code="compute-hours", meter="compute-hours", tiers=tiers, **dates)


def storage(unit_price: str, **dates: date) -> Price:
    code = "backup-storage"
    return price("unit", code=code, meter=code, unit_price=unit_price, **dates)


def seats(fee: str, **dates: date) -> Price:
    return price("flat", code="m365-e3", fee=fee, per_agreement_quantity=True, **dates)


def harbour() -> Agreement:
    agreed = [
        (date(2026, 1, 1), 25),
        (date(2026, 10, 5), 28),
        (date(2026, 10, 15), 30),
        (date(2026, 10, 26), 33),
    ]
    return agreement(
        seats("13.00", ends_on=CHANGE),
        seats("13.50", starts_on=CHANGE),
        compute("0.10", "0.08", "30", ends_on=CHANGE),
        compute("0.12", "0.09", "45", starts_on=CHANGE),
        storage("0.50", ends_on=CHANGE),
        storage("0.60", starts_on=CHANGE),
        quantities=tuple(
            AgreementQuantity(price_code="m365-e3", starts_on=day, quantity=Decimal(count))
            for day, count in agreed
        ),
    )


def october() -> Invoice:
    of = harbour()
    instants = rating_instants(of, OCTOBER, OCTOBER.ends_at)
    hours = [
        event(1, "2026-10-05T09:00", "200"),
        event(2, "2026-10-14T21:59:59.999999", "110.5"),  # the last instant of the 14th
        event(3, "2026-10-14T22:00", "89.5"),  # the first of the 15th: new price
        event(4, "2026-10-25T01:30", "212.25"),  # 02:30, for the second time that night
    ]
    levels = [event(1, "2026-10-14T22:00", "149", "vol-1")]
    held = {"vol-1": Level(level=Decimal("74.5"), since=utc("2026-09-20T07:00"))}
    return build_invoice(
        agreement=of,
        period=OCTOBER,
        usage={
            "compute-hours": usage_of(COMPUTE, OCTOBER, hours, {}, instants),
            "backup-storage": usage_of(STORAGE, OCTOBER, levels, held, instants),
        },
        as_of=OCTOBER.ends_at,
    )


def test_the_lines_of_a_changed_month_are_those_worked_by_hand() -> None:
    lines = october().lines
    assert [(line.price_code, str(line.service_from), str(line.amount)) for line in lines] == [
        ("m365-e3", "2026-10-05", "33.97"),
        ("m365-e3", "2026-10-15", "22.49"),
        ("m365-e3", "2026-10-26", "7.84"),
        ("m365-e3", "2026-11-01", "445.50"),
        ("compute-hours", "2026-10-01", "105.89"),
        ("backup-storage", "2026-10-01", "65.88"),
    ]


def test_each_change_of_seats_is_a_credit_and_a_charge_for_the_days_left() -> None:
    details = [detail for line in october().lines[:4] for detail in line.detailed_lines]
    assert [
        (each.kind.value, str(each.quantity), str(each.unit_price), each.days, str(each.amount))
        for each in details
    ] == [
        ("change_credit", "-25", "13.00", 27, "-283.06"),
        ("change_charge", "28", "13.00", 27, "317.03"),
        ("change_credit", "-28", "13.00", 17, "-199.61"),
        ("change_charge", "30", "13.50", 17, "222.10"),
        ("change_credit", "-30", "13.50", 6, "-78.39"),
        ("change_charge", "33", "13.50", 6, "86.23"),
        ("fee", "33", "13.50", None, "445.50"),
    ]


def test_usage_is_rated_at_the_price_of_its_day_and_the_tier_of_the_month() -> None:
    details = [detail for line in october().lines[4:] for detail in line.detailed_lines]
    assert [
        (each.tier, str(each.quantity), str(each.unit_price), str(each.flat_fee), str(each.amount))
        for each in details
    ] == [
        ("Base", "310.5", "0.10", "0", "31.05"),
        ("Base", "89.5", "0.12", "0", "10.74"),
        ("Burst", "212.25", "0.09", "45", "64.10"),
        (None, "33.6", "0.50", "0", "16.80"),
        (None, "81.8", "0.60", "0", "49.08"),
    ]


def test_the_net_amount_of_a_changed_month_is_that_worked_by_hand() -> None:
    invoice = october()
    assert invoice.title == "October usage and fee + November fee"
    assert (str(invoice.fixed), str(invoice.variable)) == ("509.80", "171.77")
    assert str(invoice.net) == "681.57"
