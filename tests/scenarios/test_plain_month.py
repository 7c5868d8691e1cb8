"""November 2026 of Harbour Freight, a month of 30 days in Amsterdam, worked by hand.

**Fixed, in advance for December**::

    base-platform   1,250.00 a month                                              1,250.00
    m365-e3         40 seats × 12.50                                                500.00

**Variable, in arrears**

compute-hours, 1,234.567 used, 100 included; the tiers count the 1,134.567 above them::

    Base     up to 500            500     × 0.0845                                   42.25
    Growth   above 500 to 1,000   500     × 0.07  +  25.00 =  35.00    +  25          60.00
    Burst    above 1,000          134.567 × 0.055 + 150.00 =   7.401185 + 150        157.40
                                                                                    259.65

api-calls, 17,001 used, 5,000 free, packages of 1,000 at 4.20::

    (17,001 - 5,000) ÷ 1,000 = 12.001, so 13 packages × 4.20                         54.60

backup-storage, the average of the month at 0.35 a GB, at most 60.00 a volume::

    vol-1   100.5 GB since September                       100.5  × 0.35 =  35.175
    vol-2   200 GB for 15 days, 300 GB for 15: 250 GB      250    × 0.35 =  87.50
    vol-3   171.43 GB all month                            171.43 × 0.35 =  60.0005
    all                                                    521.93 × 0.35 = 182.6755  182.68
    two are above 60.00:  2 × 60.00 - (87.50 + 60.0005 = 147.5005, so 147.50)        -27.50
                                                                                    155.18

commitment of 750.00; fees don't count::

    259.65 + 54.60 + 155.18 = 469.43;  750.00 - 469.43                              280.57

**Net** 1,250.00 + 500.00 + 259.65 + 54.60 + 155.18 + 280.57                      2,500.00
**VAT** 2,500.00 × 0.21                                                               525.00
**Gross**                                                                           3,025.00
"""

from datetime import date, timedelta
from decimal import Decimal

from billing_core.invoicing import Invoice, build_invoice
from billing_core.metering import Level, usage_of
from billing_core.prices import AgreementQuantity
from tests.billing_core.made import NOVEMBER, agreement, event, meter, price, tier, utc
from tests.scenarios.worked import VAT, totals_of

COMPUTE = meter(code="compute-hours", name="Compute", unit="h")
CALLS = meter(code="api-calls", name="Calls", unit="calls")
STORAGE = meter("time_weighted_mean", code="backup-storage", name="Backup storage")

HARBOUR = agreement(
    price("flat", code="base-platform", fee="1250"),
    price("flat", code="m365-e3", fee="12.50", per_agreement_quantity=True),
    price(
        "graduated",
        code="compute-hours",
        meter="compute-hours",
        included_quantity="100",
        tiers=(
            tier("Base", "500", "0.0845"),
            tier("Growth", "1000", "0.07", "25"),
            tier("Burst", None, "0.055", "150"),
        ),
    ),
    price(
        "package",
        code="api-calls",
        meter="api-calls",
        package_size="1000",
        package_price="4.20",
        free_quantity="5000",
    ),
    price(
        "unit",
        code="backup-storage",
        meter="backup-storage",
        unit_price="0.35",
        maximum_per_resource="60",
    ),
    quantities=(
        AgreementQuantity(price_code="m365-e3", starts_on=date(2026, 1, 1), quantity=Decimal(40)),
    ),
    minimum_commitment=Decimal(750),
    tax_code="NL-21",
)


def november() -> Invoice:
    ends = [NOVEMBER.ends_at]
    hours = [
        event(1, NOVEMBER.starts_at, "400", "vm-1"),
        event(2, "2026-11-20T08:00", "834.566", "vm-2"),
        event(3, NOVEMBER.ends_at - timedelta(microseconds=1), "0.001", "vm-1"),
    ]
    calls = [event(1, "2026-11-03T00:00", "17000"), event(2, "2026-11-30T12:00", "1")]
    levels = [
        event(1, NOVEMBER.starts_at, "200", "vol-2"),
        event(2, "2026-11-15T23:00", "300", "vol-2"),  # the 16th starts in Amsterdam
        event(3, NOVEMBER.starts_at, "171.43", "vol-3"),
    ]
    held = {"vol-1": Level(level=Decimal("100.5"), since=utc("2026-09-04T10:00"))}
    return build_invoice(
        agreement=HARBOUR,
        period=NOVEMBER,
        usage={
            "compute-hours": usage_of(COMPUTE, NOVEMBER, hours, {}, ends),
            "api-calls": usage_of(CALLS, NOVEMBER, calls, {}, ends),
            "backup-storage": usage_of(STORAGE, NOVEMBER, levels, held, ends),
        },
        as_of=NOVEMBER.ends_at,
        tax_rates=[VAT],
    )


def test_the_lines_of_a_plain_month_are_those_worked_by_hand() -> None:
    lines = november().lines
    assert [(line.price_code, line.timing.value, str(line.amount)) for line in lines] == [
        ("base-platform", "in advance", "1250.00"),
        ("m365-e3", "in advance", "500.00"),
        ("compute-hours", "in arrears", "259.65"),
        ("api-calls", "in arrears", "54.60"),
        ("backup-storage", "in arrears", "155.18"),
        ("commitment-shortfall", "in arrears", "280.57"),
    ]


def test_its_detailed_lines_show_the_arithmetic() -> None:
    details = [detail for line in november().lines for detail in line.detailed_lines]
    assert [
        (each.kind.value, str(each.quantity), str(each.unit_price), str(each.amount))
        for each in details
    ] == [
        ("fee", "1", "1250", "1250.00"),
        ("fee", "40", "12.50", "500.00"),
        ("included", "100", "0", "0.00"),
        ("usage", "500", "0.0845", "42.25"),
        ("usage", "500", "0.07", "60.00"),
        ("usage", "134.567", "0.055", "157.40"),
        ("usage", "13", "4.20", "54.60"),
        ("usage", "521.93", "0.35", "182.68"),
        ("maximum", "2", "60.00", "-27.50"),
        ("commitment", "1", "750.00", "280.57"),
    ]


def test_its_totals_are_those_worked_by_hand() -> None:
    invoice = november()
    assert invoice.title == "November usage + December fee"
    assert (str(invoice.fixed), str(invoice.variable)) == ("1750.00", "750.00")
    assert totals_of(invoice) == ("2500.00", "525.00", "3025.00")
